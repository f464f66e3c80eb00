import { describe, expect, test } from 'vitest';
import {
  concludePromotion,
  promotedChoice,
  rolledBackUpstream,
} from '../../../src/core/promotion/conclude-promotion.ts';
import type { PromotedVersion } from '../../../src/core/promotion/eligible-versions.ts';
import type { ImagePolicy, PresentImage, Strategy } from '../../../src/core/policy.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { Decision } from '../../../src/core/selection/decision.ts';
import { aTracked } from '../../helpers/policies.ts';

/** `1.2 eligible`, `1.2 waiting`, `1.2 back`, `1.2 failed`, `main@sha256:a eligible`. */
function versions(...texts: readonly string[]): readonly PromotedVersion[] {
  return texts.map((text) => {
    const [version = '', kind] = text.split(' ');
    const [tag = '', digest] = version.split('@');
    const parts = { version, tag, upstream: 'argocd/dev/api', ...(digest === undefined ? {} : { digest }) };
    if (kind === 'eligible') return { ...parts, judgement: { kind } };
    if (kind === 'back') return { ...parts, judgement: { kind: 'rolled-back', by: { by: 'person' } } };
    if (kind === 'failed') return { ...parts, judgement: { kind, check: 'slo' } };
    return { ...parts, judgement: { kind: 'waiting', has: 'synced' } };
  });
}

interface Row {
  readonly had: readonly string[];
  readonly present: string | undefined;
  readonly strategy?: Strategy;
  readonly allowDowngrade?: boolean;
}

function situation({
  had,
  present,
  strategy = { kind: 'semver', constraint: '' },
  allowDowngrade = false,
}: Row) {
  const promotion = { from: [], when: 'healthy', after: 0, by: 'tag', approval: 'none', key: '' } as const;
  const policy: ImagePolicy = { ...aTracked().policy, strategy, allowDowngrade, promotion };
  const [tag, digest] = present?.split('@') ?? [];
  const now: PresentImage | undefined = present === undefined ? undefined : { name: undefined, tag, digest };
  return { image: { upstreams: ['argocd/dev/api'], versions: versions(...had) }, policy, present: now };
}

describe('what may be chosen', () => {
  test.each<[string, Row, readonly string[]]>([
    [
      'all that is good enough',
      { had: ['1.3 waiting', '1.2 eligible', '1.1 eligible'], present: '1.0' },
      ['1.2', '1.1'],
    ],
    [
      'nothing behind the version in force',
      { had: ['1.3 waiting', '1.2 waiting', '1.1 eligible'], present: '1.2' },
      [],
    ],
    [
      'that with allow-downgrade',
      { had: ['1.2 waiting', '1.1 eligible'], present: '1.2', allowDowngrade: true },
      ['1.1'],
    ],
    [
      'not in place of what was rolled back there',
      { had: ['1.2 back', '1.1 eligible'], present: '1.2', allowDowngrade: true },
      [],
    ],
    ['the version in force itself', { had: ['1.2 eligible', '1.1 eligible'], present: '1.2' }, ['1.2']],
    ['without a version in force', { had: ['1.2 back', '1.1 eligible'], present: undefined }, ['1.1']],
    [
      'the one with its digest',
      {
        had: ['main@sha256:b waiting', 'main@sha256:a eligible'],
        present: 'main@sha256:0',
        strategy: { kind: 'digest', tag: 'main' },
      },
      ['main@sha256:a'],
    ],
    [
      'nothing by a tag that moves',
      { had: ['main eligible'], present: undefined, strategy: { kind: 'digest', tag: 'main' } },
      [],
    ],
  ])('%s', (_, row, expected) => {
    const { image, ...rest } = situation(row);
    const { eligible } = promotedChoice(image, rest);
    expect(eligible.map(({ tag, digest }) => (digest === undefined ? tag : `${tag}@${digest}`))).toEqual(
      expected,
    );
  });
});

const CHOICE = {
  chosen: { tag: '1.0', digest: undefined },
  strategy: { kind: 'semver', constraint: '' },
  considered: 1,
} as const;
const CURRENT: Decision = { outcome: 'current', code: 'up-to-date', facts: CHOICE, candidate: CHOICE.chosen };
const NOTHING: Decision = {
  outcome: 'skipped',
  code: 'no-matching-tag',
  facts: { strategy: CHOICE.strategy, listed: 1, considered: 0 },
  candidate: undefined,
};
const UPDATE: Decision = {
  outcome: 'update',
  code: 'first-write',
  facts: CHOICE,
  to: CHOICE.chosen,
  labels: {},
};
const FAILED: Decision = {
  outcome: 'skipped',
  code: 'no-matching-platform',
  facts: { rejected: [] },
  candidate: undefined,
};

