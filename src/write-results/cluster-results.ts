import { leaseNameFor, type Shard } from '../core/shard.ts';
import { createKeptResults, type KeptResults } from '../core/verification/kept-results.ts';
import type { WriteResult } from '../core/verification/write-result.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { RESULTS_CONFIG_MAP } from '../kube/permissions.ts';
import { createStoredText, type Place } from './stored-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import type { WriteResults } from '../ports/write-results.ts';
import { readResults, resultsText } from './results-text.ts';

const ATTEMPTS = 5;

export interface ClusterResultsOptions {
  readonly kube: KubeClient;
  /** Where Lynceus runs. */
  readonly namespace: string;
  readonly shard: Shard | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Results in one ConfigMap of the namespace of Lynceus, a shard's in its own. It is read once for each time that this process leads, and
 * written when something changed. Whoever may not use it has its results in memory; a warning says so once.
 */
export function createClusterResults({ shard, log, ...options }: ClusterResultsOptions): WriteResults {
  const place = { namespace: options.namespace, name: leaseNameFor(RESULTS_CONFIG_MAP, shard) };
  const stored = createStoredText({ ...options, place, field: 'results' });
  let kept: KeptResults = createKeptResults();
  /** What was added since it was written last. */
  let added: readonly WriteResult[] = [];
  let changed = false;
  let warned = false;
  let isDenied = false;

  /** What is there now, with what was added since. */
  async function read(signal: AbortSignal): Promise<void> {
    const fresh = createKeptResults();
    fresh.add(readResults(await stored.read(signal)));
    fresh.add(added);
    kept = fresh;
  }

  /** Whether it may not be used at all. */
  function denies(error: LynceusError): boolean {
    if (!warned) log.warn('results of verifications are in memory only', warningOf(place, error));
    warned = true;
    return error.code === 'kube-denied';
  }

  return {
    of: (application) => kept.of(application),
    all: () => kept.all(),
    keep(results) {
      kept.add(results);
      added = [...added, ...results];
      changed ||= results.length > 0;
    },
    retain(applications) {
      changed = kept.retain(applications) || changed;
    },
    async load(signal) {
      if (stored.isRead() || isDenied) return;
      try {
        await read(signal);
      } catch (thrown) {
        signal.throwIfAborted();
        isDenied = denies(asLynceusError(thrown));
      }
    },
    async flush(signal) {
      for (let attempt = 1; changed && !isDenied; attempt += 1) {
        try {
          if (!stored.isRead()) await read(signal);
          await stored.write(resultsText(kept.all()), signal);
          [changed, added] = [false, []];
        } catch (thrown) {
          const error = asLynceusError(thrown);
          // Somebody was faster, or it was deleted: with what is there now it is tried again.
          stored.forget();
          if (error.code === 'kube-denied') isDenied = denies(error);
          else if (!isTriedAgain(error) || attempt >= ATTEMPTS) throw error;
        }
      }
    },
    forget() {
      stored.forget();
      isDenied = false;
    },
  };
}

function warningOf({ namespace, name }: Place, { message }: LynceusError): LogFields {
  const hint = `allow the service account to get and update the ConfigMap ${name}, and to create ConfigMaps, in namespace ${namespace}`;
  return { namespace, name, reason: message, hint };
}

function isTriedAgain({ code }: LynceusError): boolean {
  return code === 'kube-conflict' || code === 'kube-not-found';
}
