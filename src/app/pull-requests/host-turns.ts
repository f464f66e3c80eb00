import { createDeadline, type Deadline } from '../../async/deadline.ts';
import { createFairSlots, type FairSlots } from '../../async/fair-slots.ts';
import { webHost } from '../../core/git/remote.ts';
import type { GitPlace } from '../../core/policy.ts';
import { LENT_SLOT, lateRequests, type CycleLimits } from '../cycle-limits.ts';

/** Who may ask which host of pull requests when, and for how long, in one cycle. */
export interface HostTurns {
  /** Does the work while nobody else asks this host. Throws `deadline` once the remote has had its time there. */
  run<T>(place: GitPlace, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** One after the other on each host, as hosts ask for, and the hosts side by side: none waits for another. */
export function createHostTurns(limits: CycleLimits): HostTurns {
  const queues = new Map<string, FairSlots>();
  const times = new Map<string, Deadline>();

  function queueOf(host: string): FairSlots {
    const known = queues.get(host) ?? createFairSlots({ concurrency: 1, share: 1, lend: LENT_SLOT });
    queues.set(host, known);
    return known;
  }

  function timeOf(remote: string): Deadline {
    const known = times.get(remote) ?? createDeadline(limits.hostTime);
    times.set(remote, known);
    return known;
  }

  return {
    run({ remote }, signal, work) {
      const late = () => lateRequests(remote.label, limits);
      const asker = { namespace: '', name: remote.key };
      return queueOf(webHost(remote.host)).run(asker, signal, () =>
        timeOf(remote.key).run({ signal, late }, work),
      );
    },
  };
}
