import { createDeadline, type Deadline } from '../async/deadline.ts';
import { createFairSlots, type FairSlots } from '../async/fair-slots.ts';
import { ownerOf } from '../async/path-pauses.ts';
import { applicationKey } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import type { ApplicationId } from '../core/policy.ts';
import { LENT_SLOT, pacesFor, silentHost, type CycleLimits, type KeptPaces } from './cycle-limits.ts';

/** One piece of work at a registry. */
export interface RegistryWork<T> {
  readonly repository: ImageRepository;
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
   * `deadline`, and is not asked again: for the image repositories of one owner, which is the first part of their paths.
   */
  run<T>(work: RegistryWork<T>, application: ApplicationId, signal: AbortSignal): Promise<T>;
  /** The time that an Application has at a host. */
  timeOf(application: ApplicationId, host: string): Deadline;
}

export interface TurnOptions {
  /** How much is asked of one host at the same time. */
  readonly concurrency: number;
  readonly limits: CycleLimits;
  readonly paces?: KeptPaces;
}

/** Waiting costs nothing here: how many requests a host gets is limited below. */
const MOST_LENT = 8;

/** One queue for each host: what waits for a slow or paused one keeps nobody else waiting. */
export function createRegistryTurns({ concurrency, limits, paces = new Map() }: TurnOptions): RegistryTurns {
  const queues = new Map<string, FairSlots>();
  const silences = new Map<string, Deadline>();
  const times = new Map<string, Deadline>();
  const { namespaceShare: share, hostTime } = limits;

  function queueOf({ registry }: ImageRepository): FairSlots {
    const kept = pacesFor(paces, registry);
    const slots =
      queues.get(registry) ??
      createFairSlots({ concurrency, share, lend: LENT_SLOT, mostLent: MOST_LENT, paces: kept });
    queues.set(registry, slots);
    return slots;
  }

  function silenceOf({ registry, path }: ImageRepository): Deadline {
    const key = joinKey(registry, ownerOf(path));
    const time = silences.get(key) ?? createDeadline(hostTime);
    silences.set(key, time);
    return time;
  }

  return {
    limits,
    run({ repository, what, work, isAnswer }, application, signal) {
      const time = silenceOf(repository);
      const place = `${repository.registry}/${ownerOf(repository.path)}`;
      const late = () => silentHost(place, what, limits);
      return queueOf(repository).run(application, signal, async () => {
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
