import { verify, type KeyObject } from 'node:crypto';
import { json, startStandIn, type Answer, type Seen, type StandIn } from './registry-stand-in.ts';

export interface GoogleStandInOptions {
  readonly now: () => number;
  /** Of the service account `robot@acme.iam.gserviceaccount.com`. */
  readonly publicKey?: KeyObject;
  /** What the federated token has to be. */
  readonly subjectToken?: () => string;
  /** What the metadata server has: an account, none, or one that may not get a token. */
  readonly machine?: 'account' | 'no account' | 'refused' | 'another cloud';
  /** Whether the federated identity may act as the service account. */
  readonly mayImpersonate?: boolean;
}

export interface GoogleStandIn extends StandIn {
  /** Every token that was given out. */
  readonly given: readonly string[];
  isGood(token: string): boolean;
}

export const ROBOT = 'robot@acme.iam.gserviceaccount.com';
export const AUDIENCE =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const HOUR = 3_600_000;

/** The token endpoints of Google and a metadata server, behind one address. */
export async function startGoogle(options: GoogleStandInOptions): Promise<GoogleStandIn> {
  const { now, machine = 'another cloud', mayImpersonate = true } = options;
  const tokens = new Map<string, number>();

  function issue(life = HOUR): string {
    const token = `ya29.s3cret${tokens.size + 1}`;
    tokens.set(token, now() + life);
    return token;
  }

  function exchangeJwt(form: URLSearchParams, audience: string): Answer {
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const read = (part: string) =>
      JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Record<string, unknown>;
    const { iss, aud, scope, iat, exp } = read(claims);
    const seconds = now() / 1000;
    const timely = Number(iat) <= seconds && Number(exp) > seconds && Number(exp) - Number(iat) <= 3600;
    const signed =
      options.publicKey !== undefined &&
      read(head)['alg'] === 'RS256' &&
      verify(
        'sha256',
        Buffer.from(`${head}.${claims}`),
        options.publicKey,
        Buffer.from(signature, 'base64url'),
      );
    const good = signed && timely && iss === ROBOT && aud === audience && scope === SCOPE;
    return good ? json({ access_token: issue(), expires_in: 3599, token_type: 'Bearer' }) : grantRefused();
  }

  function token({ body, headers, url }: Seen): Answer {
    const form = new URLSearchParams(body);
    switch (form.get('grant_type')) {
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return exchangeJwt(form, `http://${headers.host}${url.pathname}`);
      case 'urn:ietf:params:oauth:grant-type:token-exchange': {
        const good =
          form.get('audience') === AUDIENCE &&
          form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:jwt' &&
          form.get('subject_token') === options.subjectToken?.();
        return good ? json({ access_token: issue(), expires_in: 3599 }) : grantRefused();
      }
      default:
        return grantRefused();
    }
  }

  function impersonate({ headers, body }: Seen): Answer {
    const bearer = (headers.authorization ?? '').replace('Bearer ', '');
    const { lifetime, scope } = JSON.parse(body) as { lifetime: string; scope: string[] };
    if (!mayImpersonate || (tokens.get(bearer) ?? 0) <= now() || scope[0] !== SCOPE)
      return { status: 403, body: '{"error":{"code":403,"status":"PERMISSION_DENIED"}}' };
    const life = Number.parseInt(lifetime, 10) * 1000;
    return json({ accessToken: issue(life), expireTime: new Date(now() + life).toISOString() });
  }

  function metadata({ url, headers }: Seen): Answer {
    if (machine === 'another cloud') return { status: 404, body: 'nothing here' };
    const flavor = { 'metadata-flavor': 'Google' };
    if (headers['metadata-flavor'] !== 'Google')
      return { status: 403, headers: flavor, body: 'Missing header' };
    if (url.pathname === '/') return { status: 200, headers: flavor, body: 'computeMetadata/\n' };
    if (machine === 'no account') return { status: 404, headers: flavor, body: 'not found' };
    if (machine === 'refused')
      return {
        status: 403,
        headers: flavor,
        body: 'Unable to generate access token; IAM returned 403 Forbidden',
      };
    return json({ access_token: issue(), expires_in: 3599, token_type: 'Bearer' }, flavor);
  }

  const standIn = await startStandIn((seen) => {
    if (seen.url.pathname === '/token') return token(seen);
    if (seen.url.pathname.endsWith(':generateAccessToken')) return impersonate(seen);
    return metadata(seen);
  });
  return {
    ...standIn,
    get given() {
      return [...tokens.keys()];
    },
    isGood: (text) => (tokens.get(text) ?? 0) > now(),
  };
}

function grantRefused(): Answer {
  return {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: 'invalid_grant', error_description: 'what was sent is quoted here' }),
  };
}
