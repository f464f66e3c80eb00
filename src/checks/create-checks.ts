import type { CheckQuestion, CheckSpec } from '../core/verification/check-spec.ts';
import { onOneLine } from '../core/quoted.ts';
import { asLynceusError } from '../errors.ts';
import type { Checks } from '../ports/checks.ts';
import type { Observer } from '../ports/observer.ts';
import { openAnalysis, type ReachKube } from './analysis.ts';
import { createCheckServers, type CheckServersOptions } from './check-server.ts';
import { openHttp } from './http.ts';
import { openPrometheus } from './prometheus.ts';
import { unasked, type Finding, type OpenCheck } from './open-check.ts';

export interface ChecksOptions extends CheckServersOptions {
  /** Without it there is no cluster to ask. */
  readonly kube: ReachKube | undefined;
  readonly observer: Pick<Observer, 'checkMeasured'>;
}

/** Measures by each kind of check. */
export function createChecks(options: ChecksOptions): Checks & { close(): void } {
  const servers = createCheckServers(options);
  const opened = new WeakMap<CheckQuestion, OpenCheck>();

  function open({ ask }: CheckSpec): OpenCheck {
    const known = opened.get(ask) ?? openNow(ask);
    opened.set(ask, known);
    return known;
  }

  function openNow(ask: CheckQuestion): OpenCheck {
    switch (ask.kind) {
      case 'prometheus':
        return openPrometheus(ask, servers);
      case 'http':
        return openHttp(ask, servers);
      case 'analysis':
        return openAnalysis(ask, options.kube);
    }
  }

  return {
    isReplayable: (check) => open(check).isReplayable,
    questionsOf: (check, subject, at) => open(check).questions(subject, at),
    async measure(...[check, subject, at, signal]) {
      const finding = await findingOf(() => open(check).measure(subject, at, signal), signal);
      options.observer.checkMeasured({ check: check.name, result: resultOf(finding) });
      return { ...finding, at, detail: onOneLine(finding.detail) };
    },
    close: () => servers.close(),
  };
}

function resultOf(finding: Finding): Parameters<Observer['checkMeasured']>[0]['result'] {
  if (finding.kind !== 'inconclusive' || !finding.isUnasked) return finding.kind;
  return finding.isPending === true ? 'pending' : 'no-answer';
}

async function findingOf(measure: () => Promise<Finding>, signal: AbortSignal): Promise<Finding> {
  try {
    return await measure();
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (signal.aborted || error.code === 'aborted') throw error;
    return unasked(error.line);
  }
}
