import { gather } from '../../core/notices/gather.ts';
import { routesOf, type NoticeRoute, type RoutedNotice } from '../../core/notices/notice-route.ts';
import { noticesOf } from '../../core/notices/notices-of.ts';
import type { NoticeOptions } from '../../core/notices/observe-context.ts';
import type { ObservedNotice } from '../../core/notices/observed-notice.ts';
import { withoutUnsettled, type Standing } from '../../core/notices/standing.ts';
import type { CycleReport } from '../../core/report.ts';
import { asLynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeptNotices } from '../../ports/kept-notices.ts';
import type { Log } from '../../ports/log.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { QueuedNotice } from './send-queue.ts';

export interface NoticeFeedOptions {
  readonly kept: KeptNotices;
  readonly routes: readonly NoticeRoute[];
  readonly together: number;
  readonly observe: Omit<NoticeOptions, 'now'>;
  /** Whether a service takes each notice by itself. */
  readonly takesEach: (service: string) => Promise<boolean>;
  readonly add: (service: string, queued: QueuedNotice) => void;
  /** All that fails still and goes to this service: after each cycle that says all, to each service. */
  readonly keep: (service: string, standing: readonly QueuedNotice[]) => Promise<void>;
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes reports, and hands what people are to be notified of to the queues. No cycle waits for it. */
export interface NoticeFeed extends Reporter {
  report(cycle: CycleReport): void;
  /** A notice was sent, or never will be. */
  settled(queued: QueuedNotice): void;
  /** Another process may have sent notices since: what is kept is read again. */
  takesLead(): void;
  /** Another process has the lead: what fails is its to say. */
  losesLead(): void;
  /** Resolves when everything so far was handed to the queues. */
  idle(): Promise<void>;
  /** Makes durable what was sent since the last report. */
  flush(): Promise<void>;
}

function queuedOf({
  target: { recipient },
  observed: { notice },
  texts,
  subjects,
}: Omit<RoutedNotice, 'audience'>): QueuedNotice {
  return { notice, texts, subjects, ...(recipient === undefined ? {} : { recipient }) };
}

/** How long is waited for the API server, in milliseconds. */
const PATIENCE = 15_000;

export function createNoticeFeed(options: NoticeFeedOptions): NoticeFeed {
  return new QueueingFeed(options);
}

class QueueingFeed implements NoticeFeed {
  readonly #options: NoticeFeedOptions;
  /** How many notices of a condition are still to be sent. */
  readonly #unsettled = new Map<string, number>();
  #standing: Standing | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(options: NoticeFeedOptions) {
    this.#options = options;
  }

  report(cycle: CycleReport): void {
    if (!cycle.dryRun) void this.#inTurn(() => this.#handOver(cycle));
  }

  settled({ subjects }: QueuedNotice): void {
    this.#count(subjects, -1);
  }

  takesLead(): void {
    void this.#inTurn(async () => {
      this.#standing = undefined;
      this.#options.kept.forget();
      await Promise.resolve();
    });
  }

  losesLead(): void {
    void this.#inTurn(() => this.#keepUp([]));
  }

  async idle(): Promise<void> {
    await this.#work;
  }

  async flush(): Promise<void> {
    await this.#inTurn(() => this.#keep());
  }

  #count(subjects: readonly string[], by: 1 | -1): void {
    for (const subject of subjects) {
      const now = (this.#unsettled.get(subject) ?? 0) + by;
      if (now > 0) this.#unsettled.set(subject, now);
      else this.#unsettled.delete(subject);
    }
  }

  async #keep(): Promise<void> {
    const { kept, log } = this.#options;
    if (this.#standing === undefined) return;
    try {
      const durable = withoutUnsettled(this.#standing, new Set(this.#unsettled.keys()));
      await kept.keep(durable, AbortSignal.timeout(PATIENCE));
    } catch (thrown) {
      log.warn('what people were notified of cannot be kept; after a restart it may be sent again', {
        reason: asLynceusError(thrown).line,
      });
    }
  }

  async #handOver(cycle: CycleReport): Promise<void> {
    const { kept, routes, observe, clock, add } = this.#options;
    const before = this.#standing ?? (await kept.load(AbortSignal.timeout(PATIENCE)));
    const found = noticesOf(cycle, before, { ...observe, now: clock.now() });
    this.#standing = found.standing;
    const routed = found.notices.flatMap((one) => routesOf(one, routes));
    for (const { target, observed, texts, subjects } of await this.#gathered(
      routed,
      before.isFirst === true,
    )) {
      this.#count(subjects, 1);
      add(target.service, queuedOf({ target, observed, texts, subjects }));
    }
    if (found.lasting !== undefined) await this.#keepUp(found.lasting);
    await this.#keep();
  }

  async #keepUp(lasting: readonly ObservedNotice[]): Promise<void> {
    const { routes, services, keep } = this.#options;
    const routed = lasting.flatMap((one) => routesOf(one, routes));
    for (const service of services)
      await keep(service, routed.filter(({ target }) => target.service === service).map(queuedOf));
  }

  async #gathered(routed: readonly RoutedNotice[], isFirst: boolean): Promise<readonly RoutedNotice[]> {
    const { takesEach, together } = this.#options;
    const each = new Set<string>();
    for (const service of new Set(routed.map(({ target }) => target.service)))
      if (await takesEach(service)) each.add(service);
    return gather(routed, { together, isFirst, takesEach: (service) => each.has(service) });
  }

  async #inTurn(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((thrown: unknown) => {
      this.#options.log.error('notices of a cycle were lost', { err: asLynceusError(thrown) });
    });
    await this.#work;
  }
}
