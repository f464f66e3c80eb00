import type { CommonPauses, PausedPart } from '../core/overrides/pause.ts';
import { LynceusError } from '../errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Pauses } from '../ports/pauses.ts';
import { createPauseMap, PAUSE_CONFIG_MAP } from './pause-map.ts';
import { pauseText } from './pause-text.ts';
import { watchPauses, type WatchedPauses, type WatchPausesOptions } from './watch-pauses.ts';

export interface ClusterPausesOptions extends WatchPausesOptions {
  readonly kube: KubeClient;
}

/** Pauses in the cluster. Without a watch they are asked for each time. */
export interface ClusterPauses extends Pauses {
  /** Begins to watch them; ends with the signal. */
  start(signal: AbortSignal): void;
}

/**
 * Pauses are kept in one ConfigMap of the namespace of Lynceus, and one watch on its name keeps a copy of it, so that a cycle asks for nothing.
 * Whoever may not read it has never paused anything by it: then nothing is paused, and a warning says so once. What was read once counts until
 * something else is read.
 */
export function createClusterPauses(options: ClusterPausesOptions): ClusterPauses {
  const { kube, namespace, log } = options;
  const map = createPauseMap(kube, namespace);
  /** What this process paused, until the watch tells of it. */
  let own: CommonPauses = {};
  let watched: WatchedPauses | undefined;
  let warned = false;

  function warnOfDenial({ message: reason }: LynceusError): void {
    const message =
      'lynceus pause has no effect: the ConfigMap by which everything is paused may not be read';
    if (!warned) log.warn(message, { namespace, name: PAUSE_CONFIG_MAP, reason });
    warned = true;
  }

  async function ask(signal: AbortSignal): Promise<CommonPauses> {
    try {
      return (await map.read(signal)) ?? {};
    } catch (thrown) {
      if (!(thrown instanceof LynceusError) || thrown.code !== 'kube-denied') throw thrown;
      warnOfDenial(thrown);
      return {};
    }
  }

  return {
    start(signal) {
      watched ??= watchPauses(options, () => (own = {}), signal);
    },
    async read(signal) {
      if (watched === undefined) return await ask(signal);
      const { pauses, denied } = await watched.read(signal);
      if (denied !== undefined) warnOfDenial(denied);
      return { ...pauses, ...own };
    },
    async pause(part, pause, signal) {
      await map.change(
        (now) => (now?.[part] === undefined ? { [part]: pauseText(pause) } : undefined),
        signal,
      );
      own = { [part]: pause, ...own };
    },
    async resume(parts, signal) {
      let ended: CommonPauses = {};
      const taken = (now: CommonPauses = {}) => {
        ended = filtered(now, (part) => parts.includes(part));
        const keys = Object.keys(ended);
        return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, null]));
      };
      await map.change(taken, signal);
      own = filtered(own, (part) => !parts.includes(part));
      return ended;
    },
  };
}

function filtered(pauses: CommonPauses, keeps: (part: PausedPart) => boolean): CommonPauses {
  const { everything, rollbacks } = pauses;
  return {
    ...(everything !== undefined && keeps('everything') ? { everything } : {}),
    ...(rollbacks !== undefined && keeps('rollbacks') ? { rollbacks } : {}),
  };
}
