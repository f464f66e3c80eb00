import { LynceusError } from '../errors.ts';
import type { KubeEvent, KubeObject } from './kube-client.ts';
import { omitMembers, type OmitTree } from './omit-members.ts';
import { requestText, statusError, type KubeRequest } from './status-error.ts';

/** Far more than an `etcd` keeps in one object. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Reads the lines of a watch. Throws for `ERROR` events, 410 Gone as `kube-expired`. */
export async function* readEvents(
  chunks: AsyncIterable<Buffer>,
  request: KubeRequest,
  omit: OmitTree,
): AsyncIterable<KubeEvent> {
  for await (const line of readLines(chunks, request)) {
    const text = omitMembers(line, { object: omit });
    if (text.trim() !== '') yield readEvent(text, request);
  }
}

async function* readLines(chunks: AsyncIterable<Buffer>, request: KubeRequest): AsyncIterable<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      const last = chunk.subarray(from, end);
      yield parts.length === 0 ? last : Buffer.concat([...parts, last]);
      parts = [];
      size = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    size += rest.length;
    if (size > LONGEST_LINE) throw unreadable(request, `an event is longer than ${LONGEST_LINE} bytes`);
    if (rest.length > 0) parts.push(rest);
  }
  if (size > 0)
    throw new LynceusError('kube-unreachable', `the answer to ${requestText(request)} was cut off`);
}

function readEvent(line: string, request: KubeRequest): KubeEvent {
  const { type, object } = parse(line, request);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object };
    case 'BOOKMARK':
      return { type, resourceVersion: object.metadata?.resourceVersion ?? '' };
    case 'ERROR':
      throw statusError(request, Number(object['code']) || 500, JSON.stringify(object));
    default:
      throw unreadable(request, `an event has the type ${JSON.stringify(type).slice(0, 40)}`);
  }
}

function parse(line: string, request: KubeRequest): { readonly type: unknown; readonly object: KubeObject } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreadable(request, 'an event is not JSON');
  }
  if (typeof value === 'object' && value !== null && 'object' in value && 'type' in value) {
    const { type, object } = value;
    if (typeof object === 'object' && object !== null) return { type, object: object as KubeObject };
  }
  throw unreadable(request, 'an event has no object');
}

function unreadable(request: KubeRequest, reason: string): LynceusError {
  return new LynceusError('kube-failed', `cannot read the answer to ${requestText(request)}: ${reason}`);
}
