import type { Clock } from '../ports/clock.ts';
import type { StatusReader } from '../ports/status.ts';
import type { StreamReader, StreamReply } from '../server/routes.ts';

/** Milliseconds: what changes at once is one event, and a line without meaning keeps a quiet connection open. */
const TOGETHER = 200;
const HEARTBEAT = 15_000;
/** After how many milliseconds a browser connects again. */
const RETRY = 3_000;
/** More ids than this are not sent: then anything may have changed. */
const MOST_IDS = 500;

/** What is sent as an event `status`. */
export interface StatusEvent {
  /** As in `StatusOverview`. */
  readonly revision: string;
  /** Images of which something changed; empty when that is only the overview. */
  readonly imageIds: readonly string[];
  /** More images changed than are named; absent when all are. */
  readonly more?: true;
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one at once, and one after each change. */
export function eventStream(reader: StatusReader, clock: Clock): StreamReply {
  return {
    status: 200,
    contentType: 'text/event-stream; charset=utf-8',
    headers: { 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' },
    stream: (to) => sendEvents(reader, clock, to),
  };
}

function sendEvents(reader: StatusReader, clock: Clock, to: StreamReader): void {
  const changed = new Set<string>();
  let isWaiting = false;
  let isChanged = false;

  function send(): void {
    const { revision } = reader.overview();
    const all = [...changed];
    changed.clear();
    const event: StatusEvent = {
      revision,
      imageIds: all.slice(0, MOST_IDS),
      ...(all.length > MOST_IDS ? { more: true } : {}),
    };
    to.write(`id: ${revision}\nevent: status\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** At once after a quiet time; what follows soon is sent together. */
  async function sendSoon(): Promise<void> {
    if (isWaiting) return;
    isWaiting = true;
    do {
      isChanged = false;
      send();
      await clock.sleep(TOGETHER, to.gone);
    } while (isChanged);
    isWaiting = false;
  }

  async function keepOpen(): Promise<void> {
    for (;;) {
      await clock.sleep(HEARTBEAT, to.gone);
      to.write(': still here\n\n');
    }
  }

  to.write(`retry: ${RETRY}\n`);
  send();
  const unsubscribe = reader.subscribe((imageIds) => {
    for (const id of imageIds) changed.add(id);
    isChanged = true;
    sendSoon().catch(() => undefined);
  });
  to.gone.addEventListener('abort', unsubscribe, { once: true });
  // It ends with the reader.
  keepOpen().catch(() => undefined);
}
