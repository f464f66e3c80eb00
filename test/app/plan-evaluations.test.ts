import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../src/app/decide-images.ts';
import { planEvaluations } from '../../src/app/plan-evaluations.ts';
import type { Decision } from '../../src/core/selection/decision.ts';
import type { PlanOptions } from '../../src/core/plan/plan.ts';
import { aTracked } from '../helpers/policies.ts';

const OPTIONS: PlanOptions = {
  commitPer: 'application',
  needsLabels: false,
  signOff: undefined,
  trailers: false,
  commitMessage: () => 'update',
  branchName: (template) => template,
};

const REDIS = { name: 'redis', tag: '7.0.0', digest: undefined };
const TO = { tag: '7.2.0', digest: undefined };
const FACTS = {
  chosen: TO,
  strategy: { kind: 'semver', constraint: '' },
  considered: 1,
  present: REDIS,
} as const;

function evaluation(image: string, decision: Decision): Evaluation {
  const present = { kind: 'read', presence: { kind: 'present', image: REDIS }, path: 'values.yaml' } as const;
  return { tracked: aTracked({ image, alias: image.slice(-3) }), present, decision };
}

const OWNER = evaluation('redis', {
  outcome: 'update',
  code: 'newer-version',
  facts: FACTS,
  to: TO,
  labels: {},
});

describe('an image at a key that it shares', () => {
  test.each<[string, Decision, boolean]>([
    [
      'as the key of another image',
      {
        outcome: 'skipped',
        code: 'other-image',
        facts: { name: 'redis', isRunning: true },
        candidate: undefined,
      },
      true,
    ],
    ['for another reason', { outcome: 'skipped', code: 'no-tags', facts: {}, candidate: undefined }, false],
  ])('that is skipped %s: its owner is written: %s', (_, decision, isWritten) => {
    const { changeSets, refused } = planEvaluations(
      [OWNER, evaluation('ghcr.io/acme/api', decision)],
      OPTIONS,
    );

    expect([changeSets.length, refused.length]).toEqual(isWritten ? [1, 0] : [0, 1]);
  });
});
