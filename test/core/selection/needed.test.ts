import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../../src/core/policy.ts';
import { describeWayOut } from '../../../src/core/reasons/describe-way-out.ts';
import type { Reason } from '../../../src/core/reasons/reason.ts';
import { suggestConstraint } from '../../../src/core/selection/suggest-constraint.ts';
import { parseConstraint } from '../../../src/core/strategies/constraint.ts';
import { createVersionReader } from '../../../src/core/strategies/version-reader.ts';

type Semver = Extract<Strategy, { kind: 'semver' }>;

describe('suggestConstraint', () => {
  const rows: readonly [
    constraint: string,
    tag: string,
    suggested: string | undefined,
    order?: Semver['order'],
  ][] = [
    ['^1.2', '2.1.0', '^2'],
    ['^1.2', 'v3', '^3'],
    ['~0.1', '0.2.5', '^0.2'],
    ['^1', '0.0.3', '^0.0'],
    ['^1.2', '1.3.0-rc1', '^1.2-0'],
    ['', '1.3.0-rc1', '*-0'],
    ['^1.2', '2.0.0-rc1', '^2.0.0-0'],
    ['1.x || 2.x', '3.1.0-beta.2', '^3.1.0-0'],
    ['^1', '2026.01.05', '^2026'],
    ['^1', 'latest', undefined],
    ['^1', 'build-7', '^7', { by: 'numeric', expression: '^build-([0-9]+)$' }],
    ['~1.2', '2.0.0.1', '^2', { by: 'calver', expression: '^([0-9.]+)$' }],
  ];
  test.each(rows)('%s and %s: %s', (constraint, tag, suggested, order) => {
    const strategy = { kind: 'semver', constraint, ...(order === undefined ? {} : { order }) } as const;
    expect(suggestConstraint(strategy, tag)).toBe(suggested);
  });

  test('what it suggests takes the tag', () => {
    const number = fc.oneof(fc.nat(3), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    const tag = fc
      .tuple(fc.array(number, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '-rc1', '-0', '-rc.1.x'))
      .map(([numbers, prerelease]) => `${numbers.join('.')}${prerelease}`);
    const constraint = fc.constantFrom('', '^1', '~1.2', '>=1 <2', '1.x || ^3', '!=1.2.3', '*');
    fc.assert(
      fc.property(tag, constraint, (name, text) => {
        const suggested = suggestConstraint({ kind: 'semver', constraint: text }, name);
        const version = createVersionReader(undefined)(name);
        if (version === undefined) return expect(suggested).toBeUndefined();
        if (suggested !== undefined) expect(parseConstraint(suggested)(version)).toBe(true);
        else expect(name).toMatch(/\d{19}/);
      }),
    );
  });
});

describe('describeWayOut', () => {
  const candidate = { tag: '1.2.0', digest: undefined };
  const named = { application: 'argocd/shop', image: 'api' };
  const rows: readonly [Reason, string | undefined][] = [
    [{ code: 'pinned', facts: { by: 'comment', text: '', candidate } }, 'lynceus release argocd/shop api'],
    [{ code: 'pinned', facts: { by: 'annotation', text: '', candidate } }, 'remove the annotation hold'],
    [
      { code: 'paused', facts: { candidate, pause: { by: 'annotation', reason: '' } } },
      'remove the annotation pause',
    ],
    [
      { code: 'paused', facts: { candidate, pause: { by: 'configuration' } } },
      'set paused: false in the configuration',
    ],
    [
      {
        code: 'paused',
        facts: { candidate, pause: { by: 'command', pause: { by: '', reason: '', since: undefined } } },
      },
      'lynceus resume',
    ],
    [
      { code: 'downgrade', facts: { candidate: '1.2.0', present: '1.3.0' } },
      'set allow-downgrade, or lynceus set argocd/shop api 1.2.0',
    ],
    [
      {
        code: 'too-young',
        facts: { candidate, asked: 1, age: 0, since: 0, clock: 'ours', until: Date.UTC(2026, 0, 2) },
      },
      'wait until 2026-01-02T00:00:00Z, or lower minimum-age',
    ],
    [
      {
        code: 'awaiting-approval',
        facts: { candidate, upstreams: [], command: 'lynceus promote argocd/shop api 1.2.0' },
      },
      'lynceus promote argocd/shop api 1.2.0',
    ],
    [{ code: 'no-tags', facts: {} }, undefined],
  ];
  test.each(rows)('$code', (reason, expected) => {
    expect(describeWayOut(reason, named)).toBe(expected);
  });
});
