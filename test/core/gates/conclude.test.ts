import { describe, expect, test } from 'vitest';
import { concludeWalk } from '../../../src/core/gates/conclude.ts';
import type { ImagePolicy, PresentImage, Strategy } from '../../../src/core/policy.ts';
import type { ReasonOf, StepBack, TurnedAway } from '../../../src/core/reasons/reason.ts';
import type { Decision } from '../../../src/core/selection/decision.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aDigest, aTracked } from '../../helpers/policies.ts';

const ASKED = { kind: 'secret', secret: { namespace: 'shop', name: 'cosign', field: 'cosign.pub' } } as const;
const SEMVER: Strategy = { kind: 'semver', constraint: '' };
const PRESENT: PresentImage = { name: undefined, tag: '1.4.0', digest: undefined };

function unsigned(tag: string): ReasonOf<'signature-missing'> {
  const facts = { candidate: { tag, digest: aDigest(tag) }, asked: ASKED, flaws: [] };
  return { code: 'signature-missing', facts };
}

function invalid(tag: string): TurnedAway {
  return { ...unsigned(tag), code: 'signature-invalid' };
}

function update(tag: string, stepBack?: StepBack): Decision {
  const to = { tag, digest: undefined };
  const facts = { chosen: to, strategy: SEMVER, considered: 3, present: PRESENT };
  const back = stepBack === undefined ? {} : { stepBack };
  return { outcome: 'update', code: 'newer-version', facts, to, labels: {}, ...back };
}

const CHOSEN = { tag: '1.4.0', digest: undefined };
const CURRENT: Decision = {
  outcome: 'current',
  code: 'up-to-date',
  facts: { chosen: CHOSEN, strategy: SEMVER, considered: 1 },
  candidate: CHOSEN,
};
const SKIPPED: Decision = {
  outcome: 'skipped',
  code: 'no-matching-tag',
  facts: { strategy: SEMVER, listed: 2, considered: 0 },
  candidate: undefined,
};
const DOWNGRADE: Decision = {
  outcome: 'held',
  code: 'downgrade',
  facts: { candidate: '1.3.0', present: '1.4.0' },
  candidate: { tag: '1.3.0', digest: undefined },
};
const PINNED: Decision = {
  outcome: 'held',
  code: 'pinned',
  facts: { by: 'comment', text: '', candidate: CHOSEN },
  candidate: CHOSEN,
};
const ERROR = new LynceusError('registry-failed', 'the registry answered 500');
const FAILED: Decision = {
  outcome: 'failed',
  code: 'registry-failed',
  facts: { kind: 'error', error: ERROR },
  candidate: undefined,
};
const UNREADABLE: Decision = {
  outcome: 'held',
  code: 'gate-unavailable',
  facts: { gate: 'signature', candidate: CHOSEN, error: ERROR },
  candidate: CHOSEN,
};

function conclude(
  decision: Decision,
  turnedAway: readonly TurnedAway[],
  { present = PRESENT, ...changes }: Partial<ImagePolicy> & { readonly present?: PresentImage } = {},
): Decision {
  return concludeWalk(decision, turnedAway, { present, policy: aTracked(changes).policy });
}

describe('concludeWalk', () => {
  test.each([update('1.5.0'), CURRENT, SKIPPED, DOWNGRADE, PINNED, FAILED, UNREADABLE])(
    'leaves $outcome $code alone when nothing was turned away',
    (decision) => {
      expect(conclude(decision, [])).toBe(decision);
    },
  );

  test('writes a newer version, and tells what was turned away', () => {
    const decision = conclude(update('1.5.0'), [unsigned('1.6.0'), invalid('1.5.1')]);
    expect(decision).toMatchObject({ outcome: 'update', to: { tag: '1.5.0' } });
    expect(decision.facts).toMatchObject({
      rejected: [
        { kind: 'turned-away', why: { code: 'signature-missing', facts: { candidate: { tag: '1.6.0' } } } },
        { kind: 'turned-away', why: { code: 'signature-invalid', facts: { candidate: { tag: '1.5.1' } } } },
      ],
    });
  });

  const older: StepBack = { kind: 'older', by: 'build' };
  const unknown: StepBack = { kind: 'unknown', because: 'not-listed', chosenAt: undefined };
  test.each<[string, Decision, Partial<ImagePolicy>]>([
    ['the version in force', CURRENT, {}],
    ['nothing', SKIPPED, {}],
    ['a downgrade that is held', DOWNGRADE, {}],
    ['a lower version', update('1.3.0'), {}],
    ['a lower version, where downgrades are allowed', update('1.3.0'), { allowDowngrade: true }],
    ['an older build', update('2.0.0', older), { strategy: { kind: 'newest-build' } }],
    ['what may be an older build', update('2.0.0', unknown), { strategy: { kind: 'newest-build' } }],
    ['a lower name', update('1.3.9'), { strategy: { kind: 'alphabetical' } }],
  ])('holds for the first that was turned away when %s comes behind it', (_, decision, policy) => {
    const first = invalid('1.6.0');
    expect(conclude(decision, [first, unsigned('1.5.0')], policy)).toEqual({
      outcome: 'held',
      ...first,
      candidate: first.facts.candidate,
    });
  });

  test.each([PINNED, FAILED, UNREADABLE])('keeps $outcome $code', (decision) => {
    expect(conclude(decision, [unsigned('1.6.0')])).toBe(decision);
  });

  test('of several keys the one with the highest version counts', () => {
    const present = { ...PRESENT, differing: [{ ...PRESENT, tag: '1.5.0' }] };
    expect(conclude(update('1.4.5'), [unsigned('1.6.0')], { present }).outcome).toBe('held');
    expect(conclude(update('1.5.5'), [unsigned('1.6.0')], { present }).outcome).toBe('update');
  });
});
