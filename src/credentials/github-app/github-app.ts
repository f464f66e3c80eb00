import { LynceusError } from '../../errors.ts';
import { isSafeForSecrets } from '../../http/loopback.ts';
import type { ExchangeRoute } from '../exchange-clients.ts';
import { parseUrl } from '../../parse-url.ts';

/** A GitHub App as it is configured: its private key authenticates it, and it gets a token for an installation. */
export interface GithubApp {
  /** The number of the App, or its client id. */
  readonly appId: string;
  /** `undefined`: found by the owner and repository that the token is for. */
  readonly installationId: string | undefined;
  /** PEM; line breaks may be written as `\n`. */
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://host/api/v3` of GitHub Enterprise Server; no slash at its end. */
  readonly apiUrl: string;
  /** Where all that is written, for messages: `the Secret argocd/github`. */
  readonly where: string;
  /** How its API is reached. */
  readonly route?: ExchangeRoute;
}

/** What a token is for. */
export interface TokenScope {
  /** Organization or user. */
  readonly owner: string;
  /** Name of its repository; `undefined` means anything of the owner. */
  readonly repository?: string | undefined;
  /** Less than all that the installation may do, such as `{ packages: 'read' }`. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
}

/** The texts that make an App, under the names they have where they are written. */
export interface GithubAppTexts {
  readonly appId: string | undefined;
  readonly installationId?: string | undefined;
  readonly privateKey: string | undefined;
  readonly baseUrl?: string | undefined;
}

export type GithubAppNames = Readonly<Record<keyof GithubAppTexts, string>>;

/** Fields of Argo CD's Secrets. */
export const SECRET_FIELDS: GithubAppNames = {
  appId: 'githubAppID',
  installationId: 'githubAppInstallationID',
  privateKey: 'githubAppPrivateKey',
  baseUrl: 'githubAppEnterpriseBaseUrl',
};

/** Environment variables. */
export const ENVIRONMENT_VARIABLES: GithubAppNames = {
  appId: 'GITHUB_APP_ID',
  installationId: 'GITHUB_APP_INSTALLATION_ID',
  privateKey: 'GITHUB_APP_PRIVATE_KEY',
  baseUrl: 'GITHUB_APP_BASE_URL',
};

export const GITHUB_API = 'https://api.github.com';

const APP_ID = /^[A-Za-z0-9._-]{1,100}$/;
const INSTALLATION_ID = /^\d{1,20}$/;

/** Picks the texts of an App out of fields or variables by their names. */
export function githubAppTexts(
  fields: Readonly<Record<string, string | undefined>>,
  names: GithubAppNames,
): GithubAppTexts {
  const filled = (name: string): string | undefined => {
    const text = fields[name]?.trim() ?? '';
    return text === '' ? undefined : text;
  };
  return {
    appId: filled(names.appId),
    installationId: filled(names.installationId),
    privateKey: filled(names.privateKey),
    baseUrl: filled(names.baseUrl),
  };
}

/** Whether any text describes an App. The URL of an Enterprise Server alone does not. */
export function describesApp({ appId, installationId, privateKey }: GithubAppTexts): boolean {
  return appId !== undefined || installationId !== undefined || privateKey !== undefined;
}

/**
 * The App that the texts describe. Throws `credentials-missing` when the number or the key is not there, and
 * `credentials-failed` for what cannot be one; neither shows a text.
 */
export function githubAppOf(
  { appId, installationId, privateKey, baseUrl }: GithubAppTexts,
  {
    names,
    where,
    route,
  }: { readonly names: GithubAppNames; readonly where: string; readonly route?: ExchangeRoute },
): GithubApp {
  if (appId === undefined || privateKey === undefined) {
    const name = appId === undefined ? names.appId : names.privateKey;
    throw new LynceusError('credentials-missing', `${where} describes a GitHub App without ${name}`, {
      hint: `it takes ${names.appId} and ${names.privateKey}; ${names.installationId} may be left out`,
    });
  }
  if (!APP_ID.test(appId)) throw wrong(`${names.appId} in ${where} is neither a number nor a client id`);
  if (installationId !== undefined && !INSTALLATION_ID.test(installationId))
    throw wrong(`${names.installationId} in ${where} is not a number`);
  return {
    appId,
    installationId,
    privateKey: privateKey.trim(),
    apiUrl: apiUrlOf(baseUrl, `${names.baseUrl} in ${where}`),
    where,
    ...(route === undefined ? {} : { route }),
  };
}

function apiUrlOf(text: string | undefined, what: string): string {
  if (text === undefined) return GITHUB_API;
  const url = parseUrl(text);
  const plain =
    url !== undefined && url.username === '' && url.password === '' && url.search + url.hash === '';
  if (!plain || !isSafeForSecrets(url))
    throw wrong(
      `${what} is not the base URL of an API`,
      'expected a URL such as https://github.example.com/api/v3',
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The host whose repositories an App may open, without a port: `github.com`, `github.example.com`, `acme.ghe.com`. */
export function gitHostOf({ apiUrl }: Pick<GithubApp, 'apiUrl'>): string {
  const { hostname, pathname } = new URL(apiUrl);
  return pathname === '/' ? hostname.replace(/^api\./, '') : hostname;
}

/** The same with scheme and port: `https://github.com`, `https://github.example.com:8443`. */
export function gitServerOf({ apiUrl }: Pick<GithubApp, 'apiUrl'>): string {
  const { protocol, host, pathname } = new URL(apiUrl);
  return `${protocol}//${pathname === '/' ? host.replace(/^api\./, '') : host}`;
}

/**
 * The hosts of the registries that take an App's tokens, with a port unless that is the usual one: `ghcr.io` for github.com;
 * the server itself, `containers.` and `docker.` for GitHub Enterprise (GitHub, "Working with the Container registry").
 */
export function registryHostsOf({ apiUrl }: Pick<GithubApp, 'apiUrl'>): readonly string[] {
  const own = new URL(gitServerOf({ apiUrl })).host;
  if (own === 'github.com') return ['ghcr.io'];
  return [own, `containers.${own}`, `docker.${own}`];
}

function wrong(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-failed', message, {
    retryable: false,
    hint,
  });
}
