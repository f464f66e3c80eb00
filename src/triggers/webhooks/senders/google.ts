import type { FetchImplementation, JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { LynceusError, messageOf } from '../../../errors.ts';
import { createHttpClient } from '../../../http/client.ts';
import type { Send } from '../../../http/message.ts';
import { VERSION } from '../../../version.ts';
import type { WebhookEvent, WebhookSender } from '../sender.ts';
import { eventsOf, imageEvent, referenceEvent } from './image-events.ts';
import { checkPayload, jsonOf, readJson, unreadablePayload } from './payload.ts';
import { bearerToken } from './proofs.ts';

/** Where Google's public keys are (accounts.google.com/.well-known/openid-configuration). */
const KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];

const LARGEST_KEYS = 256 * 1024;

const CODES = {
  unreachable: 'credentials-failed',
  tooLarge: 'credentials-failed',
  invalid: 'credentials-failed',
} as const;

export interface GoogleSenderOptions {
  /** Asks for the keys; by a client of its own by default. */
  readonly send?: Send;
  readonly keys?: string;
  readonly issuers?: readonly string[];
}

/**
 * Google Artifact Registry and Container Registry, by a push subscription of Pub/Sub with authentication. Nothing is shared with
 * Google: the "secret" is whose token counts, and for whom it has to be, as `ACCOUNT AUDIENCE`:
 * `push@project.iam.gserviceaccount.com https://updates.example/webhook`. A token that anybody else had from Google fits neither.
 *
 * `verify` throws `credentials-failed` when Google's keys are out of reach, and `config-invalid` for another secret: the token may
 * be good, and Pub/Sub tries again.
 */
export function createGoogleSender({
  send,
  keys = KEYS,
  issuers = ISSUERS,
}: GoogleSenderOptions = {}): WebhookSender {
  let keySet: JWTVerifyGetKey | undefined;

  async function verifyToken(token: string, { account, audience }: WantedToken): Promise<boolean> {
    // Loaded for the first token only: most installations never see one.
    const jose = await import('jose');
    const asked = fetchWith(send ?? clientOfKeys());
    keySet ??= jose.createRemoteJWKSet(new URL(keys), { [jose.customFetch]: asked });
    try {
      // A token that cannot be right is refused before the keys are asked for.
      if (!isFor(jose.decodeJwt(token), account)) return false;
      const wanted = {
        issuer: [...issuers],
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp'],
        clockTolerance: 60,
      };
      const { payload } = await jose.jwtVerify(token, keySet, wanted);
      return isFor(payload, account);
    } catch (error) {
      if (isRefusal(error)) return false;
      if (error instanceof LynceusError) throw error;
      const why = `the keys of Google at ${keys} cannot be used: ${messageOf(error)}`;
      throw new LynceusError('credentials-failed', why, { cause: error });
    }
  }

  return {
    type: 'google',
    verify(request, secret) {
      const token = bearerToken(request);
      return token !== undefined && secret !== '' && verifyToken(token, readWantedToken(secret));
    },
    parse(request) {
      const value = readJson(request);
      const message = isUnwrapped(value) ? value : dataOf(value);
      const { action, tag, digest } = checkPayload(
        message,
        notification,
        'a notification of Artifact Registry',
      );
      if (action !== 'INSERT') return { kind: 'ignored', why: 'of Artifact Registry only "INSERT" counts' };
      const event = referenceEvent(tag ?? digest ?? '');
      if (event === undefined)
        throw unreadablePayload(
          'an image as "tag" or "digest" of a notification of Artifact Registry',
          'none',
        );
      return eventsOf([event], (named) => [named, ...otherName(named)], '');
    },
  };
}

export const GOOGLE_SENDER: WebhookSender = createGoogleSender();

/** The body of a push (cloud.google.com/pubsub/docs/push). */
const push = z.object({ message: z.object({ data: z.string() }) });

/** What Artifact Registry publishes (cloud.google.com/artifact-registry/docs/configure-notifications). */
const notification = z.object({
  action: z.string(),
  tag: z.string().nullish(),
  digest: z.string().nullish(),
});

/** Where the repositories are that answer under the names of Container Registry ("Transition to repositories with gcr.io domain support"). */
const LOCATIONS: ReadonlyMap<string, string> = new Map([
  ['gcr.io', 'us-docker.pkg.dev'],
  ['us.gcr.io', 'us-docker.pkg.dev'],
  ['eu.gcr.io', 'europe-docker.pkg.dev'],
  ['asia.gcr.io', 'asia-docker.pkg.dev'],
]);

/** The same image under its other name: `gcr.io/acme/api` is `us-docker.pkg.dev/acme/gcr.io/api`. */
function otherName(event: WebhookEvent): readonly WebhookEvent[] {
  if (event.kind !== 'image') return [];
  const { tag } = event;
  const { registry, path } = event.repository;
  const [project = '', second = '', ...rest] = path.split('/');
  const location = LOCATIONS.get(registry);
  if (location !== undefined && second !== '')
    return [imageEvent({ host: location, path: [project, registry, second, ...rest].join('/'), tag })];
  if (LOCATIONS.get(second) === registry && rest.length > 0)
    return [imageEvent({ host: second, path: [project, ...rest].join('/'), tag })];
  return [];
}

interface WantedToken {
  readonly account: string;
  readonly audience: string;
}

function readWantedToken(secret: string): WantedToken {
  const [account = '', audience = '', ...more] = secret.trim().split(/\s+/);
  if (account.includes('@') && audience !== '' && more.length === 0) return { account, audience };
  throw new LynceusError(
    'config-invalid',
    'expected ACCOUNT AUDIENCE as the secret of webhooks of the type google, found another form',
    {
      hint: 'docs/webhooks.md tells how the subscription is made',
    },
  );
}

function isFor(claims: Readonly<Record<string, unknown>>, account: string): boolean {
  return claims['email'] === account && claims['email_verified'] === true;
}

/** The errors of jose have codes; what fails on the way to the keys, and the keys themselves, is no fault of the token. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^ERR_(?:JWT|JWS|JOSE_ALG|JOSE_NOT|JWKS_NO_MATCHING|JWKS_MULTIPLE)/.test(code);
}

function fetchWith(send: Send): FetchImplementation {
  return async (url, { signal }) => {
    const headers = { accept: 'application/json' };
    const { status, body } = await send(
      { method: 'GET', url: new URL(url), headers, maxBytes: LARGEST_KEYS },
      signal,
    );
    return new Response(body.toString('utf8'), { status });
  };
}

let client: Send | undefined;

function clientOfKeys(): Send {
  client ??= createHttpClient({ userAgent: `lynceus/${VERSION}`, codes: CODES }).send;
  return client;
}

/** A subscription can be set to push what was published as it is. */
function isUnwrapped(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'action');
}

function dataOf(value: unknown): unknown {
  const { message } = checkPayload(value, push, 'a push of Pub/Sub');
  return jsonOf(Buffer.from(message.data, 'base64'), 'JSON in Base64 as "message.data" of Pub/Sub');
}
