import { createDeadline, type Deadline } from '../async/deadline.ts';
import { createFairSlots, type FairSlots } from '../async/fair-slots.ts';
import { applicationKey } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ApplicationId } from '../core/policy.ts';
import { LENT_SLOT, silentHost, type CycleLimits } from './cycle-limits.ts';

/** One piece of work at a registry. */
export interface RegistryWork<T> {
  /** Host as in image names. */
  readonly host: string;
  /** What is waited for, for messages. */
  readonly what: string;
  readonly work: (signal: AbortSignal) => Promise<T>;
  /** Whether the host answered, so that it is not silent. */
  readonly isAnswer: (result: T) => boolean;
}

/** Who may ask which registry when, and for how long, in one cycle. */
export interface RegistryTurns {
  readonly limits: CycleLimits;
  /**
   * Does the work when it is the turn of this Application. A host that answers nothing for too long gets
   * `deadline`, and is not asked again.
   */
  run<T>(work: RegistryWork<T>, application: ApplicationId, signal: AbortSignal): Promise<T>;
  /** The time that an Application has at a host. */
  timeOf(application: ApplicationId, host: string): Deadline;
}

export interface TurnOptions {
  /** How much is asked of one host at the same time. */
  readonly concurrency: number;
  readonly limits: CycleLimits;
}

/** One queue for each host: what waits for a slow or paused one keeps nobody else waiting. */
export function createRegistryTurns({ concurrency, limits }: TurnOptions): RegistryTurns {
  const queues = new Map<string, { readonly slots: FairSlots; readonly time: Deadline }>();
  const times = new Map<string, Deadline>();
  const { namespaceShare: share, hostTime } = limits;

  function queueOf(host: string) {
    const slots = () => createFairSlots({ concurrency, share, lend: LENT_SLOT });
    const queue = queues.get(host) ?? { slots: slots(), time: createDeadline(hostTime) };
    queues.set(host, queue);
    return queue;
  }

  return {
    limits,
    run({ host, what, work, isAnswer }, application, signal) {
      const { slots, time } = queueOf(host);
      const late = () => silentHost(host, what, limits);
      return slots.run(application, signal, async () => {
        const result = await time.run({ signal, late }, work);
        if (isAnswer(result)) time.renew();
        return result;
      });
    },
    timeOf(application, host) {
      const key = joinKey(applicationKey(application), host);
      const time = times.get(key) ?? createDeadline(hostTime);
      times.set(key, time);
      return time;
    },
  };
}
