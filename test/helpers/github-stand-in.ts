import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { json, startStandIn, type Answer, type Seen, type StandIn } from './registry-stand-in.ts';

export interface Installation {
  readonly id: number;
  /** Organization or user. */
  readonly owner: string;
  readonly kind: 'org' | 'user';
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly suspended?: boolean;
}

export interface GithubStandInOptions {
  readonly appId: string;
  readonly publicKey: KeyObject;
  readonly installations: readonly Installation[];
  /** Milliseconds since 1970, by the server's clock. */
  readonly now: () => number;
  /** Milliseconds that a token lives; an hour unless said. */
  readonly tokenLife?: number;
}

export interface GithubStandIn extends StandIn {
  /** As for GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** Every token that was given out, in order. */
  readonly given: readonly string[];
  /** Whether a token is one that was given out, has not ended and was not revoked. */
  isGood(token: string): boolean;
  revoke(token: string): void;
}

const API = '/api/v3';

/** The key of an App in both forms that people have it in. */
export function createAppKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKey,
    pkcs1: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * The part of GitHub's API that gives tokens to Apps. It verifies the signature and the times of a JWT as GitHub
 * documents them, knows installations by owner and repository, and grants no permission that an installation lacks.
 */
export async function startGithub(options: GithubStandInOptions): Promise<GithubStandIn> {
  const { installations, now, tokenLife = 3_600_000 } = options;
  const tokens = new Map<string, number>();

  function answer(seen: Seen): Answer {
    const path = seen.url.pathname.slice(API.length);
    if (!seen.url.pathname.startsWith(API)) return message(404, 'Not Found');
    if (!isProof(seen.headers.authorization ?? '', options))
      return message(401, 'A JSON web token could not be decoded');
    const byPlace = installations.find((one) => placesOf(one).includes(path));
    if (byPlace !== undefined) return json({ id: byPlace.id, account: { login: byPlace.owner } });
    const id = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1];
    const installation = installations.find((one) => String(one.id) === id);
    if (installation === undefined || seen.method !== 'POST') return message(404, 'Not Found');
    return give(installation, seen.body);
  }

  function give({ permissions, suspended = false }: Installation, body: string): Answer {
    if (suspended) return message(403, 'This installation has been suspended');
    const wanted = (JSON.parse(body) as { permissions?: Record<string, string> }).permissions ?? permissions;
    const granted = Object.entries(wanted).every(
      ([name, access]) =>
        permissions[name] === access || (permissions[name] === 'write' && access === 'read'),
    );
    if (!granted) return message(422, 'The permissions requested are not granted to this installation.');
    const token = `ghs_s3cret${tokens.size + 1}`;
    tokens.set(token, now() + tokenLife);
    const content = { token, expires_at: new Date(now() + tokenLife).toISOString(), permissions: wanted };
    return { ...json(content), status: 201 };
  }

  const standIn = await startStandIn((seen) => dated(answer(seen), now()));
  return {
    ...standIn,
    apiUrl: `${standIn.url}${API}`,
    get given() {
      return [...tokens.keys()];
    },
    isGood: (token) => (tokens.get(token) ?? 0) > now(),
    revoke: (token) => void tokens.set(token, 0),
  };
}

function placesOf({ owner, kind, repositories }: Installation): readonly string[] {
  const own = `/${kind === 'org' ? 'orgs' : 'users'}/${owner}/installation`;
  return [
    own,
    `/users/${owner}/installation`,
    ...repositories.map((name) => `/repos/${owner}/${name}/installation`),
  ];
}

/** "Generating a JSON Web Token for a GitHub App": RS256, iat not in the future, exp at most ten minutes ahead. */
function isProof(header: string, { appId, publicKey, now }: GithubStandInOptions): boolean {
  const [head = '', claims = '', signature = ''] = header.replace(/^Bearer /, '').split('.');
  const decoded = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Record<string, unknown>;
  const { iss, iat, exp } = decoded(claims);
  const seconds = now() / 1000;
  const timely = Number(iat) <= seconds && Number(exp) > seconds && Number(exp) <= seconds + 600;
  return (
    decoded(head)['alg'] === 'RS256' &&
    iss === appId &&
    timely &&
    verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
  );
}

function message(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: text }) };
}

function dated(answer: Answer, now: number): Answer {
  if (!('status' in answer)) return answer;
  return { ...answer, headers: { ...answer.headers, date: new Date(now).toUTCString() } };
}
