import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathKey, sameContent } from '../../../src/edits/yaml/conflicts.ts';

const path = fc.array(
  fc.oneof(fc.nat(3), fc.constantFrom('', 'a', '0', '[0]', '1:a', 'a1:a', '\n'), fc.string()),
  { maxLength: 4 },
);

it('two paths have one key exactly when they are equal', () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(pathKey(a) === pathKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(pathKey([...a])).toBe(pathKey(a));
    }),
    { numRuns: 2000 },
  );
  expect(pathKey(['a', 'b'])).not.toBe(pathKey(['a1:b']));
  expect(pathKey([0])).not.toBe(pathKey(['0']));
  expect(pathKey([0])).not.toBe(pathKey(['[0]']));
});

it('contents are equal when all that they hold is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(sameContent(a, structuredClone(a))).toBe(true);
      expect(sameContent(a, b)).toBe(sameContent(b, a));
      if (JSON.stringify(a) !== JSON.stringify(b)) expect(sameContent(a, b)).toBe(false);
    }),
    { numRuns: 1000 },
  );
  expect(sameContent({ kind: 'text', text: 'a' }, { kind: 'text', text: 'b' })).toBe(false);
  expect(sameContent(['1', undefined], ['1'])).toBe(false);
  expect(sameContent(undefined, null)).toBe(false);
});
