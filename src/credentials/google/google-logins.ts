import type { Expiring } from '../../async/expiring-cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import type { OwnIdentity } from '../own-identity.ts';
import { createOwnLogins, type ReadLogin } from '../own-logins.ts';
import { readNamedFile } from '../read-named-file.ts';
import { withTrail, type ChosenLogin, type LoginAnswer } from '../chosen-login.ts';
import { describeGoogleKey, parseGoogleKey } from './google-key.ts';
import { exchangeGoogleKey } from './key-tokens.ts';
import { askMetadataServer, GOOGLE_METADATA } from './metadata-server.ts';

export interface GoogleLoginsOptions {
  readonly clients: Pick<ExchangeClients, 'by' | 'probe'>;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For tests. */
  readonly metadataUrl?: string;
}

const KEY_FILE_VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';

/** What Google's registries take as the user name of an access token. */
const TOKEN_USER = 'oauth2accesstoken';

/** One token is for all registries of Google. */
const ALL = 'google';

/**
 * Logins to Artifact Registry: an access token for what this process is, by the key file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, else by the metadata server of the machine or the cluster.
 */
export function createGoogleLogins(options: GoogleLoginsOptions): OwnIdentity {
  const logins = createOwnLogins({ clock: options.clock });
  const read: ReadLogin = (signal) => {
    const file = options.env[KEY_FILE_VARIABLE] ?? '';
    return file === '' ? fromMetadata(options, signal) : fromKeyFile(file, options, signal);
  };
  return {
    prefix: 'google:',
    at: ({ registry }) => (isGoogleRegistry(registry) ? logins.at(ALL, read) : undefined),
  };
}

async function fromKeyFile(
  file: string,
  { clients, clock }: GoogleLoginsOptions,
  signal: AbortSignal,
): Promise<Expiring<LoginAnswer>> {
  const why = `nothing named a login, so ${KEY_FILE_VARIABLE} is used`;
  const key = await withTrail({ identity: `google:${file}`, why }, async () => {
    const message = `the Google key file ${file} cannot be read`;
    return parseGoogleKey(
      await readNamedFile(file, { message, hint: `${KEY_FILE_VARIABLE} names it` }),
      file,
    );
  });
  const chosen: ChosenLogin = { identity: `google:${describeGoogleKey(key)}`, why };
  return await withTrail(chosen, async () => {
    const token = await exchangeGoogleKey(key, { send: await clients.by(), clock, signal });
    return loginWith(token, chosen);
  });
}

async function fromMetadata(
  { clients, clock, metadataUrl = GOOGLE_METADATA }: GoogleLoginsOptions,
  signal: AbortSignal,
): Promise<Expiring<LoginAnswer>> {
  const chosen: ChosenLogin = {
    identity: 'google:service account of this machine',
    why: `nothing named a login, so the metadata server ${new URL(metadataUrl).host} is asked`,
  };
  return await withTrail(chosen, async () => {
    const answer = await askMetadataServer({ clients, clock, metadataUrl, signal });
    if (!('kind' in answer)) return loginWith(answer, chosen);
    const why = `no Google identity (${KEY_FILE_VARIABLE} is not set, ${answer.why})`;
    return { value: { kind: 'nothing', why }, expiresAt: undefined };
  });
}

function loginWith({ value, expiresAt }: Expiring<string>, chosen: ChosenLogin): Expiring<LoginAnswer> {
  const login = { kind: 'basic', ...chosen, username: TOKEN_USER, password: value } as const;
  return { value: { kind: 'login', login }, expiresAt };
}

/**
 * Whether a registry is one of Google: Artifact Registry (`europe-docker.pkg.dev`) or Container Registry, which it
 * serves.
 */
export function isGoogleRegistry(host: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+\.pkg\.dev)$/.test(host.toLowerCase());
}
