import { isDoneWithin } from '../async/is-done-within.ts';
import type { CommonPauses } from '../core/overrides/pause.ts';
import { LynceusError } from '../errors.ts';
import { CONFIG_MAPS, type KubeClient } from '../kube/kube-client.ts';
import { createReflector, type ReflectorOptions } from '../kube/reflector.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { PAUSE_CONFIG_MAP } from './pause-map.ts';
import { pausesIn } from './pause-text.ts';

export interface WatchPausesOptions extends Pick<ReflectorOptions<CommonPauses>, 'staleAfter'> {
  readonly kube: Pick<KubeClient, 'list' | 'watch'>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A copy of what is paused. */
export interface WatchedPauses {
  /** What is kept; `denied` beside it when it may not be read any more, or never might. Throws `LynceusError` when it is not known. */
  read(
    signal: AbortSignal,
  ): Promise<{ readonly pauses: CommonPauses; readonly denied: LynceusError | undefined }>;
}

/** How long is waited for the first answer, in milliseconds: a cycle begins once Applications are known, and these come as fast. */
const PATIENCE = 10_000;

/** Watches the ConfigMap until the signal is aborted. */
export function watchPauses(
  { kube, namespace, clock, log, ...options }: WatchPausesOptions,
  onChange: () => void,
  ending: AbortSignal,
): WatchedPauses {
  const reflector = createReflector({
    ...options,
    kube,
    scope: { resource: CONFIG_MAPS, namespace, name: PAUSE_CONFIG_MAP },
    trim: ({ data }) => pausesIn(data),
    onChange,
    clock,
    log: withoutRefusals(log),
  });
  reflector.start(ending);

  async function settledOrLate(signal: AbortSignal): Promise<void> {
    try {
      await isDoneWithin(reflector.settled(), PATIENCE, signal);
    } catch {
      // Its state tells why nothing is known.
      signal.throwIfAborted();
    }
  }

  return {
    async read(signal) {
      if (reflector.state().kind !== 'synced') await settledOrLate(signal);
      const state = reflector.state();
      const [pauses = {}] = reflector.items().values();
      if (state.kind === 'synced' || state.kind === 'absent') return { pauses, denied: undefined };
      if (state.error?.code === 'kube-denied') return { pauses, denied: state.error };
      throw state.error ?? unread(namespace);
    },
  };
}

function unread(namespace: string): LynceusError {
  return new LynceusError(
    'kube-unreachable',
    `the ConfigMap ${namespace}/${PAUSE_CONFIG_MAP} could not be read`,
  );
}

/** A warning of its own says what a refusal means here. */
function withoutRefusals(log: Log): Log {
  return {
    ...log,
    warn(message, fields) {
      if (fields?.['code'] === 'kube-denied') log.debug(message, fields);
      else log.warn(message, fields);
    },
  };
}
