import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchKey, connectionKey, placeKey } from '../../../src/core/identity/branch.ts';
import { fileKey } from '../../../src/core/identity/file.ts';
import { compareParts, joinKey } from '../../../src/core/identity/key.ts';
import { aPlaceAt } from '../../helpers/policies.ts';

const part = fc.option(fc.oneof(fc.string(), fc.constantFrom('', '-', '1:a', ' ', '0: ')), {
  nil: undefined,
});

it('a key of parts is equal only for equal parts', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.array(part, { maxLength: 4 }), (a, b) => {
      const same = a.length === b.length && a.every((one, index) => one === b[index]);
      expect(joinKey(...a) === joinKey(...b)).toBe(same);
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  [['a', 'b'], ['a', 'b'], 0],
  [['a', 'c'], ['b', 'a'], -1],
  [['a', 'b'], ['a', 'a'], 1],
  [['', 'b'], ['a', 'a'], -1],
])('parts %j and %j are ordered by the first that differs', (a, b, order) => {
  expect(compareParts(a, b)).toBe(order);
});

describe('a place', () => {
  const [https, slash, ssh] = [
    aPlaceAt('https://h.example/x.git'),
    aPlaceAt('https://H.example/x/'),
    aPlaceAt('git@h.example:x'),
  ] as const;

  it('is one branch by whatever transport', () => {
    expect(branchKey(ssh, 'main')).toBe(branchKey(https, 'main'));
    expect(branchKey(ssh, 'main')).not.toBe(branchKey(https, 'next'));
  });

  it('is read together with those that have the same repository, transport, login and branches', () => {
    expect(placeKey(slash)).toBe(placeKey(https));
    expect(connectionKey(ssh)).not.toBe(connectionKey(https));
    expect(placeKey({ ...https, push: 'updates' })).not.toBe(placeKey(https));
    const other = { ...https, credentials: { kind: 'secret', namespace: 'argocd', name: 'git' } } as const;
    expect(connectionKey(other)).not.toBe(connectionKey(https));
  });
});

describe('a file', () => {
  it('is one by its path, and a kustomization by its folder', () => {
    expect(fileKey({ kind: 'markers', path: 'a/b.yaml' })).toBe(
      fileKey({ kind: 'helm-values', path: 'a/b.yaml' }),
    );
    expect(fileKey({ kind: 'kustomization', directory: 'a' })).toBe('a/');
  });
});
