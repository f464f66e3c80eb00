import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../src/app/decide-images.ts';
import { planEvaluations } from '../../src/app/plan-evaluations.ts';
import type { Decision } from '../../src/core/selection/decision.ts';
import type { PlanOptions } from '../../src/core/plan/plan.ts';
import type { PresentImage } from '../../src/core/policy.ts';
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

describe('an image that waits for an update window, or is paused', () => {
  const WINDOW = { kind: 'allow', schedule: '0 9 * * *', duration: 3_600_000, timeZone: 'UTC' } as const;
  const WAITS: Decision = {
    outcome: 'held',
    code: 'outside-window',
    facts: { candidate: TO, from: { kind: 'annotation' }, window: WINDOW, opensAt: 0 },
    candidate: TO,
  };
  const OTHER = evaluation('other', WAITS);
  const PAUSED: Decision = {
    outcome: 'held',
    code: 'paused',
    facts: { candidate: TO, pause: { by: 'annotation', reason: '' } },
    candidate: TO,
  };

  test('keeps what it has at a key that another image shares: nobody else writes it', () => {
    const { changeSets, refused } = planEvaluations([OWNER, evaluation('redis', WAITS)], OPTIONS);

    expect(changeSets).toEqual([]);
    expect(refused.map(({ reason }) => reason.code)).toEqual(['conflicting-changes']);
  });

  test.each<[string, PresentImage | undefined, readonly string[], Decision?]>([
    ['nothing', undefined, []],
    ['a version', { ...REDIS, tag: '7.1.0' }, ['7.1.0']],
    ['a version while it is paused', { ...REDIS, tag: '7.1.0' }, ['7.1.0'], PAUSED],
  ])(
    'of which its branch proposes %s has that written with the branch',
    (_, proposed, tags, decision = WAITS) => {
      const { present } = OTHER;
      if (present?.kind !== 'read') throw new Error('expected what is present');
      const waiting = { ...OTHER, decision, present: { ...present, ...(proposed && { proposed }) } };
      const { changeSets, refused } = planEvaluations([waiting], OPTIONS);

      const changes = changeSets.flatMap(({ commits }) => commits.flatMap(({ files }) => files));
      expect(changes.flatMap((file) => file.changes.map(({ to }) => to.tag))).toEqual(tags);
      expect(refused).toEqual([]);
    },
  );
});
