import { LynceusError } from '../../errors.ts';
import { isSafeForSecrets } from '../../http/loopback.ts';
import { parseUrl } from '../../parse-url.ts';

/** By what the process proves to Azure what it is. */
export type AzureIdentity =
  /** Workload identity: a token of the cluster, in a file that is renewed. */
  | {
      readonly kind: 'workload';
      readonly tenant: string;
      readonly clientId: string;
      readonly tokenFile: string;
      readonly authority: string | undefined;
    }
  /** Service principal with a secret. */
  | {
      readonly kind: 'secret';
      readonly tenant: string;
      readonly clientId: string;
      readonly secret: string;
      readonly authority: string | undefined;
    }
  /** Managed identity in App Service, Container Apps and their like. */
  | {
      readonly kind: 'endpoint';
      readonly endpoint: URL;
      readonly header: string;
      readonly clientId: string | undefined;
    }
  /** Managed identity of a machine, if this is a machine in Azure. */
  | { readonly kind: 'machine'; readonly clientId: string | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/** The identity that the environment describes, in the order of Azure's own libraries. Throws `credentials-failed`. */
export function azureIdentityOf(env: Environment): AzureIdentity {
  const filled = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const tenant = filled('AZURE_TENANT_ID');
  const clientId = filled('AZURE_CLIENT_ID');
  const secret = filled('AZURE_CLIENT_SECRET');
  const tokenFile = filled('AZURE_FEDERATED_TOKEN_FILE');
  if (tenant !== undefined && clientId !== undefined && (secret ?? tokenFile) !== undefined) {
    const shared = { tenant: checked(tenant, 'AZURE_TENANT_ID'), clientId, authority: authorityOf(env) };
    if (secret !== undefined) return { kind: 'secret', ...shared, secret };
    if (tokenFile !== undefined) return { kind: 'workload', ...shared, tokenFile };
  }
  const endpoint = filled('IDENTITY_ENDPOINT');
  const header = filled('IDENTITY_HEADER');
  if (endpoint !== undefined && header !== undefined)
    return { kind: 'endpoint', endpoint: endpointOf(endpoint), header, clientId };
  return { kind: 'machine', clientId };
}

/** Which way was tried, for messages. */
export function describeAzureIdentity(identity: AzureIdentity): string {
  switch (identity.kind) {
    case 'workload':
      return `the workload identity ${identity.clientId} (AZURE_FEDERATED_TOKEN_FILE)`;
    case 'secret':
      return `the service principal ${identity.clientId} (AZURE_CLIENT_SECRET)`;
    case 'endpoint':
      return `the managed identity of IDENTITY_ENDPOINT${named(identity.clientId)}`;
    case 'machine':
      return `the managed identity of this machine${named(identity.clientId)}`;
  }
}

function named(clientId: string | undefined): string {
  return clientId === undefined ? '' : ` with the client id ${clientId}`;
}

/** It becomes a part of a path. */
function checked(text: string, variable: string): string {
  if (/^[A-Za-z0-9.-]{1,255}$/.test(text)) return text;
  throw failed(`${variable} is neither an id nor a domain`);
}

function authorityOf(env: Environment): string | undefined {
  const text = env['AZURE_AUTHORITY_HOST'] ?? '';
  if (text === '') return undefined;
  const url = parseUrl(text);
  if (url === undefined || !isSafeForSecrets(url)) throw failed('AZURE_AUTHORITY_HOST is not an https URL');
  return url.origin;
}

/** Azure puts it on this machine, or on a link-local address that leads to the machine's host. */
function endpointOf(text: string): URL {
  const url = parseUrl(text);
  if (url !== undefined && (isSafeForSecrets(url) || /^169\.254(?:\.\d{1,3}){2}$/.test(url.hostname)))
    return url;
  throw failed('IDENTITY_ENDPOINT is not a URL of this machine');
}

function failed(message: string): LynceusError {
  return new LynceusError('credentials-failed', message, { retryable: false });
}
