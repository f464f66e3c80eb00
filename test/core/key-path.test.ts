import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPathKey } from '../../src/core/identity/slot.ts';
import { keyPathText, parseKeyPath, splitKeyPaths } from '../../src/core/key-path.ts';

type Step = string | number | readonly [key: string, value: string];

function keysOf(path: string): readonly Step[] | undefined {
  return parseKeyPath(path)?.map((step) => {
    if (step.kind === 'element') return [step.key, step.value];
    return step.kind === 'key' ? step.key : step.index;
  });
}

describe('a key path', () => {
  it.each<[string, readonly Step[] | undefined]>([
    ['image.tag', ['image', 'tag']],
    ['a[0][12].b', ['a', 0, 12, 'b']],
    ['a."b.c".d', ['a', 'b.c', 'd']],
    ["a.'b.c'.d", ['a', 'b.c', 'd']],
    ['a["b.c"].d', ['a', 'b.c', 'd']],
    ["a['b[0]'][1]", ['a', 'b[0]', 1]],
    [String.raw`a.b\.c.d`, ['a', 'b.c', 'd']],
    [String.raw`a\[0\].b`, ['a[0]', 'b']],
    [String.raw`"a\"b\\".c`, ['a"b\\', 'c']],
    ["'it''s'.c", ["it's", 'c']],
    ['"".c', ['', 'c']],
    // No quotes that hold a key: characters as any other.
    ["it's.c", ["it's", 'c']],
    ['a"b.c"', ['a"b', 'c"']],
    ['"a"b.c', ['"a"b', 'c']],
    [String.raw`a\b.c`, ['a\\b', 'c']],
    ['containers[name=api].image', ['containers', ['name', 'api'], 'image']],
    ['a[image=ghcr.io/acme/api:1.0]', ['a', ['image', 'ghcr.io/acme/api:1.0']]],
    ['a[name="b]c"][0]', ['a', ['name', 'b]c'], 0]],
    ['a["b=c"]', ['a', 'b=c']],
    ['', undefined],
    ['a..b', undefined],
    ['.a', undefined],
    ['a.', undefined],
    ['[0]', undefined],
    ['a[x]', undefined],
    ['a[0]b', undefined],
    ['a["b]', undefined],
    ['a]', undefined],
  ])('%s is %j', (path, keys) => {
    expect(keysOf(path)).toEqual(keys);
  });

  it('is written so that it is read as the same keys', () => {
    const key = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('a', '.', '[', ']', '"', "'", '\\', ' ', '0') }),
    );
    const rest = fc.array(fc.oneof(key, fc.nat(999_999)));
    fc.assert(
      fc.property(key, rest, (first, others) => {
        expect(keysOf(keyPathText([first, ...others]))).toEqual([first, ...others]);
      }),
    );
  });

  it.each([
    ['a."b.c"', String.raw`a.b\.c`, true],
    ['a["b.c"]', "a.'b.c'", true],
    ['"image"."tag"', 'image.tag', true],
    ['tags[01]', 'tags[1]', true],
    ['"a b".c', 'a b.c', true],
    [`"it's".c`, "it's.c", true],
    ['a[name=b].c', 'a[name="b"].c', true],
    ['a[name=b].c', 'a[name=d].c', false],
    ['a.b.c', 'a."b.c"', false],
    ['a[0]', '"a[0]"', false],
    ['a..b', 'a..c', false],
  ])('%s and %s are one: %s', (one, other, same) => {
    expect(keyPathKey(one) === keyPathKey(other)).toBe(same);
  });

  it.each(['image.tag', "a b.it's[1].c", 'a..b', 'ümlaut.x'])(
    '%s is its own key, as records have it',
    (path) => {
      expect(keyPathKey(path)).toBe(path);
    },
  );
});

describe('several key paths', () => {
  it.each([
    ['a.tag, b.tag', ['a.tag', 'b.tag']],
    ['x."y, z".tag', ['x."y, z".tag']],
    ["x['y,z'].tag,b", ["x['y,z'].tag", 'b']],
    ['"a,b".tag , "c".tag', ['"a,b".tag', '"c".tag']],
    ['list[name="a,b"].tag,c', ['list[name="a,b"].tag', 'c']],
    ["it's, that's", ["it's", "that's"]],
    ['a"b, c"d', ['a"b', 'c"d']],
    ['a,,b,', ['a', '', 'b', '']],
    ['', ['']],
  ])('%s are %j', (text, paths) => {
    expect(splitKeyPaths(text)).toEqual(paths);
  });

  it('take any keys apart that were put together', () => {
    const keys = fc.array(fc.oneof(fc.string(), fc.constantFrom('a,b', ',', 'y, z')), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), (all) => {
        const texts = all.map((one) => keyPathText(one));
        expect(splitKeyPaths(texts.join(', '))).toEqual(texts);
      }),
    );
  });
});
