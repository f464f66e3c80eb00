import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { KubeObject } from '../../../src/kube/kube-client.ts';
import type { ObjectStore, StoredEvent } from './object-store.ts';
import { resourceOf, type KubeRequest } from './request.ts';
import type { Matches } from './selectors.ts';
import { gone } from './status.ts';
import { apiVersionOf, asSent, kindOf } from './wire.ts';

export interface WatchStreams {
  readonly open: number;
  serve(request: KubeRequest, response: ServerResponse, selects: Matches): void;
  sendBookmarks(): void;
  /** Ends every watch as the server does when its time is over. */
  end(): void;
  /** Breaks every connection with a reset. */
  drop(): void;
  /** Open watches get nothing any more, not even an end: a connection that is only half open. */
  mute(): void;
  /** Ends every watch with an ERROR event: 410 Gone. */
  expire(): void;
  /** Sends this line as it is. */
  sendRaw(line: string): void;
}

interface Stream {
  readonly request: KubeRequest;
  readonly response: ServerResponse;
  muted: boolean;
  /** Takes it out of everything. */
  readonly release: () => void;
}

export function createWatchStreams(store: ObjectStore): WatchStreams {
  const streams = new Set<Stream>();

  function each(act: (stream: Stream) => void): void {
    for (const stream of streams) if (!stream.muted) act(stream);
  }

  function finish(stream: Stream): void {
    stream.release();
    stream.response.end();
  }

  return {
    get open() {
      return streams.size;
    },
    serve(request, response, selects) {
      const stream = openStream({ request, response, selects, store });
      if (stream === undefined) return;
      streams.add(stream);
      const seconds = Number(request.query.get('timeoutSeconds') ?? 0);
      const timer = seconds > 0 ? setTimeout(() => endOfTime(stream), seconds * 1000) : undefined;
      response.once('close', () => {
        clearTimeout(timer);
        stream.release();
        streams.delete(stream);
      });
    },
    sendBookmarks: () => each((stream) => sendBookmark(stream, store)),
    end: () => each(endOfTime),
    drop: () => each(({ response }) => breakConnection(response)),
    mute() {
      for (const stream of streams) {
        stream.muted = true;
        stream.release();
      }
    },
    expire: () =>
      each((stream) => {
        write(stream.response, 'ERROR', gone('too old resource version').body);
        finish(stream);
      }),
    sendRaw: (line) => each(({ response }) => response.write(`${line}\n`)),
  };

  function endOfTime(stream: Stream): void {
    if (stream.muted) return;
    sendBookmark(stream, store);
    finish(stream);
  }
}

/** With a reset, which a connection with TLS cannot send. */
export function breakConnection({ socket }: ServerResponse): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

interface Opening {
  readonly request: KubeRequest;
  readonly response: ServerResponse;
  readonly selects: Matches;
  readonly store: ObjectStore;
}

function openStream({ request, response, selects, store }: Opening): Stream | undefined {
  const resource = resourceOf(request);
  const from = Number(request.query.get('resourceVersion') ?? '0');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (from !== 0 && from < store.compacted) {
    const message = `too old resource version: ${from} (${store.compacted})`;
    write(response, 'ERROR', gone(message).body);
    response.end();
    return undefined;
  }
  const inScope: Matches = (object) =>
    (request.namespace === '' || object.metadata?.namespace === request.namespace) && selects(object);
  const tell = (event: StoredEvent): void => {
    const type = typeFor(event, inScope);
    if (type !== undefined) write(response, type, asSent(event.object, resource, request.version));
  };
  if (from === 0) {
    for (const object of store.list(resource).filter(inScope))
      write(response, 'ADDED', asSent(object, resource, request.version));
  } else for (const event of store.since(resource, from)) tell(event);
  return { request, response, muted: false, release: store.listen(resource, tell) };
}

/** An object that leaves the selection is deleted for whoever watches, one that enters it is new. */
function typeFor({ type, object, before }: StoredEvent, inScope: Matches): StoredEvent['type'] | undefined {
  const was = before !== undefined && inScope(before);
  const is = type !== 'DELETED' && inScope(object);
  if (was && is) return 'MODIFIED';
  if (is) return 'ADDED';
  return was ? 'DELETED' : undefined;
}

function sendBookmark({ request, response }: Stream, store: ObjectStore): void {
  if (!['1', 'true'].includes(request.query.get('allowWatchBookmarks') ?? '')) return;
  write(response, 'BOOKMARK', {
    apiVersion: apiVersionOf(request.group, request.version),
    kind: kindOf(resourceOf(request)),
    metadata: { resourceVersion: String(store.version), creationTimestamp: null },
  });
}

function write(
  response: ServerResponse,
  type: string,
  object: KubeObject | Readonly<Record<string, unknown>>,
): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}
