import { describe, expect, test } from 'vitest';
import type { ReflectorState } from '../../../src/kube/reflector.ts';
import { readCopies, type WatchedCopy } from '../../../src/sources/kubernetes/read-copies.ts';
import { anApplication } from '../../argocd/an-application.ts';

const NAMESPACES = ['a', 'b', 'c'];

/** Copies of one Application each, which are all stale from the nth question about their state on. */
function copiesStaleFrom(question: number): readonly WatchedCopy[] {
  let asked = 0;
  function state(): ReflectorState {
    asked += 1;
    return asked < question ? { kind: 'synced' } : { kind: 'stale', silence: 300_001, error: undefined };
  }
  return NAMESPACES.map((namespace) => ({
    namespace,
    reflector: {
      start: () => undefined,
      synced: () => Promise.resolve(),
      settled: () => Promise.resolve(),
      items: () =>
        new Map([
          [
            `${namespace}/shop`,
            { kind: 'application', application: anApplication({}, { namespace }) } as const,
          ],
        ]),
      state,
      lastError: undefined,
    },
  }));
}

describe('a namespace that goes stale while the Applications are read', () => {
  test.each([2, 3, 4, 5, 6, 7])('at question %i is either listed or a problem', (question) => {
    const { applications, problems } = readCopies(copiesStaleFrom(question));

    const listed = applications.map(({ namespace }) => namespace);
    expect([...listed, ...problems.map(({ key }) => key)]).toEqual(NAMESPACES);
  });

  test('is an error when all of them do', () => {
    expect(() => readCopies(copiesStaleFrom(1))).toThrow(
      'cannot read the Applications of the namespace a for 300 s: no answer',
    );
  });
});
