import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TagOrder } from '../../../src/core/policy.ts';
import { createComparison } from '../../../src/core/strategies/compare-tags.ts';
import { createStrategy, parseTagOrder } from '../../../src/core/strategies/index.ts';
import { caught } from '../../helpers/thrown.ts';

interface Row {
  readonly order: TagOrder;
  readonly constraint?: string;
  /** Best first, then those that are left out behind `|`. */
  readonly ranks: string;
}

const ROWS: readonly Row[] = [
  {
    order: { by: 'numeric', expression: '^build-([0-9]+)$' },
    ranks: 'build-226 build-100 build-26 build-9 | 300 build-x build-',
  },
  {
    order: { by: 'numeric', expression: '^[a-f0-9]+-(?P<version>[0-9]+)$' },
    ranks: 'a-18446744073709551617 b-18446744073709551616 c-20240101123059 f-7 | main-8',
  },
  { order: { by: 'numeric', expression: '-([0-9]+)$' }, ranks: 'b-7 a-7 a-07 a-6 | a' },
  {
    order: { by: 'numeric', expression: '^r([0-9]+)' },
    constraint: '>=20 <300',
    ranks: 'r226-x r26 | r19 r300 r',
  },
  {
    order: { by: 'calver', expression: '^([0-9.]+)$' },
    ranks: '1.2.10.0 1.2.3.10 1.2.3.4 1.2.3.0 1.2.3 1.2 | v1.2.3.4 1.2.3.4-rc 1..2 1.',
  },
  {
    order: { by: 'calver', expression: '^v?([0-9._-]+)$' },
    ranks: '2024.10.01 2024-9-30 v2024.9.1-2 2024_09_01 2024.9 2023.12.31 | latest -1',
  },
  {
    order: { by: 'calver', expression: '^([0-9.]+)$' },
    constraint: '~1.2.3',
    ranks: '1.2.9.1 1.2.3.4 1.2.3 | 1.3.0.0 1.2.2.9 2.0.0.0',
  },
  {
    order: { by: 'calver', expression: '^release-([0-9.]+)-alpine$' },
    constraint: '2024.x',
    ranks: 'release-2024.10-alpine release-2024.9.30.2-alpine | release-2025.1-alpine release-2024.10',
  },
  {
    order: { by: 'semver', expression: '^(?:main|rel)-v?(.+)-[0-9a-f]{7}$' },
    ranks:
      'main-1.10.0-aaaaaaa rel-v1.9-bbbbbbb rel-1.9.0-aaaaaaa | main-1.11.0-rc.1-aaaaaaa main-x-aaaaaaa 1.12.0',
  },
  {
    order: { by: 'semver', expression: '^app_(.+)$' },
    constraint: '>=1.2-0 <2',
    ranks: 'app_1.3.0 app_1.3.0-rc.2 app_1.3.0-rc.1 | app_2.0.0 app_1.1 app_1.2.3.4 1.4.0',
  },
];

describe('the order of a part', () => {
  it.each(ROWS)(
    '$order.by of $order.expression, with "$constraint": $ranks',
    ({ order, constraint = '', ranks }) => {
      const [best = '', out = ''] = ranks.split(' | ');
      const tags = `${out} ${best}`.trim().split(' ');
      const rule = createStrategy({ kind: 'semver', constraint, order });
      expect(rule.rank(tags.map((tag) => ({ tag, created: undefined }))).join(' ')).toBe(best);
    },
  );

  it('compares numbers by their value, however long they are', () => {
    const compare = createComparison({
      kind: 'semver',
      constraint: '',
      order: { by: 'numeric', expression: '^n([0-9]+)$' },
    });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 120n }),
        fc.bigInt({ min: 0n, max: 10n ** 120n }),
        (a, b) => {
          const expected = a === b ? 0 : a < b ? -1 : 1;
          expect(compare(`n${a}`, `n${b}`)).toBe(expected);
        },
      ),
    );
  });

  it('has no place for a tag beyond all measure', () => {
    const order = { by: 'numeric', expression: '^n([0-9]+)$' } as const;
    const compare = createComparison({ kind: 'semver', constraint: '', order });
    expect(compare(`n${'1'.repeat(127)}`, 'n1')).toBe(1);
    expect(compare(`n${'1'.repeat(100_000)}`, 'n1')).toBeUndefined();
  });

  it('has no place for a tag without the part', () => {
    const order = { by: 'numeric', expression: '^n([0-9]+)$' } as const;
    const compare = createComparison({ kind: 'semver', constraint: '', order });
    expect(compare('n1', 'latest')).toBeUndefined();
    expect(compare('1.2', '1.3')).toBeUndefined();
  });
});

describe('parseTagOrder', () => {
  it.each([
    ['numeric', '([0-9]+)'],
    ['Semver', '^(?:v)(.+)$'],
    [' CALVER ', '(?P<version>.+)'],
  ] as const)('reads %j with %j', (order, allow) => {
    expect(parseTagOrder({ order, strategy: 'semver', allow })).toEqual({
      by: order.trim().toLowerCase(),
      expression: allow,
    });
  });

  it.each([
    [
      { order: 'number', strategy: 'semver', allow: '(a)' },
      'config-invalid',
      'expected numeric, semver, calver',
    ],
    [{ order: 'calver', strategy: 'alphabetical', allow: '(a)' }, 'config-invalid', 'found alphabetical'],
    [{ order: 'calver', strategy: 'semver', allow: undefined }, 'config-invalid', 'expected allow-tags'],
    [{ order: 'calver', strategy: 'semver', allow: 'a' }, 'pattern-invalid', 'expected parentheses'],
    [{ order: 'calver', strategy: 'semver', allow: '(' }, 'pattern-invalid', 'not a regular expression'],
  ] as const)('refuses %j', (input, code, says) => {
    const error = caught(() => parseTagOrder(input));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });
});
