import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import { isSteppedBack, suspectedRollbacks } from '../../../src/core/deployment/step-back-in-argo-cd.ts';

/** Commits by a digit, on a branch from `1` to `9`. */
function sha(digit: string): string {
  return digit.repeat(40);
}
const BRANCH = ['9', '8', '7', '6', '5', '4', '3', '2', '1'].map(sha);

interface Given {
  /** Commits that were deployed, oldest first; `-` for one that is not known. */
  readonly deployed: string;
  /** What is compared: the head of the branch. */
  readonly compared?: string;
  readonly changes?: Partial<Deployment>;
  readonly sourceIndex?: number | undefined;
  readonly branch?: readonly string[];
  readonly isAll?: boolean;
}

function deploymentOf({ deployed, compared = '9', changes = {} }: Given): Deployment {
  return {
    sync: { status: 'out-of-sync', revisions: [sha(compared)] },
    health: { status: 'healthy', since: 1 },
    operation: { phase: 'succeeded', revisions: [sha(deployed.at(-1) ?? '1')], finishedAt: 1 },
    history: [...deployed].map((digit, index) => ({
      revisions: digit === '-' ? [] : [sha(digit)],
      deployedAt: 100 + index,
    })),
    isAutomated: false,
    ...changes,
  };
}

function judge(given: Given): 'not suspected' | ReturnType<typeof isSteppedBack> {
  const { branch = BRANCH, isAll = true } = given;
  const steps = suspectedRollbacks(deploymentOf(given), 'sourceIndex' in given ? given.sourceIndex : 0);
  const answers = steps.map((step) => isSteppedBack(step, branch, isAll));
  return answers.find((answer) => answer !== 'no') ?? answers[0] ?? 'not suspected';
}

const RUNNING: Partial<Deployment> = {
  operation: { phase: 'running', revisions: [sha('2')], finishedAt: undefined },
};

describe('a rollback in Argo CD', () => {
  test.each<[string, Given, ReturnType<typeof judge>]>([
    ['back to the commit before', { deployed: '232', compared: '3' }, 'yes'],
    ['and the branch has moved since', { deployed: '232' }, 'yes'],
    ['to a commit that left the history', { deployed: '3452' }, 'yes'],
    ['by a sync to a commit that was never deployed', { deployed: '353' }, 'yes'],
    ['to the first of all', { deployed: '1234561' }, 'yes'],
    ['a part of the way forward again', { deployed: '24523' }, 'yes'],
    ['while it cannot be compared', { deployed: '232', changes: { sync: { status: 'unknown', revisions: [] } } }, 'yes'],
    ['that is under way', { deployed: '23', changes: RUNNING }, 'yes'],
    ['that failed', { deployed: '23', changes: { operation: { phase: 'failed', revisions: [sha('2')], finishedAt: 9 } } }, 'yes'],
    ['before a sync forward that failed', { deployed: '232', changes: { operation: { phase: 'failed', revisions: [sha('9')], finishedAt: 9 } } }, 'yes'],
    ['beside a commit that is not known', { deployed: '-232' }, 'yes'],

    ['never synced', { deployed: '' }, 'not suspected'],
    ['deployed once, and slow to sync', { deployed: '2' }, 'not suspected'],
    ['deployed in order, and slow to sync', { deployed: '123' }, 'no'],
    ['deployed in order, with a sync under way', { deployed: '12', changes: { operation: { phase: 'running', revisions: [sha('9')], finishedAt: undefined } } }, 'no'],
    ['deployed in order, and the last sync failed', { deployed: '12', changes: { operation: { phase: 'failed', revisions: [sha('4')], finishedAt: 9 } } }, 'no'],
    ['the same commit again', { deployed: '222' }, 'not suspected'],
    ['the head, and drifted from it', { deployed: '239', compared: '9' }, 'not suspected'],
    ['rolled back and synced again', { deployed: '2325' }, 'no'],
    ['rolled back and followed', { deployed: '232', changes: { sync: { status: 'synced', revisions: [sha('2')] } } }, 'not suspected'],
    ['rolled back, and it syncs by itself again', { deployed: '232', changes: { isAutomated: true } }, 'not suspected'],
    ['local manifests', { deployed: '23-' }, 'not suspected'],
    ['a packaged chart', { deployed: '232', changes: { history: [{ revisions: ['1.1.0'], deployedAt: 1 }, { revisions: ['1.0.0'], deployedAt: 2 }] } }, 'not suspected'],
    ['of a file that no source has', { deployed: '232', sourceIndex: undefined }, 'not suspected'],
    ['of a source that is not there', { deployed: '232', sourceIndex: 1 }, 'not suspected'],
  ])('%s', (_, given, expected) => {
    expect(judge(given)).toBe(expected);
  }); // prettier-ignore

  test.each<[string, Given, ReturnType<typeof judge>]>([
    ['the same commit twice, older than what is read', { deployed: '282', branch: BRANCH.slice(0, 3), isAll: false }, 'yes'],
    ['an older commit, or another branch', { deployed: '82', branch: BRANCH.slice(0, 3), isAll: false }, 'more-history'],
    ['an older commit, as more history shows', { deployed: '82' }, 'yes'],
    ['a branch that was replaced', { deployed: '8a' }, 'no'],
    ['a branch that was replaced and is back', { deployed: '2a2' }, 'no'],
    ['both of a branch that was replaced', { deployed: 'aba' }, 'no'],
    ['all of it older than what is read', { deployed: '232', branch: BRANCH.slice(0, 3), isAll: false }, 'no'],
  ])('by the history of the branch: %s', (_, given, expected) => {
    expect(judge(given)).toBe(expected);
  }); // prettier-ignore

  test('by the revisions of the source that has the file', () => {
    const history = ['2', '3', '2'].map((digit, index) => ({
      revisions: ['1.2.3', sha(digit)],
      deployedAt: index,
    }));
    const sync = { status: 'out-of-sync', revisions: ['1.2.3', sha('3')] } as const;
    const changes = { history, sync };

    expect(judge({ deployed: '2', changes, sourceIndex: 1 })).toBe('yes');
    expect(judge({ deployed: '2', changes, sourceIndex: 0 })).toBe('not suspected');
  });

  test('no status is no rollback', () => {
    expect(suspectedRollbacks(undefined, 0)).toEqual([]);
  });
});
