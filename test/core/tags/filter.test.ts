import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileFilter,
  isSupplementaryTag,
  parseAllowTags,
  parseIgnoreTags,
} from '../../../src/core/tags/filter.ts';
import { BROKEN_EXPRESSIONS, EXPRESSIONS, EXPRESSION_TAGS } from '../../fixtures/core/expressions.ts';
import { BROKEN_GLOBS } from '../../fixtures/core/globs.ts';
import { caught, refusal } from '../../helpers/thrown.ts';
import { anyText } from '../image/arbitraries.ts';

const RUNS = { numRuns: 1000 };

describe('compileFilter', () => {
  it('lets everything through when it says nothing', () => {
    expect(EXPRESSION_TAGS.filter(compileFilter({ allow: undefined, ignore: [] }))).toEqual(EXPRESSION_TAGS);
  });

  it.each(EXPRESSIONS)('finds %j as Go does: %j', (allow, expected) => {
    expect(EXPRESSION_TAGS.filter(compileFilter({ allow, ignore: [] })).join(' ')).toBe(expected);
  });

  it.each(BROKEN_EXPRESSIONS)('refuses the expression %j', (allow) => {
    const error = caught(() => compileFilter({ allow, ignore: [] }));
    expect(error.code).toBe('pattern-invalid');
    expect(error.message).toContain(`the expression "${allow}" of allow-tags is not a regular expression: `);
    expect(error.hint).toContain('RE2');
  });

  it.each(BROKEN_GLOBS)('refuses the pattern %j and says which it is', (glob) => {
    const error = caught(() => compileFilter({ allow: undefined, ignore: ['*-debug', glob] }));
    expect(error.code).toBe('pattern-invalid');
    expect(error.message).toContain(`the pattern "${glob}" of ignore-tags is broken: `);
  });

  it.each([
    ['^[0-9.]+$', ['1.0'], '1.0 1.1-rc1 1.1 dev', '1.1'],
    [undefined, ['*-rc*', 'dev'], '1.0 1.1-rc1 1.1 dev devel', '1.0 1.1 devel'],
    [undefined, ['*'], '1.0 dev', ''],
    ['1', [], '2.1 1 x1x 2', '2.1 1 x1x'],
    ['^(?:1|2)\\.', ['2.*', '1.?'], '1.0 1.10 2.0 3.0', '1.10'],
    [undefined, ['1.0'], '1.0 1.0.1 v1.0', '1.0.1 v1.0'],
    [undefined, ['regexp:^dev-'], '1.0 dev-1 rc-dev-1', '1.0 rc-dev-1'],
    [undefined, ['regexp:-rc[0-9]{1,2}$', 'dev-*'], '1-rc1 1-rc123 dev-1 1', '1-rc123 1'],
    [undefined, ['REGEXP: (?i)snapshot', 'regexp:^v'], '1-SNAPSHOT v1 1', '1'],
    [undefined, ['{dev,rc}-*'], 'dev-1 rc-1 1.0 d-1', '1.0 d-1'],
    ['^1', ['regexp:1$'], '1.1 1.2 2.2', '1.2'],
  ] as const)('allows %j and ignores %j of "%s", which leaves "%s"', (allow, ignore, tags, left) => {
    expect(tags.split(' ').filter(compileFilter({ allow, ignore })).join(' ')).toBe(left);
  });

  it.each([
    ['k8s-dev-*', 'k8s-dev-1 k8s-prod-1 dev k8s-dev-', 'k8s-dev-1 k8s-dev-'],
    ['{dev,main}-?', 'dev-1 main-2 main-10 rc-1', 'dev-1 main-2'],
    ['v[0-9]*', 'v1 v v10.2 1', 'v1 v10.2'],
    ['1.*', '1.0 1.10-rc 11.0', '1.0 1.10-rc'],
  ])('takes only the tags of the pattern %j: of "%s" "%s"', (pattern, tags, left) => {
    expect(
      tags
        .split(' ')
        .filter(compileFilter({ allow: undefined, pattern, ignore: [] }))
        .join(' '),
    ).toBe(left);
  });

  it('a pattern, an expression and an ignored tag all count', () => {
    const passes = compileFilter({ allow: '[0-9]$', pattern: 'dev-*', ignore: ['dev-1'] });
    expect('dev-1 dev-2 dev-x rc-2'.split(' ').filter(passes)).toEqual(['dev-2']);
  });

  it.each([
    [['regexp:('], 'the expression "(" of ignore-tags is not a regular expression'],
    [['dev-*', 'regexp:(?=a)'], 'the expression "(?=a)" of ignore-tags is not a regular expression'],
    [['regexp:'], 'expected an expression after "regexp:" in ignore-tags'],
    [['regexp:[ab]{1000}[ab]{1000}[ab]{1000}'], 'of ignore-tags is too costly'],
    [['regexp:^(dev,rc)-'], 'no tag has "," in it'],
    [['{1..200}', '{1..57}'], 'at most 256 patterns'],
    [['!dev'], 'the pattern "!dev" of ignore-tags can match no tag'],
  ])('refuses to ignore %j', (ignore, says) => {
    const error = caught(() => compileFilter({ allow: undefined, ignore }));
    expect(error.code).toBe('pattern-invalid');
    expect(error.message).toContain(says);
  });

  it.each([
    ['a long expression', { allow: 'a'.repeat(2049), ignore: [] }, /at most 2048 characters/],
    ['an expression that unfolds', { allow: '[ab]{1000}[ab]{1000}[ab]{1000}', ignore: [] }, /too costly/],
    [
      'too many patterns',
      { allow: undefined, ignore: Array.from({ length: 257 }, () => 'a') },
      /at most 256 patterns/,
    ],
    [
      'a deep expression',
      { allow: `${'('.repeat(1000)}${')'.repeat(1000)}`, ignore: [] },
      /regular expression|costly/,
    ],
  ])('refuses %s', (_name, filter, says) => {
    const error = caught(() => compileFilter(filter));
    expect(error.code).toBe('pattern-invalid');
    expect(error.line).toMatch(says);
    expect(error.line.length).toBeLessThan(500);
  });

  it.each(['^(a+)+$', '(a|a)*$', '(a*)*b', '^(a|aa)+$', '(.*a){20}b'])(
    'takes little time for %s, which hangs others',
    (allow) => {
      const passes = compileFilter({ allow, ignore: [] });
      const start = performance.now();
      for (let run = 0; run < 200; run += 1) passes(`${'a'.repeat(120)}!`);
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 3 }), anyText, (allow, ignore, tag) => {
        const error = refusal(() => {
          expect(typeof compileFilter({ allow, ignore })(tag)).toBe('boolean');
        });
        expect([undefined, 'pattern-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});

describe('parseAllowTags', () => {
  it.each([
    ['any', undefined],
    ['ANY', undefined],
    [' any ', undefined],
    ['', undefined],
    ['regexp:^1\\.', '^1\\.'],
    ['RegExp:^1', '^1'],
    [' regexp:^1 ', '^1'],
    ['regexp: ^1', '^1'],
    ['regexp:any', 'any'],
    ['regexp:regexp:1', 'regexp:1'],
    ['regexp:', ''],
    ['regexp:a:b\nc', 'a:b\nc'],
  ])('reads %j as %j', (text, expression) => {
    expect(parseAllowTags(text)).toBe(expression);
  });

  it.each([
    ['^1\\.', 'write "regexp:^1\\."'],
    ['regex:^1', 'write "regexp:^1"'],
    ['anything', 'write "regexp:anything"'],
    ['1.*', 'write "regexp:1.*"'],
    ['regexp ^1', 'write "regexp: ^1"'],
  ])('refuses %j and shows how it is written', (text, hint) => {
    const error = caught(() => parseAllowTags(text));
    expect(error.code).toBe('pattern-invalid');
    expect(error.message).toBe(
      `expected "any" or "regexp:" and an expression in allow-tags, found "${text}"`,
    );
    expect(error.hint).toBe(hint);
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          parseAllowTags(text);
        });
        expect([undefined, 'pattern-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});

describe('parseIgnoreTags', () => {
  it.each([
    ['', []],
    [' , ,', []],
    ['latest', ['latest']],
    ['latest, *-rc* ,dev,', ['latest', '*-rc*', 'dev']],
    ['[a,b]', ['[a', 'b]']],
    ['{a,b}-*, dev', ['{a,b}-*', 'dev']],
    ['{a,{b,c}}x,y', ['{a,{b,c}}x', 'y']],
    ['\\{a,b', ['\\{a', 'b']],
    ['a},b', ['a}', 'b']],
    ['regexp:-rc[0-9]{1,2}$', ['regexp:-rc[0-9]{1,2}$']],
    ['latest, regexp:^dev, rc-*', ['latest', 'regexp:^dev', 'rc-*']],
    ['regexp:^a{1,2}$,regexp:^(b|c,d)$, e', ['regexp:^a{1,2}$', 'regexp:^(b|c,d)$', 'e']],
    [' RegExp: ^[a,b]$ , c', ['RegExp: ^[a,b]$', 'c']],
    ['regexp:\\(a,b', ['regexp:\\(a', 'b']],
    ['regexp:a{,b', ['regexp:a{', 'b']],
    ['regexp:\\Qa,b\\E,c', ['regexp:\\Qa,b\\E', 'c']],
  ])('reads %j as %j', (text, patterns) => {
    expect(parseIgnoreTags(text)).toEqual(patterns);
  });

  it('refuses a list beyond all measure', () => {
    expect(caught(() => parseIgnoreTags(','.repeat(20_000))).code).toBe('pattern-invalid');
  });
});

describe('isSupplementaryTag', () => {
  const HEX = '0123456789abcdef'.repeat(4);

  it.each([
    `sha256-${HEX}`,
    `sha256-${HEX}.sig`,
    `sha256-${HEX}.att`,
    `sha256-${HEX}.sbom`,
    `sha256-${HEX}.cosign.bundle`,
    `sha256-${HEX}-signature`,
    `sha512-${HEX}`,
    `sha512-${HEX}${HEX}`,
    `sha384-${HEX}${HEX.slice(0, 32)}.sig`,
  ])('knows %s', (tag) => {
    expect(isSupplementaryTag(tag)).toBe(true);
  });

  it.each([
    '1.2.3',
    'sha256',
    'sha-4f2a9c1',
    'sha256-4f2a9c1',
    `sha256-${HEX.slice(1)}`,
    `sha256-${HEX}0`,
    `sha256-${HEX.toUpperCase()}`,
    `v-sha256-${HEX}`,
    `sha256_${HEX}`,
    `sha1-${HEX}`,
    '1.2.3.sig',
  ])('leaves %s alone', (tag) => {
    expect(isSupplementaryTag(tag)).toBe(false);
  });
});
