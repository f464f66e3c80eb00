import { NOTHING_STANDING, type Standing } from '../core/notices/standing.ts';
import { leaseNameFor, type Shard } from '../core/shard.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { NOTICES_CONFIG_MAP } from '../kube/permissions.ts';
import { createStoredText } from './stored-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeptNotices } from '../ports/kept-notices.ts';
import type { Log } from '../ports/log.ts';
import { readStanding, standingText } from './standing-text.ts';

const ATTEMPTS = 5;

export interface ClusterNoticesOptions {
  readonly kube: KubeClient;
  /** Where Lynceus runs. */
  readonly namespace: string;
  readonly shard: Shard | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What people were notified of, in one ConfigMap of the namespace of Lynceus, a shard's in its own. Whoever may not use it has it in memory; a
 * warning says so once.
 */
export function createClusterNotices({ shard, log, ...options }: ClusterNoticesOptions): KeptNotices {
  const { namespace } = options;
  const name = leaseNameFor(NOTICES_CONFIG_MAP, shard);
  const stored = createStoredText({ ...options, place: { namespace, name }, field: 'notices' });
  let warned = false;
  let isDenied = false;
  /** What this process has read or written, and what others wrote since. */
  let own: Standing['entries'] = NOTHING_STANDING.entries;
  let others: Standing['entries'] = NOTHING_STANDING.entries;

  function deny({ message }: LynceusError): void {
    isDenied = true;
    const hint = `allow the service account to get and update the ConfigMap ${name}, and to create ConfigMaps, in namespace ${namespace}`;
    if (!warned)
      log.warn('what people were notified of is in memory only', { namespace, name, reason: message, hint });
    warned = true;
  }

  return {
    async load(signal) {
      own = NOTHING_STANDING.entries;
      others = NOTHING_STANDING.entries;
      try {
        const text = await stored.read(signal);
        own = readStanding(text);
        return text === '' ? NOTHING_STANDING : { entries: own };
      } catch (thrown) {
        const error = asLynceusError(thrown);
        if (error.code === 'kube-denied') deny(error);
        else
          log.warn('what people were notified of cannot be read; it may be sent again', {
            namespace,
            name,
            reason: error.line,
          });
        return NOTHING_STANDING;
      }
    },
    async keep({ entries }, signal) {
      // A write may succeed without an answer.
      own = new Map([...own, ...entries]);
      for (let attempt = 1; !isDenied; attempt += 1) {
        try {
          // Another process, or the time before this one could read it, may have left something.
          if (!stored.isRead()) others = without(readStanding(await stored.read(signal)), own);
          await stored.write(standingText(new Map([...others, ...entries])), signal);
          own = entries;
          return;
        } catch (thrown) {
          const error = asLynceusError(thrown);
          stored.forget();
          if (error.code === 'kube-denied') deny(error);
          else if (!isWorthAnotherTry(error) || attempt >= ATTEMPTS) throw error;
        }
      }
    },
    forget() {
      stored.forget();
      isDenied = false;
    },
  };
}

/** What this process knows and has ended is not taken for something that another one wrote. */
function without(entries: Standing['entries'], known: Standing['entries']): Standing['entries'] {
  return new Map([...entries].filter(([key]) => !known.has(key)));
}

/** Somebody was faster, or it was deleted. */
function isWorthAnotherTry({ code }: LynceusError): boolean {
  return code === 'kube-conflict' || code === 'kube-not-found';
}
