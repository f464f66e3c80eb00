import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { omitMembers, omitTree } from '../../src/kube/omit-members.ts';

type Path = readonly string[];

function omitted(text: string, paths: readonly Path[]): unknown {
  return JSON.parse(omitMembers(Buffer.from(text), omitTree(paths)));
}

/** The same, slowly: parses first. */
function slowly(value: unknown, paths: readonly Path[]): unknown {
  if (Array.isArray(value)) {
    const below = paths.flatMap(([key, ...rest]) => (key === '*' ? [rest] : []));
    return value.map((item) => (below.some((rest) => rest.length === 0) ? null : slowly(item, below)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const below = paths.flatMap(([first, ...rest]) => (first === key ? [rest] : []));
      return [key, below.some((rest) => rest.length === 0) ? null : slowly(member, below)];
    }),
  );
}

const KEYS = fc.constantFrom('a', 'b', 'c', 'managedFields', '');
const STRINGS = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\\"', '}', '[', 'ü', '{"a":1}'),
);
const VALUES = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    STRINGS,
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(KEYS, STRINGS), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const PATHS = fc.array(fc.array(fc.oneof(KEYS, fc.constant('*')), { minLength: 1, maxLength: 3 }), {
  maxLength: 4,
});

describe('members left out', () => {
  test.each<[string, readonly Path[], unknown]>([
    ['{"a":1,"b":{"c":[2,3]}}', [['b']], { a: 1, b: null }],
    ['{"a":1,"b":{"c":[2,3]}}', [['b', 'c']], { a: 1, b: { c: null } }],
    [
      '{"items":[{"a":1,"b":2},{"b":[]}]}',
      [['items', '*', 'b']],
      { items: [{ a: 1, b: null }, { b: null }] },
    ],
    [' { "a" : "}\\"" , "b" : [ ] } ', [['a']], { a: null, b: [] }],
    ['{"a":1}', [], { a: 1 }],
    ['{"a":1}', [['x'], ['a', 'y']], { a: 1 }],
    ['{"b":{"c":1}}', [['b', 'c'], ['b']], { b: null }],
    ['{"toString":1,"__proto__":2}', [['a']], JSON.parse('{"toString":1,"__proto__":2}')],
    ['[]', [['a']], []],
    ['"text"', [['a']], 'text'],
  ])('of %s: %j', (text, paths, expected) => {
    expect(omitted(text, paths)).toEqual(expected);
  });

  test('may be many below the same one: each is gone through once', () => {
    const above = ['a', 'b', 'c', 'd', 'e', 'f'];
    const members = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const deep = (leaves: object) => above.reduceRight<object>((below, key) => ({ [key]: below }), leaves);

    expect(omitTree(members.map((member) => [...above, member]))).toEqual(
      deep(Object.fromEntries(members.map((member) => [member, true]))),
    );
  });

  test('are as if they had been taken out after parsing, whatever the document and its spacing', () => {
    fc.assert(
      fc.property(VALUES, PATHS, fc.constantFrom(0, 1, '\t'), (value, paths, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(omitted(text, paths)).toEqual(slowly(JSON.parse(text), paths));
      }),
      { numRuns: 1000 },
    );
  });

  test('never make good of what is not JSON outside of them', () => {
    fc.assert(
      fc.property(VALUES, PATHS, fc.nat(), (value, paths, cut) => {
        const text = JSON.stringify({ a: value, z: 1 });
        const broken = text.slice(0, cut % text.length);
        expect(() => omitted(broken, paths)).toThrow(SyntaxError);
      }),
      { numRuns: 1000 },
    );
  });

  test('are deep without end, and the stack stays whole', () => {
    const deep = '['.repeat(100_000);
    expect(() => omitted(`{"a":${deep}`, [['a']])).toThrow(SyntaxError);
    expect(omitted(`{"a":${deep}${']'.repeat(100_000)}}`, [['a']])).toEqual({ a: null });
  });
});