describe('what is said', () => {
  test.each<[string, Decision, Row & { readonly unlisted?: string; readonly unfit?: string }, string]>([
    ['an update stays', UPDATE, { had: ['1.2 waiting'], present: '1.0' }, 'update'],
    ['what fails otherwise stays', FAILED, { had: ['1.2 waiting'], present: '1.0' }, 'skipped'],
    ['it has the newest', CURRENT, { had: ['1.0 eligible'], present: '1.0' }, 'current'],
    [
      'a newer one waits',
      CURRENT,
      { had: ['1.2 waiting', '1.0 eligible'], present: '1.0' },
      'held: 1.2 is not promoted: in argocd/dev/api it is synced, and it must be healthy',
    ],
    [
      'the newest of two that wait',
      NOTHING,
      { had: ['1.3 waiting', '1.2 waiting'], present: '1.0' },
      'held: 1.3 is not promoted',
    ],
    [
      'a newer one that does not pass its rules does not count',
      CURRENT,
      { had: ['2.0 waiting', '1.0 eligible'], present: '1.0', unfit: '2.0' },
      'current',
    ],
    [
      'a newer one that was taken back is none',
      CURRENT,
      { had: ['1.2 back', '1.1 failed', '1.0 eligible'], present: '1.0' },
      'current',
    ],
    [
      'only such',
      NOTHING,
      { had: ['1.2 back'], present: '1.0' },
      'held: 1.2 is not promoted: somebody rolled it back in argocd/dev/api',
    ],
    [
      'a check failed',
      NOTHING,
      { had: ['1.2 failed'], present: '1.0' },
      'held: 1.2 is not promoted: it failed the check slo in argocd/dev/api',
    ],
    [
      'it is not pushed yet',
      CURRENT,
      { had: ['1.2 eligible', '1.0 eligible'], present: '1.0', unlisted: '1.2' },
      'held: 1.2 may be promoted, and the registry does not list it yet: push it to prod.example/api',
    ],
    [
      'it has the version that waits',
      NOTHING,
      { had: ['1.2 waiting', '1.1 eligible'], present: '1.2' },
      'current',
    ],
    [
      'it has what was rolled back',
      NOTHING,
      { had: ['1.2 back', '1.1 eligible'], present: '1.2' },
      'held: 1.2 is not promoted: somebody rolled it back',
    ],
    [
      'upstream has nothing',
      NOTHING,
      { had: [], present: '1.0' },
      'held: argocd/dev/api has no version that could be promoted',
    ],
    [
      'nothing passes its rules',
      NOTHING,
      { had: ['2.0 eligible'], present: '1.0', unfit: '2.0' },
      'held: the version that argocd/dev/api had does not pass the constraint',
    ],
    ['a lower one waits, that is no news', CURRENT, { had: ['0.9 waiting'], present: '1.0' }, 'current'],
  ])('%s', (_, decision, { unlisted, unfit, ...row }, expected) => {
    const { image, ...rest } = situation(row);
    const concluded = concludePromotion(decision, image, {
      ...rest,
      fitting: new Set(image.versions.map(({ tag }) => tag).filter((tag) => tag !== unfit)),
      isListed: (tag) => tag !== unlisted,
      repository: 'prod.example/api',
    });
    const said = concluded.outcome === 'held' ? `held: ${describeReason(concluded)}` : concluded.outcome;
    expect(said).toContain(expected);
    if (!expected.startsWith('held')) expect(said).toBe(expected);
  });

  test('who has what was rolled back is told', () => {
    const back = situation({ had: ['1.2 back', '1.1 eligible'], present: '1.2' });
    expect(rolledBackUpstream(back.image, back.present)).toEqual({
      version: '1.2',
      upstream: 'argocd/dev/api',
      by: { by: 'person' },
    });
    const fine = situation({ had: ['1.2 back', '1.1 eligible'], present: '1.1' });
    expect(rolledBackUpstream(fine.image, fine.present)).toBeUndefined();
  });
});
