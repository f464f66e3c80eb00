import { isHost, isName, isTag, looksLikeHost } from '../../../core/image/grammar.ts';
import { imageRepositoryKey } from '../../../core/identity/image-repository.ts';
import { repositoryOf, tryImageReference } from '../../../core/image/reference.ts';
import { LynceusError } from '../../../errors.ts';
import { parseUrl } from '../../../parse-url.ts';
import type { WebhookEvent, WebhookReading, WebhookRequest } from '../sender.ts';
import { unreadablePayload, shownText } from './payload.ts';

/** What a payload says of one image. */
export interface NamedImage {
  /** A host as image names have it; `undefined` where the payload does not say. */
  readonly host: string | undefined;
  readonly path: string;
  readonly tag?: string | null | undefined;
}

/** The event for an image. Throws `webhook-unreadable` for what is no name of an image. */
export function imageEvent({ host, path, tag }: NamedImage): WebhookEvent {
  if (host === undefined) throw unreadablePayload('a payload that names its registry', 'none', HOST_HINT);
  // A name without a dot or a port, such as that of a container, is a folder of Docker Hub in the name of an image.
  if (!isHost(host) || !looksLikeHost(host))
    throw unreadablePayload('the host of a registry as names of images have it', shownText(host), HOST_HINT);
  if (!isName(path)) throw unreadablePayload('the name of an image', shownText(path));
  const reference = { registry: host, name: path, tag: undefined, digest: undefined };
  return { kind: 'image', repository: repositoryOf(reference), tag: knownTag(tag) };
}

const HOST_HINT = 'add &registry_url=HOST to the URL of the webhook';

/** The event for an image as it is pulled: `host/path`, with a tag or a digest; `undefined` for what is none. */
export function referenceEvent(text: string, tag?: string): WebhookEvent | undefined {
  // Not every payload's digest is a whole one, and it is not used.
  const [name = ''] = text.split('@', 1);
  const reference = tryImageReference(name);
  if (reference === undefined || reference.registry === '') return undefined;
  return imageEvent({ host: reference.registry, path: reference.name, tag: tag ?? reference.tag });
}

/**
 * The host that `?registry_url=` gives, for senders whose payloads name none, or one that image names do not have: a host, or a
 * URL. Throws `webhook-unreadable` for what is none.
 */
export function registryOfQuery({ query }: Pick<WebhookRequest, 'query'>): string | undefined {
  const text = query.get('registry_url') ?? '';
  if (text === '') return undefined;
  const host = hostOf(text);
  if (host === undefined)
    throw unreadablePayload(
      'the host of a registry as "registry_url" in the URL of the webhook',
      shownText(text),
    );
  return host;
}

/** The host, with its port, of a URL or of a text that begins with one; `undefined` where there is none. */
export function hostOf(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) ? parseUrl(text) : undefined;
  const host = url?.host ?? text.split('/', 1)[0] ?? '';
  return host !== '' && isHost(host) ? host : undefined;
}

/** After so many, the rest is not looked at: each costs more than what can be read. */
const MOST_FAULTS = 100;

/**
 * The events of several parts of one payload, each image repository once. A part that cannot be read does not hold up the
 * others; when none can, the first one's error is thrown. `ignored` is why there is nothing where there are no parts.
 */
export function eventsOf<T>(
  parts: readonly T[],
  read: (part: T) => readonly WebhookEvent[],
  ignored: string,
): WebhookReading {
  const events = new Map<string, WebhookEvent>();
  const faults: LynceusError[] = [];
  for (const part of parts) {
    if (faults.length === MOST_FAULTS) break;
    try {
      for (const event of read(part)) events.set(keyOf(event), event);
    } catch (error) {
      if (!(error instanceof LynceusError)) throw error;
      faults.push(error);
    }
  }
  if (events.size > 0) return { kind: 'events', events: [...events.values()] };
  const [fault] = faults;
  if (fault !== undefined) throw fault;
  return { kind: 'ignored', why: ignored };
}

function keyOf(event: WebhookEvent): string {
  return event.kind === 'image'
    ? imageRepositoryKey(event.repository)
    : `${event.branch ?? ''} ${event.remotes.map(({ key }) => key).join(' ')}`;
}

/** A tag of the log: what no registry could have is none. */
function knownTag(tag: string | null | undefined): string | undefined {
  return tag !== undefined && tag !== null && isTag(tag) ? tag : undefined;
}
