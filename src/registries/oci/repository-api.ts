import type { ListingLimits } from '../../core/listing-limits.ts';
import type { Login } from '../../ports/logins.ts';
import type { LynceusError } from '../../errors.ts';
import type { RequestKind } from '../measured.ts';
import type { AuthorizedResponse } from './authorized-response.ts';
import type { AuthorizedSend } from './authorized-send.ts';
import { refusalError } from './refusal.ts';

/** What to ask of an image repository. */
export interface RepositoryRequest {
  readonly kind: RequestKind;
  readonly method?: 'GET' | 'HEAD';
  /** What comes after `/v2/<path>/`. */
  readonly rest: string;
  readonly accept: string;
  readonly maxBytes: number;
}

/** One image repository as one caller sees it. */
export interface RepositoryApi {
  /** `ghcr.io/acme/api`: for messages, and the key of the repository. */
  readonly name: string;
  /** Host as in image names. */
  readonly registry: string;
  /** Host of its API, with its port. */
  readonly apiHost: string;
  readonly limits: ListingLimits;
  /** Whose login it is: what one may see, another may not. */
  readonly caller: string;
  readonly signal: AbortSignal;
  ask(request: RepositoryRequest): Promise<AuthorizedResponse>;
  /** The same, stopped by another signal. */
  stoppedBy(signal: AbortSignal): RepositoryApi;
  /** The error for an answer that is not what was asked for. */
  refuse(response: AuthorizedResponse, what: string): LynceusError;
}

export interface RepositoryApiOptions {
  readonly send: AuthorizedSend;
  readonly apiUrl: string;
  readonly registry: string;
  readonly name: string;
  /** As the registry's API wants it. */
  readonly path: string;
  readonly login: Login;
  readonly limits: ListingLimits;
  readonly signal: AbortSignal;
}

export function createRepositoryApi(options: RepositoryApiOptions): RepositoryApi {
  const { send, apiUrl, registry, name, path, login, limits, signal } = options;
  const base = `${apiUrl}/v2/${path.split('/').map(encodeURIComponent).join('/')}`;
  return {
    name,
    registry,
    apiHost: new URL(apiUrl).host,
    limits,
    caller: login.identity,
    signal,
    ask({ kind, method = 'GET', rest, accept, maxBytes }) {
      return send(
        kind,
        { method, url: new URL(`${base}/${rest}`), headers: { accept }, maxBytes },
        { path, login, signal },
      );
    },
    stoppedBy: (other) => createRepositoryApi({ ...options, signal: other }),
    refuse: (response, what) => refusalError(response, { registry, what, login }),
  };
}
