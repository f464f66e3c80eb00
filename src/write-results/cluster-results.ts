import { leaseNameFor, type Shard } from '../core/shard.ts';
import { createKeptResults, type KeptResults } from '../core/verification/kept-results.ts';
import type { WriteResult } from '../core/verification/write-result.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import { CONFIG_MAPS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import { RESULTS_CONFIG_MAP } from '../kube/permissions.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { WriteResults } from '../ports/write-results.ts';
import { readResults, resultsText } from './results-text.ts';

/** The key of its data. */
const FIELD = 'results';
const ATTEMPTS = 5;
/** For one call, in milliseconds. */
const PATIENCE = 10_000;

export interface ClusterResultsOptions {
  readonly kube: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  /** Where Lynceus runs. */
  readonly namespace: string;
  readonly shard: Shard | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is in the cluster: `unread`, or the ConfigMap as it was read or written last. */
type Stored = { readonly kind: 'unread' | 'absent' } | { readonly kind: 'read'; readonly object: KubeObject };

/**
 * Results in one ConfigMap of the namespace of Lynceus, a shard's in its own. It is read once for each time that this process leads, and
 * written when something changed. Whoever may not use it has its results in memory; a warning says so once.
 */
export function createClusterResults(options: ClusterResultsOptions): WriteResults {
  const { kube, namespace, clock, log } = options;
  const place = { namespace, name: leaseNameFor(RESULTS_CONFIG_MAP, options.shard) };
  let kept: KeptResults = createKeptResults();
  /** What was added since it was written last. */
  let added: readonly WriteResult[] = [];
  let changed = false;
  let stored: Stored = { kind: 'unread' };
  let warned = false;
  let isDenied = false;

  const ask = <T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    within({ clock, milliseconds: PATIENCE, signal }, call);

  /** What is there now, with what was added since. */
  async function read(signal: AbortSignal): Promise<void> {
    const object = await unlessMissing(ask(signal, (own) => kube.get(CONFIG_MAPS, place, own)));
    stored = object === undefined ? { kind: 'absent' } : { kind: 'read', object };
    const fresh = createKeptResults();
    fresh.add(readResults(fieldOf(object)));
    fresh.add(added);
    kept = fresh;
  }

  async function write(signal: AbortSignal): Promise<void> {
    if (stored.kind === 'unread') await read(signal);
    const text = resultsText(kept.all());
    if (stored.kind !== 'read') {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...place }, data: { [FIELD]: text } };
      const object = await ask(signal, (own) => kube.create(CONFIG_MAPS, { namespace, body }, own));
      stored = { kind: 'read', object };
      return;
    }
    const { object } = stored;
    if (fieldOf(object) === text) return;
    const data = { ...(object['data'] as Readonly<Record<string, unknown>> | undefined), [FIELD]: text };
    const body = { ...object, data };
    stored = {
      kind: 'read',
      object: await ask(signal, (own) => kube.replace(CONFIG_MAPS, { ...place, body }, own)),
    };
  }

  function warn(error: LynceusError): void {
    if (!warned)
      log.warn('results of verifications are in memory only', {
        ...place,
        reason: error.message,
        hint: `allow the service account to get and update the ConfigMap ${place.name}, and to create ConfigMaps, in namespace ${namespace}`,
      });
    warned = true;
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
      if (stored.kind !== 'unread' || isDenied) return;
      try {
        await read(signal);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asLynceusError(thrown);
        isDenied = error.code === 'kube-denied';
        warn(error);
      }
    },
    async flush(signal) {
      for (let attempt = 1; changed && !isDenied; attempt += 1) {
        try {
          await write(signal);
          [changed, added] = [false, []];
        } catch (thrown) {
          const error = asLynceusError(thrown);
          // Somebody was faster, or it was deleted: with what is there now it is tried again.
          stored = { kind: 'unread' };
          isDenied = error.code === 'kube-denied';
          if (isDenied) warn(error);
          else if (!isTriedAgain(error) || attempt >= ATTEMPTS) throw error;
        }
      }
    },
    forget() {
      stored = { kind: 'unread' };
      isDenied = false;
    },
  };
}

function isTriedAgain({ code }: LynceusError): boolean {
  return code === 'kube-conflict' || code === 'kube-not-found';
}

async function unlessMissing(asked: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'kube-not-found') return undefined;
    throw thrown;
  }
}

/** Whatever else is there is of no concern. */
function fieldOf(object: KubeObject | undefined): string {
  const data = object?.['data'];
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, FIELD)) return '';
  const text = (data as Readonly<Record<string, unknown>>)[FIELD];
  return typeof text === 'string' ? text : '';
}
