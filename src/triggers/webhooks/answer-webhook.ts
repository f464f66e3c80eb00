import { joinKey } from '../../core/identity/key.ts';
import { formatRepository } from '../../core/image/reference.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Allowance } from './allowance.ts';
import type { WebhookEvent, WebhookReading, WebhookRequest, WebhookSender } from './sender.ts';

/** A request as a server has it; headers that came several times are lists. */
export interface ReceivedWebhook {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Address of who has connected. */
  readonly from: string;
}

export interface WebhookReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookOptions {
  readonly senders: readonly WebhookSender[];
  /** By type; a type that is not here has none. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Refuse types that have no secret. Without it they are taken from everybody. */
  readonly requireSecret: boolean;
  readonly allowance: Allowance;
  /** Called with events that are proven. Its reply is the answer, unless it has none. */
  readonly take: (
    events: readonly WebhookEvent[],
    received: ReceivedWebhook,
  ) => Promise<WebhookReply | undefined>;
  /** Called once for each request. */
  readonly count: (request: { readonly type: string; readonly result: WebhookResult }) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** How a request ended: the label `result` of the metric. */
export type WebhookResult =
  'accepted' | 'ignored' | 'unauthorized' | 'unreadable' | 'unknown-type' | 'rate-limited' | 'unavailable';

interface Ending {
  readonly result: WebhookResult;
  readonly reply: WebhookReply;
  /** Why it was not taken, for the log; absent when it was. */
  readonly why?: string;
}

/** As Argo CD Image Updater answers. */
const TAKEN: WebhookReply = { status: 200, body: 'Webhook received and processing' };

/** Answers webhooks: who it is from, whether that is proven, and what it says. Nothing that is logged holds the secret. */
export function createWebhookAnswer(
  options: WebhookOptions,
): (received: ReceivedWebhook) => Promise<WebhookReply> {
  const { senders, count, clock, log } = options;
  const refused = createRefusalLog(log, clock);
  const types = senders.map(({ type }) => type);

  return async (received) => {
    const request: WebhookRequest = { ...received, headers: plainHeaders(received.headers) };
    const named = request.query.get('type') ?? request.headers['x-registry-type'] ?? '';
    const sender = senders.find(({ type }) => type === named);
    const type = sender?.type ?? 'unknown';
    const { result, reply, why } =
      sender === undefined
        ? unknownType(named, types)
        : await answerOf(sender, { request, received }, options);
    count({ type, result });
    if (why !== undefined) refused({ type, result, reason: why, from: received.from });
    return reply;
  };
}

async function answerOf(
  sender: WebhookSender,
  { request, received }: { readonly request: WebhookRequest; readonly received: ReceivedWebhook },
  { secrets, requireSecret, allowance, take, log }: WebhookOptions,
): Promise<Ending> {
  const { type } = sender;
  const secret = secrets.get(type) ?? '';
  if (secret === '' && requireSecret)
    return unauthorized(
      `there is no secret for webhooks of the type ${type}, and webhooks.requireSecret is on`,
    );
  try {
    if (secret !== '' && !(await sender.verify(request, secret)))
      return unauthorized('its secret or signature is missing or wrong');
  } catch (thrown) {
    const error = asLynceusError(thrown);
    return unavailable(`it could not be verified: ${error.line}`);
  }
  let reading: WebhookReading;
  try {
    reading = sender.parse(request);
  } catch (thrown) {
    return unreadable(asLynceusError(thrown));
  }
  if (reading.kind === 'ignored')
    return {
      result: 'ignored',
      reply: { status: 200, body: `nothing to do: ${reading.why}` },
      why: reading.why,
    };
  const wait = allowance.take();
  if (wait !== undefined) return tooMany(wait);
  for (const event of reading.events) log.info('webhook received', { type, ...fieldsOf(event) });
  const other = await take(reading.events, received);
  if (other === undefined) return { result: 'accepted', reply: TAKEN };
  return other.status < 400
    ? { result: 'accepted', reply: other }
    : { result: 'unavailable', reply: other, why: other.body };
}

function unknownType(named: string, types: readonly string[]): Ending {
  const found = named === '' ? 'found none' : 'found another';
  const body = `expected the type of the webhook as ?type= or in the header X-Registry-Type, one of ${types.join(', ')}; ${found}`;
  return { result: 'unknown-type', reply: { status: 400, body }, why: body };
}

/** The sender is not told which of it is wrong. */
function unauthorized(why: string): Ending {
  const body = 'the secret of the webhook is missing or wrong';
  return { result: 'unauthorized', reply: { status: 401, body }, why };
}

function unreadable(error: LynceusError): Ending {
  if (error.code !== 'webhook-unreadable') throw error;
  return { result: 'unreadable', reply: { status: 400, body: error.line }, why: error.line };
}

function unavailable(why: string): Ending {
  const reply = { status: 503, headers: retryAfter(10_000), body: 'try again later' };
  return { result: 'unavailable', reply, why };
}

function tooMany(wait: number): Ending {
  const body = 'too many webhooks in this hour';
  const why = `${body}: webhooks.perHour allows no more`;
  return { result: 'rate-limited', reply: { status: 429, headers: retryAfter(wait), body }, why };
}

export function retryAfter(milliseconds: number): Readonly<Record<string, string>> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(milliseconds / 1_000))) };
}

const MINUTE = 60_000;

interface Refusal {
  readonly type: string;
  readonly result: WebhookResult;
  readonly reason: string;
  /** Address of who has connected. */
  readonly from: string;
}

/** Anybody may send anything: one line a minute for each type and result, with the number of those before it. */
function createRefusalLog(log: Log, clock: Pick<Clock, 'now'>): (refusal: Refusal) => void {
  const last = new Map<string, { readonly at: number; more: number }>();
  return (refusal) => {
    const key = joinKey(refusal.type, refusal.result);
    const before = last.get(key);
    const now = clock.now();
    if (before !== undefined && Math.abs(now - before.at) < MINUTE) {
      before.more += 1;
      return;
    }
    last.set(key, { at: now, more: 0 });
    const level = refusal.result === 'ignored' ? 'info' : 'warn';
    const more = before === undefined || before.more === 0 ? {} : { more_before: before.more };
    log[level]('a webhook was not taken', { ...refusal, ...more });
  };
}

const LONGEST_TAG = 128;

function fieldsOf(event: WebhookEvent): Readonly<Record<string, string | undefined>> {
  switch (event.kind) {
    case 'image': {
      const tag = event.tag?.slice(0, LONGEST_TAG);
      return { repository: formatRepository(event.repository), tag };
    }
    case 'git':
      return { remote: event.remotes[0]?.label, branch: event.branch };
  }
}

function plainHeaders(headers: ReceivedWebhook['headers']): WebhookRequest['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value?.join(', '),
    ]),
  );
}
