import { json, startStandIn, type Answer, type Seen, type StandIn } from './registry-stand-in.ts';

export interface AzureStandInOptions {
  readonly now: () => number;
  /** Host of the registry that gives out refresh tokens. */
  readonly registry: string;
  readonly tenant?: string;
  readonly clientId?: string;
  /** What a cluster's own token has to be, read anew for each request. */
  readonly federatedToken?: () => string;
  readonly secret?: string;
  /** Whether this is a machine in Azure that has a managed identity, that has none, or another cloud. */
  readonly machine?: 'identity' | 'no identity' | 'another cloud';
  /** Whether the identity has a role on the registry. */
  readonly mayPull?: () => boolean;
}

export interface AzureStandIn extends StandIn {
  /** Every access token, refresh token and registry token that was given out. */
  readonly given: readonly string[];
  revoke(): void;
}

const SCOPE = 'https://containerregistry.azure.net/.default';
const RESOURCE = 'https://containerregistry.azure.net';
const HOUR = 3_600_000;

/**
 * Microsoft Entra ID, the instance metadata service, and one registry of Azure with its token server and its tags, all
 * behind one address. Each asks for what the real one asks for.
 */
export async function startAzure(options: AzureStandInOptions): Promise<AzureStandIn> {
  const { now, registry, tenant = 'a-tenant', clientId = 'a-client', machine = 'another cloud' } = options;
  const access = new Map<string, number>();
  const refresh = new Map<string, number>();
  const given: string[] = [];

  function giveAccess(expires: unknown = 3600): Answer {
    const token = `entra-s3cret-${given.length + 1}`;
    given.push(token);
    access.set(token, now() + HOUR);
    return json({ token_type: 'Bearer', expires_in: expires, access_token: token });
  }

  function entra({ body }: Seen): Answer {
    const form = new URLSearchParams(body);
    if (form.get('grant_type') !== 'client_credentials' || form.get('scope') !== SCOPE) return refusal(70011);
    if (form.get('client_id') !== clientId) return refusal(700016);
    if (form.has('client_secret'))
      return form.get('client_secret') === options.secret ? giveAccess() : refusal(7000215);
    const assertion =
      form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    return assertion && form.get('client_assertion') === options.federatedToken?.()
      ? giveAccess()
      : refusal(70021);
  }

  function metadata({ url, headers }: Seen): Answer {
    if (machine === 'another cloud') return { status: 404, body: 'nothing here' };
    if (headers['metadata'] !== 'true')
      return { status: 400, body: '{"error":"Bad request: Required metadata header not specified"}' };
    const known = machine === 'identity' && [null, clientId].includes(url.searchParams.get('client_id'));
    if (!known || url.searchParams.get('resource') !== RESOURCE)
      return { status: 400, body: '{"error":"invalid_request","error_description":"Identity not found"}' };
    return giveAccess('3600');
  }

  function exchange({ body }: Seen): Answer {
    const form = new URLSearchParams(body);
    const good = form.get('grant_type') === 'access_token' && form.get('service') === registry;
    if (!good || (access.get(form.get('access_token') ?? '') ?? 0) <= now() || options.mayPull?.() === false)
      return {
        status: 401,
        body: '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
      };
    const claims = { aud: registry, exp: Math.floor((now() + 3 * HOUR) / 1000), jti: given.length };
    const token = ['{}', JSON.stringify(claims), 's3cret']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    given.push(token);
    refresh.set(token, now() + 3 * HOUR);
    return json({ refresh_token: token });
  }

  function registryToken({ method, body }: Seen): Answer {
    const form = new URLSearchParams(body);
    const good = method === 'POST' && form.get('grant_type') === 'refresh_token';
    if (!good || (refresh.get(form.get('refresh_token') ?? '') ?? 0) <= now())
      return { status: 401, body: '{}' };
    given.push(`registry-s3cret-${given.length + 1}`);
    return json({ access_token: given.at(-1) });
  }

  const standIn = await startStandIn((seen) => {
    const { pathname } = seen.url;
    if (pathname === `/${tenant}/oauth2/v2.0/token`) return entra(seen);
    if (pathname === '/metadata/identity/oauth2/token') return metadata(seen);
    if (pathname === '/oauth2/exchange') return exchange(seen);
    if (pathname === '/oauth2/token') return registryToken(seen);
    if (given.some((token) => seen.headers.authorization === `Bearer ${token}`))
      return pathname.endsWith('/tags/list') ? json({ tags: ['1.0.0'] }) : { status: 404 };
    const realm = `http://${seen.headers.host}/oauth2/token`;
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="${registry}"` } };
  });
  return { ...standIn, given, revoke: () => refresh.clear() };
}

function refusal(number: number): Answer {
  return {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      error: number === 700016 ? 'unauthorized_client' : 'invalid_client',
      error_description: `AADSTS${number}: what was sent is quoted here`,
      error_codes: [number],
    }),
  };
}
