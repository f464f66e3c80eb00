import type { ImageRepository } from '../../core/image/reference.ts';
import type { ListingLimits } from '../../core/listing-limits.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { pageBytes } from '../listing-bounds.ts';
import type { AuthorizedSend, Wire } from '../oci/authorized-send.ts';

/** What a vendor's interface is asked with. */
export interface VendorApi {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Whether it is on the host that serves the images. */
  readonly ownHost: boolean;
  /** Whether it may see the registry's login. */
  readonly takesLogin: boolean;
  /** Host as in image names, for messages. */
  readonly registry: string;
  /** The path of an image as the registry's API wants it. */
  readonly pathOf: (repository: ImageRepository) => string;
  /** To its host, with retry, budget and measurement. */
  readonly wire: Wire;
  /** To the registry itself, with the proof it asks for. */
  readonly authorized: AuthorizedSend;
  readonly limits: ListingLimits;
  readonly clock: Clock;
  readonly log: Pick<Log, 'debug' | 'warn'>;
}

/** `GET` for a page of JSON. */
export function getJson(
  { limits }: Pick<VendorApi, 'limits'>,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...headers },
    maxBytes: pageBytes(limits),
  };
}

/** Whether a text can be sent as a bearer token: what could end a header or begin another cannot. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Each part of a path on its own, so that the slashes stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
