import { createExpiringCache, renewedEarly, type Expiring } from '../../async/expiring-cache.ts';
import type { ImageRepository } from '../../core/image/reference.ts';
import { LynceusError } from '../../errors.ts';
import { parseJsonObject } from '../../http/json.ts';
import { isSafeForSecrets } from '../../http/loopback.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import { noToken, describeRefusal, tokenField, tokenForm } from '../oauth.ts';
import type { OwnIdentity } from '../own-identity.ts';
import { createOwnLogins, LOGIN_RESERVE, type ReadLogin } from '../own-logins.ts';
import { withTrail } from '../chosen-login.ts';
import { azureIdentityOf, describeAzureIdentity, type AzureIdentity } from './azure-identity.ts';
import { askEntra, MACHINE_METADATA, type EntraAnswer } from './entra-tokens.ts';

/** A registry of Azure, and where its cloud gives out tokens. */
export interface AcrRegistry {
  /** `acme.azurecr.io`. */
  readonly host: string;
  /** Of Microsoft Entra ID, where `AZURE_AUTHORITY_HOST` does not name another. */
  readonly authority: string;
}

const AUTHORITIES: Readonly<Record<string, string>> = {
  io: 'https://login.microsoftonline.com',
  cn: 'https://login.chinacloudapi.cn',
  us: 'https://login.microsoftonline.us',
};

/** Reads the host of an image name. `mcr.microsoft.com` needs no login and is none. */
export function parseAcrHost(host: string): AcrRegistry | undefined {
  const [, cloud = ''] =
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.azurecr\.(io|cn|us)$/.exec(host.toLowerCase()) ?? [];
  const authority = AUTHORITIES[cloud];
  return authority === undefined ? undefined : { host: host.toLowerCase(), authority };
}

export interface AzureLoginsOptions {
  readonly clients: Pick<ExchangeClients, 'by' | 'probe'>;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the API of an image's registry is, when the registry's entry sets it. */
  readonly apiUrlOf: (repository: ImageRepository) => string | undefined;
  /** For tests. */
  readonly metadataUrl?: string;
}

/** The user name that means: the password is an identity token. */
const IDENTITY_TOKEN_USER = '<token>';

/** Milliseconds for a token without an expiry; they live for three hours. */
const ASSUMED_LIFE = 3_600_000;

/**
 * Logins to Azure Container Registry: a token of Microsoft Entra ID for what this process is, exchanged for a refresh
 * token of the registry, by which the registry's own token server gives access (Azure/acr, `AAD-OAuth.md`).
 */
export function createAzureLogins(options: AzureLoginsOptions): OwnIdentity {
  const { clock, env, clients, metadataUrl = MACHINE_METADATA } = options;
  const logins = createOwnLogins({ clock });
  const usefulLife = renewedEarly({ reserve: LOGIN_RESERVE });
  const entra = createExpiringCache<EntraAnswer>({ clock, usefulLife });

  function entraToken(
    identity: AzureIdentity,
    registry: AcrRegistry,
    signal: AbortSignal,
  ): Promise<EntraAnswer> {
    const read = async (own: AbortSignal): Promise<Expiring<EntraAnswer>> => {
      const value = await askEntra(identity, registry.authority, {
        clients,
        clock,
        metadataUrl,
        signal: own,
      });
      return { value, expiresAt: value.kind === 'token' ? value.token.expiresAt : undefined };
    };
    return entra.get(registry.authority, { read }, signal);
  }

  function reader(repository: ImageRepository, registry: AcrRegistry): ReadLogin {
    return async (signal) => {
      const identity = azureIdentityOf(env);
      const chosen = {
        identity: `azure:${registry.host}`,
        why: `nothing named a login, so ${describeAzureIdentity(identity)} is used`,
      };
      return await withTrail(chosen, async () => {
        const answer = await entraToken(identity, registry, signal);
        if (answer.kind === 'nothing') return { value: answer, expiresAt: undefined };
        const { value: password, expiresAt } = await exchange(answer.token.value, {
          registry,
          identity,
          apiUrl: options.apiUrlOf(repository) ?? `https://${registry.host}`,
          clients,
          clock,
          signal,
        });
        const login = { kind: 'basic', ...chosen, username: IDENTITY_TOKEN_USER, password } as const;
        return { value: { kind: 'login', login }, expiresAt };
      });
    };
  }

  return {
    prefix: 'azure:',
    at(repository) {
      const registry = parseAcrHost(repository.registry);
      return registry === undefined ? undefined : logins.at(registry.host, reader(repository, registry));
    },
  };
}

interface ExchangeInput extends Pick<AzureLoginsOptions, 'clients' | 'clock'> {
  readonly registry: AcrRegistry;
  readonly identity: AzureIdentity;
  readonly apiUrl: string;
  readonly signal: AbortSignal;
}

async function exchange(
  accessToken: string,
  { registry, identity, apiUrl, clients, clock, signal }: ExchangeInput,
): Promise<Expiring<string>> {
  const url = new URL('/oauth2/exchange', apiUrl);
  if (!isSafeForSecrets(url))
    throw new LynceusError(
      'credentials-failed',
      `a token for ${registry.host} is not sent to ${url.host} over plain http`,
      {
        hint: 'give the entry of this registry an https:// apiUrl',
        retryable: false,
      },
    );
  const send = await clients.by();
  const form = { grant_type: 'access_token', service: registry.host, access_token: accessToken };
  const response = await send(tokenForm(url, form), signal);
  const token =
    response.status === 200 ? tokenField(parseJsonObject(response.body), 'refresh_token') : undefined;
  if (token !== undefined) return { value: token, expiresAt: endOf(token) ?? clock.now() + ASSUMED_LIFE };
  throw noToken(
    `${registry.host} gave no login to ${describeAzureIdentity(identity)}: ${describeRefusal(response)}`,
    response,
    'give this identity the role AcrPull (or Container Registry Repository Reader) on the registry',
  );
}

/** The `exp` of a JSON Web Token, in milliseconds since 1970. The registry's own token need not be verified. */
function endOf(token: string): number | undefined {
  const claims = parseJsonObject(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
  const seconds = claims?.['exp'];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
