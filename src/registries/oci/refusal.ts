import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Login } from '../../ports/logins.ts';
import type { AuthorizedResponse, Unproven } from './authorized-response.ts';
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
  response: AuthorizedResponse,
  { registry, what, login }: RefusedRequest,
): LynceusError {
  const answer = `status ${response.status}${codesOf(response)}`;
  const { unproven } = response;
  const who =
    unproven?.kind === 'elsewhere' ? `${registry} redirects to ${unproven.origin}, which` : registry;
  switch (response.status) {
    case 401:
    case 403:
      return new LynceusError(
        'registry-denied',
        `${who} refuses ${what}${deniedTo(login, unproven)}: ${answer}`,
        { hint: deniedHint(login, unproven), trail: trailOf(login) },
      );
    case 404:
      return new LynceusError('registry-not-found', `${who} does not know ${what}: ${answer}`, {
        hint: missingHint(login, unproven),
        trail: trailOf(login),
      });
    case 429:
      return new LynceusError(
        'registry-rate-limited',
        `${who} wants fewer requests, so it withholds ${what}: ${answer}${waitOf(response)}`,
        {
          hint: 'it is tried again in the next cycle; a lower `limit` for this registry, or a login, keeps it from happening',
        },
      );
    default:
      return new LynceusError('registry-failed', `${who} failed to send ${what}: ${answer}`, {
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

/** To whom: a login that was never sent is not at fault. */
function deniedTo(login: Login, unproven: Unproven | undefined): string {
  if (login.kind === 'anonymous' || unproven?.kind === 'elsewhere') return ' to anybody without a login';
  if (unproven === undefined) return ` to the login ${login.identity}`;
  return `, and ${askedFor(unproven)}, so the login ${login.identity} was not sent`;
}

const SCHEME_NAME = /^[a-z][a-z0-9-]{0,30}$/;

function askedFor({ schemes }: Extract<Unproven, { kind: 'not-asked' }>): string {
  const known = schemes.filter((scheme) => SCHEME_NAME.test(scheme)).slice(0, 3);
  return known.length === 0
    ? 'does not ask for a login'
    : `asks for a login by ${known.join(', ')}, which is not known here`;
}

function trailOf({ identity, why }: Login): string | undefined {
  return why === undefined ? undefined : `${identity}, ${why}`;
}

function deniedHint(login: Login, unproven: Unproven | undefined): string {
  if (unproven?.kind === 'elsewhere') return redirectHint(unproven.origin);
  if (login.kind === 'anonymous')
    return 'name a login with `credentials` in registries.conf, with the pull-secret annotation or in a Docker configuration file';
  return unproven === undefined
    ? 'see whether this login has expired and may read this image'
    : 'a login is sent when the answer has a WWW-Authenticate header with Basic or Bearer: see api_url, and a proxy in front of the registry';
}

function redirectHint(origin: string): string {
  return `a login is not sent to where a registry redirects; if the image is there, give ${origin} as api_url`;
}

function missingHint(login: Login, unproven: Unproven | undefined): string {
  const spelling = 'check the spelling';
  if (unproven?.kind === 'elsewhere') return `${spelling}; ${redirectHint(unproven.origin)}`;
  if (login.kind === 'anonymous')
    return `${spelling}; many registries also answer so for a private image when nobody is logged in`;
  return unproven === undefined
    ? spelling
    : `${spelling}; the login ${login.identity} was not sent, since the registry does not ask for one`;
}

function waitOf({ headers }: HttpResponse): string {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,10}$/.test(seconds) ? `, for ${seconds} seconds` : '';
}

/** The error codes of the OCI distribution spec, "Error codes". The messages beside them may repeat what we sent. */
function codesOf({ body }: HttpResponse): string {
  const errors = parseJsonObject(body)?.['errors'];
  if (!Array.isArray(errors)) return '';
  const codes = errors.flatMap((error: unknown) => (isJsonObject(error) ? [textField(error, 'code')] : []));
  const known = codes.filter((code) => /^[A-Z][A-Z_]{1,40}$/.test(code)).slice(0, 3);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}
