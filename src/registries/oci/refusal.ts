import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Login } from '../../ports/logins.ts';
import { isJsonObject, parseJsonObject, textField } from '../../http/json.ts';

export interface RefusedRequest {
  /** Host of the registry. */
  readonly registry: string;
  /** What was asked for: `the tags of ghcr.io/acme/api`. */
  readonly what: string;
  readonly login: Login;
}

/** The error for an answer that is not what was asked for. It names the login, never its secret. */
export function refusalError(
  response: HttpResponse,
  { registry, what, login }: RefusedRequest,
): LynceusError {
  const answer = `status ${response.status}${codesOf(response)}`;
  switch (response.status) {
    case 401:
    case 403:
      return new LynceusError(
        'registry-denied',
        `${registry} refuses ${what} to ${nameOf(login)}: ${answer}`,
        {
          hint: deniedHint(login),
          trail: trailOf(login),
        },
      );
    case 404:
      return new LynceusError('registry-not-found', `${registry} does not know ${what}: ${answer}`, {
        hint: missingHint(login),
        trail: trailOf(login),
      });
    case 429:
      return new LynceusError(
        'registry-rate-limited',
        `${registry} wants fewer requests, so it withholds ${what}: ${answer}${waitOf(response)}`,
        {
          hint: 'it is tried again in the next cycle; a lower `limit` for this registry, or a login, keeps it from happening',
        },
      );
    default:
      return new LynceusError('registry-failed', `${registry} failed to send ${what}: ${answer}`, {
        retryable: response.status >= 500,
        ...plainHint(response),
      });
  }
}

/** What Go and nginx answer to a request without TLS where they speak it. */
function plainHint({ status, url }: HttpResponse): { readonly hint?: string } {
  return status === 400 && url.protocol === 'http:'
    ? { hint: 'a server that speaks TLS needs an api_url with https://' }
    : {};
}

function nameOf(login: Login): string {
  return login.kind === 'anonymous' ? 'anybody without a login' : `the login ${login.identity}`;
}

function trailOf({ identity, why }: Login): string | undefined {
  return why === undefined ? undefined : `${identity}, ${why}`;
}

function deniedHint(login: Login): string {
  return login.kind === 'anonymous'
    ? 'name a login with `credentials` in registries.conf, with the pull-secret annotation or in a Docker configuration file'
    : 'see whether this login has expired and may read this image';
}

function missingHint(login: Login): string {
  const spelling = 'check the spelling';
  return login.kind === 'anonymous'
    ? `${spelling}; many registries also answer so for a private image when nobody is logged in`
    : spelling;
}

function waitOf({ headers }: HttpResponse): string {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,10}$/.test(seconds) ? `, for ${seconds} seconds` : '';
}

function codesOf(response: HttpResponse): string {
  const known = errorCodes(response).slice(0, 3);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

/**
 * The error codes of the OCI distribution spec, "Error codes", that an answer has. The messages beside them may repeat
 * what we sent.
 */
export function errorCodes({ body }: HttpResponse): readonly string[] {
  const errors = parseJsonObject(body)?.['errors'];
  if (!Array.isArray(errors)) return [];
  const codes = errors.flatMap((error: unknown) => (isJsonObject(error) ? [textField(error, 'code')] : []));
  return codes.filter((code) => /^[A-Z][A-Z_]{1,40}$/.test(code));
}
