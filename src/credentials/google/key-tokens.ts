import type { Expiring } from '../../async/expiring-cache.ts';
import { LynceusError } from '../../errors.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  LONGEST_ANSWER,
  noToken,
  readAccessToken,
  describeRefusal,
  tokenField,
  tokenForm,
} from '../oauth.ts';
import { readNamedFile } from '../read-named-file.ts';
import { parseRsaKey, signJwt } from '../sign-jwt.ts';
import { describeGoogleKey, type GoogleKey, type SubjectTokenFile } from './google-key.ts';

/** What Google's registries ask of a token; they know no narrower one. What it may do is the identity's roles. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

const JWT_LIFE = 3600;
/** A clock may be ahead of Google's by so many seconds. */
const ISSUED_BEFORE = 60;

export interface KeyTokenOptions {
  readonly send: Send;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** Exchanges a key for an access token. Throws `credentials-failed` with the way that was tried. */
export async function exchangeGoogleKey(key: GoogleKey, options: KeyTokenOptions): Promise<Expiring<string>> {
  const response = await options.send(
    tokenForm(key.tokenUrl, await grantOf(key, options.clock)),
    options.signal,
  );
  const token = readAccessToken(response, options.clock);
  if (token === undefined) throw refused(key, response, HINTS[key.kind]);
  if (key.kind !== 'federation' || key.impersonation === undefined) return token;
  return await impersonate(key, token.value, options);
}

async function grantOf(key: GoogleKey, clock: Pick<Clock, 'now'>): Promise<Readonly<Record<string, string>>> {
  switch (key.kind) {
    case 'service-account':
      return {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertionOf(key, clock),
      };
    case 'person':
      return {
        grant_type: 'refresh_token',
        client_id: key.clientId,
        client_secret: key.clientSecret,
        refresh_token: key.refreshToken,
      };
    case 'federation':
      return {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience: key.audience,
        scope: SCOPE,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token_type: key.subjectTokenType,
        subject_token: await readSubjectToken(key.subjectToken),
      };
  }
}

/** RFC 7523: who the service account is, signed by its key. */
function assertionOf(
  { email, privateKey, keyId, tokenUrl }: Extract<GoogleKey, { kind: 'service-account' }>,
  clock: Pick<Clock, 'now'>,
): string {
  const issued = Math.floor(clock.now() / 1000) - ISSUED_BEFORE;
  const claims = { iss: email, scope: SCOPE, aud: tokenUrl.href, iat: issued, exp: issued + JWT_LIFE };
  return signJwt(claims, { key: parseRsaKey(privateKey, `the key of ${email}`), keyId });
}

const HINTS: Readonly<Record<GoogleKey['kind'], string>> = {
  'service-account': 'see whether the key was deleted, and whether the clock of this machine is right',
  federation: 'see whether audience and provider are right, and whether the provider takes this token',
  person: 'log in again with gcloud auth application-default login',
};

async function impersonate(
  key: Extract<GoogleKey, { kind: 'federation' }>,
  federated: string,
  { send, clock, signal }: KeyTokenOptions,
): Promise<Expiring<string>> {
  const { url, seconds } = key.impersonation ?? { url: key.tokenUrl, seconds: 0 };
  const request: HttpRequest = {
    method: 'POST',
    url,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${federated}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ scope: [SCOPE], lifetime: `${seconds}s` }),
    maxBytes: LONGEST_ANSWER,
  };
  const response = await send(request, signal);
  const answer = response.status === 200 ? parseJsonObject(response.body) : undefined;
  const value = tokenField(answer, 'accessToken');
  if (value === undefined)
    throw refused(
      key,
      response,
      'give the federated identity the role roles/iam.workloadIdentityUser on the service account',
    );
  const end = Date.parse(textField(answer ?? {}, 'expireTime'));
  return { value, expiresAt: Number.isNaN(end) ? clock.now() + seconds * 1000 : end };
}

async function readSubjectToken({ path, field }: SubjectTokenFile): Promise<string> {
  const text = await readNamedFile(path, {
    message: `the token for Google cannot be read: ${path}`,
    hint: 'credential_source.file of the Google key file names it',
  });
  const token =
    field === undefined ? text.trim() : textField(parseJsonObject(Buffer.from(text)) ?? {}, field);
  if (token !== '') return token;
  throw new LynceusError('credentials-failed', `the file ${path} holds no token for Google`);
}

function refused(key: GoogleKey, response: HttpResponse, hint: string): LynceusError {
  return noToken(
    `Google gave no token to the ${describeGoogleKey(key)}: ${describeRefusal(response)}`,
    response,
    hint,
  );
}
