import { describe, expect, test } from 'vitest';
import { createCollectWindow } from '../../src/app/collect-window.ts';
import { makePlan, type Plan, type PlanOptions } from '../../src/core/plan/plan.ts';
import { anUpdate, aPlace, type TrackedParts } from '../helpers/policies.ts';

const OPTIONS: PlanOptions = {
  commitPer: 'application',
  needsLabels: false,
  signOff: undefined,
  trailers: false,
  commitMessage: () => 'update',
  branchName: (template) => template,
};

interface Update extends TrackedParts {
  readonly from?: string;
  readonly to?: string;
  readonly digest?: string;
}

function plan(...updates: readonly Update[]): Plan {
  const wanted = updates.map(({ from = '1.0.0', to = '1.1.0', digest, ...parts }) =>
    anUpdate(parts, {
      from: { name: undefined, tag: from, digest: undefined },
      to: { tag: to, digest },
    }),
  );
  return makePlan(wanted, OPTIONS);
}

const MINUTE = 60_000;
const LIVE: Update = { target: { method: 'application', at: 'spec.source', format: 'helm' } };
const WEB: TrackedParts = {
  alias: 'web',
  image: 'ghcr.io/acme/web',
  file: { kind: 'helm-values', path: 'apps/web/values.yaml' },
};

/** What a window of a minute says of one plan after the other. */
function answers(plans: readonly Plan[], collect = MINUTE): readonly boolean[] {
  const window = createCollectWindow(collect);
  return plans.map((one) => window.isOver(one));
}

describe('the window in which images that were built together are collected', () => {
  test.each<readonly [string, readonly Plan[], readonly boolean[]]>([
    ['is over when a plan has stayed the same', [plan({}), plan({})], [false, true]],
    ['is over at once when nothing is to be written', [plan()], [true]],
    ['begins anew when another image comes', [plan({}), plan({}, WEB), plan({}, WEB)], [false, false, true]],
    ['begins anew when a version changes', [plan({}), plan({ to: '1.2.0' })], [false, false]],
    [
      'begins anew when a digest changes',
      [plan({ digest: 'sha256:a' }), plan({ digest: 'sha256:b' })],
      [false, false],
    ],
    ['begins anew when the file changes', [plan({}), plan({ from: '0.9.0' })], [false, false]],
    [
      'begins anew when it goes to another branch',
      [plan({}), plan({ place: aPlace({ push: 'updates' }) })],
      [false, false],
    ],
    ['counts what is written to the cluster as well', [plan(LIVE), plan(LIVE)], [false, true]],
    [
      'begins anew when a version in the cluster changes',
      [plan(LIVE), plan({ ...LIVE, to: '1.2.0' })],
      [false, false],
    ],
    ['is the same in whatever order images come', [plan({}, WEB), plan(WEB, {})], [false, true]],
    ['is over when a change is gone and nothing is left', [plan({}), plan()], [false, true]],
  ])('%s', (_, plans, expected) => {
    expect(answers(plans)).toEqual(expected);
  });

  test('of no length is always over', () => {
    expect(answers([plan({}), plan({ to: '1.2.0' })], 0)).toEqual([true, true]);
  });

  test('ends after eight looks, however long images keep coming', () => {
    const plans = Array.from({ length: 9 }, (_, index) => plan({ to: `1.${index}.0` }));
    expect(answers(plans)).toEqual([...Array<boolean>(8).fill(false), true]);
  });
});
