import type { IncomingMessage } from 'node:http';
import { listenToAbort } from '../async/listen-to-abort.ts';
import { parseReplicaPlace, type ReplicaPlace } from '../core/replica-place.ts';
import { asLynceusError } from '../errors.ts';
import { askReplica, OF_THE_CONNECTION, PASSED_ON, unreachable } from '../http/ask-replica.ts';
import type { Clock } from '../ports/clock.ts';
import type { AnnouncedService, Leadership } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';
import type { GetRequest, Reply, StreamReader } from '../server/routes.ts';
import { problemReply } from './problem-reply.ts';

export interface PassOnOptions {
  readonly leadership: Pick<Leadership, 'leaderPlace'>;
  /** What of the leader is asked. */
  readonly service: AnnouncedService;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
}

/** In milliseconds. */
const TIMEOUT = 10_000;
const PLACE_KEPT = 2_000;
const LARGEST = 32 * 1024 * 1024;

/** Headers of a request that say what is wanted, and by whom. */
const SENT = [
  'accept',
  'accept-encoding',
  'accept-language',
  'if-none-match',
  'last-event-id',
  'argocd-application-name',
  'argocd-project-name',
];

/**
 * Passes requests on to the process that leads and gives back its answers, streams as they come. Whoever asks shows a bearer token to
 * the leader alone: it is sent on only over TLS with the certificate that the Lease names. What was passed on already is not again.
 */
export function createPassOn({
  leadership,
  service,
  clock,
  log,
  signal,
}: PassOnOptions): (request: GetRequest) => Promise<Reply> {
  let known: { readonly until: number; readonly place: Promise<string | undefined> } | undefined;

  /** Asked for once for many that read. */
  function leaderPlace(): Promise<string | undefined> {
    const now = clock.now();
    if (known !== undefined && known.until > now) return known.place;
    const place = leadership.leaderPlace(service, signal);
    known = { until: now + PLACE_KEPT, place };
    place.catch(() => (known = undefined));
    return place;
  }

  return async (request) => {
    if (request.headers[PASSED_ON] !== undefined) return unavailable('this process does not lead any more');
    let place: ReplicaPlace | undefined;
    try {
      place = parseReplicaPlace((await leaderPlace()) ?? '');
      if (place === undefined)
        return unavailable('this process does not lead, and nobody says where the one is that does');
      return await ask(place, request, signal);
    } catch (thrown) {
      const error = asLynceusError(thrown);
      log.debug('a request could not be passed on', { err: error });
      return unavailable(
        place === undefined
          ? 'this process does not lead, and it cannot be found out which one does'
          : `this process does not lead, and the one that does${placeText(place, request)} gives no answer`,
      );
    }
  };
}

/** Addresses are not for those who may see one Application alone. */
function placeText({ origin }: ReplicaPlace, { headers }: GetRequest): string {
  return headers['argocd-application-name'] === undefined ? `, at ${origin},` : '';
}

function unavailable(detail: string): Reply {
  return problemReply(503, 'leader-unreachable', { detail, headers: { 'Retry-After': '2' } });
}

async function ask(place: ReplicaPlace, request: GetRequest, ending: AbortSignal): Promise<Reply> {
  const { method, path, query, headers } = request;
  const names = place.fingerprint === '' ? SENT : [...SENT, 'authorization'];
  const sent = names.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const search = query.toString();
  const late = new AbortController();
  const unlisten = listenToAbort(AbortSignal.any([AbortSignal.timeout(TIMEOUT), ending]), () => late.abort());
  const response = await askReplica(place, {
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers: { ...Object.fromEntries(sent), [PASSED_ON]: '1' },
    signal: late.signal,
  });
  const status = response.statusCode ?? 502;
  const { 'content-type': contentType = 'text/plain; charset=utf-8' } = response.headers;
  const common = { status, contentType, headers: keptHeaders(response) };
  if (!/^text\/event-stream\b/.test(contentType) || method === 'HEAD') {
    const body = await readAll(response).catch((thrown: Error) => {
      throw unreachable(place.origin, thrown);
    });
    unlisten();
    return { ...common, body };
  }
  unlisten();
  response.once(
    'close',
    listenToAbort(ending, () => response.destroy()),
  );
  return { ...common, stream: (reader) => pipe(response, reader) };
}

/** In the spelling in which servers write them, so that none stands there twice. */
function keptHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (OF_THE_CONNECTION.has(name) || name === 'content-type' || name === 'date' || value === undefined)
        return [];
      const written = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
      return [[written, Array.isArray(value) ? value.join(', ') : value]];
    }),
  );
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) throw new Error('its answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pipe(response: IncomingMessage, reader: StreamReader): void {
  response.on('data', (chunk: Buffer) => reader.write(chunk));
  response.on('error', () => reader.end());
  response.on('close', () => reader.end());
  listenToAbort(reader.gone, () => response.destroy());
}
