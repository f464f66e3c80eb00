import type { Expiring } from '../../async/expiring-cache.ts';
import { LynceusError } from '../../errors.ts';
import { parseJsonObject } from '../../http/json.ts';
import type { HttpRequest, HttpResponse } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import { metadataRequest, noToken, readAccessToken, describeRefusal, tokenForm } from '../oauth.ts';
import { readNamedFile } from '../read-named-file.ts';
import { describeAzureIdentity, type AzureIdentity } from './azure-identity.ts';

/**
 * The token's audience. The audience of the registries themselves rather than that of `management.azure.com`: it
 * allows nothing else, and it is also taken by registries whose owner has turned ARM tokens off. It is the same in every
 * cloud of Azure.
 */
const AUDIENCE = 'https://containerregistry.azure.net';

/** Always this address (Azure Instance Metadata Service); only tests have another. */
export const MACHINE_METADATA = 'http://169.254.169.254';

export interface EntraOptions {
  readonly clients: Pick<ExchangeClients, 'by' | 'probe'>;
  readonly clock: Clock;
  readonly metadataUrl: string;
}

/** A token of Microsoft Entra ID for registries; `nothing` when this machine has no identity in Azure. */
export type EntraAnswer =
  | { readonly kind: 'token'; readonly token: Expiring<string> }
  | { readonly kind: 'nothing'; readonly why: string };

/** Asks for a token, at `authority` unless the identity names another. Throws `credentials-failed` with the way that was tried. */
export async function askEntra(
  identity: AzureIdentity,
  authority: string,
  { signal, ...options }: EntraOptions & { readonly signal: AbortSignal },
): Promise<EntraAnswer> {
  if (identity.kind === 'machine' && !(await isInAzure(options, signal))) {
    if (identity.clientId !== undefined) throw noMetadataServer(identity, options);
    return {
      kind: 'nothing',
      why: `no Azure identity (${NO_VARIABLES}, nobody answers at ${options.metadataUrl})`,
    };
  }
  const send = await options.clients.by();
  const response = await send(await requestFor(identity, authority, options), signal);
  const token = readAccessToken(response, options.clock);
  if (token !== undefined) return { kind: 'token', token };
  // "Identity not found", and the same of what stands in for the service in older clusters.
  if (identity.kind === 'machine' && identity.clientId === undefined && [400, 404].includes(response.status))
    return {
      kind: 'nothing',
      why: `no Azure identity (${NO_VARIABLES}, this machine has no managed identity)`,
    };
  throw explain(identity, response);
}

const NO_VARIABLES = 'AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are not all set';

async function requestFor(
  identity: AzureIdentity,
  authority: string,
  { metadataUrl }: EntraOptions | Omit<EntraOptions, 'signal'>,
): Promise<HttpRequest> {
  switch (identity.kind) {
    case 'workload':
      return tokenForm(tokenUrl(identity, authority), {
        ...GRANT,
        client_id: identity.clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await readTokenFile(identity.tokenFile),
      });
    case 'secret':
      return tokenForm(tokenUrl(identity, authority), {
        ...GRANT,
        client_id: identity.clientId,
        client_secret: identity.secret,
      });
    case 'endpoint': {
      const url = new URL(identity.endpoint);
      setQuery(url, { 'api-version': '2019-08-01', resource: AUDIENCE, client_id: identity.clientId });
      return metadataRequest(url, { 'x-identity-header': identity.header });
    }
    case 'machine': {
      const url = new URL('/metadata/identity/oauth2/token', metadataUrl);
      setQuery(url, { 'api-version': '2018-02-01', resource: AUDIENCE, client_id: identity.clientId });
      return metadataRequest(url, { metadata: 'true' });
    }
  }
}

const GRANT = { grant_type: 'client_credentials', scope: `${AUDIENCE}/.default` };

function tokenUrl(
  { tenant, authority }: Extract<AzureIdentity, { kind: 'workload' | 'secret' }>,
  usual: string,
): URL {
  return new URL(`${authority ?? usual}/${tenant}/oauth2/v2.0/token`);
}

function setQuery(url: URL, query: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
}

/** The service refuses a request without its header with 400; other clouds have something else at this address. */
async function isInAzure({ clients, metadataUrl }: EntraOptions, signal: AbortSignal): Promise<boolean> {
  const url = new URL('/metadata/identity/oauth2/token?api-version=2018-02-01', metadataUrl);
  return (await clients.probe(metadataRequest(url, {}), signal))?.status === 400;
}

async function readTokenFile(path: string): Promise<string> {
  const text = await readNamedFile(path, {
    message: `the token that AZURE_FEDERATED_TOKEN_FILE names cannot be read: ${path}`,
    hint: 'label the pod azure.workload.identity/use: "true", so that the token is mounted',
  });
  return text.trim();
}

/** Numbers of errors (`AADSTS…`) that a person has to mend. */
const HINTS: Readonly<Record<string, string>> = {
  '70021': 'add a federated credential for this service account to the identity',
  '700213': 'add a federated credential for this service account to the identity',
  '700211': 'add a federated credential for the issuer of this cluster to the identity',
  '700016': 'see whether AZURE_CLIENT_ID is right, and belongs to AZURE_TENANT_ID',
  '90002': 'see whether AZURE_TENANT_ID is right',
  '7000215': 'see whether AZURE_CLIENT_SECRET is right',
  '7000222': 'renew the secret of the service principal, which has expired',
};

function explain(identity: AzureIdentity, response: HttpResponse): LynceusError {
  const codes = parseJsonObject(response.body)?.['error_codes'];
  const number = Array.isArray(codes) && typeof codes[0] === 'number' ? String(codes[0]) : '';
  const refusal = `${describeRefusal(response)}${number === '' ? '' : ` AADSTS${number}`}`;
  const what = `Azure gave no token to ${describeAzureIdentity(identity)}: ${refusal}`;
  return noToken(what, response, HINTS[number] ?? 'see whether this identity exists and may be used here');
}

function noMetadataServer(identity: AzureIdentity, { metadataUrl }: EntraOptions): LynceusError {
  return new LynceusError(
    'credentials-failed',
    `Azure gave no token to ${describeAzureIdentity(identity)}: nobody answers at ${metadataUrl}`,
    {
      hint: 'AZURE_CLIENT_ID names it; for workload identity AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are missing',
    },
  );
}
