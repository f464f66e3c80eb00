import { describe, expect, test } from 'vitest';
import { holdRolledBack } from '../../../src/app/deployment/hold-rolled-back.ts';
import type { Evaluation } from '../../../src/app/decide-images.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { WriterSession } from '../../../src/ports/writer.ts';
import { aPlaceAt, aTracked, type TrackedParts } from '../../helpers/policies.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const THIRD = '3'.repeat(40);

/** It ran the second commit and was rolled back to the first; the branch is at the third. */
const ROLLED_BACK: Deployment = {
  sync: { status: 'out-of-sync', revisions: [THIRD] },
  health: { status: 'healthy', since: 1 },
  history: [FIRST, SECOND, FIRST].map((revision, index) => ({ revisions: [revision], deployedAt: index })),
  isAutomated: false,
};

const SLOW: Deployment = {
  ...ROLLED_BACK,
  history: [FIRST, SECOND].map((revision, index) => ({ revisions: [revision], deployedAt: index })),
};

interface Given {
  readonly parts?: TrackedParts;
  /** What the file says at the commit that runs; an error for what cannot be read. */
  readonly runs?: string | LynceusError;
  readonly history?: readonly string[] | LynceusError;
  readonly outcome?: 'update' | 'current';
}

const UNREACHABLE = new LynceusError('git-unreachable', 'cannot fetch');

function evaluationOf({ parts = {}, outcome = 'update' }: Given): Evaluation {
  const tracked = aTracked({ deployment: ROLLED_BACK, deployedSource: 0, ...parts });
  const image = { name: undefined, tag: '1.1.0', digest: undefined };
  const to = { tag: '1.2.0', digest: undefined };
  const facts = { chosen: to, strategy: tracked.policy.strategy, considered: 1 };
  return {
    tracked,
    present: { kind: 'read', presence: { kind: 'present', image }, path: 'apps/shop/values.yaml' },
    decision:
      outcome === 'update'
        ? { outcome, code: 'newer-version', facts: { ...facts, present: image }, to, labels: {} }
        : { outcome, code: 'up-to-date', facts, candidate: to },
  };
}

/** What became of the image, and what was asked for it. */
async function hold(given: Given, neighbours: readonly Evaluation[] = []) {
  const { runs = '1.0.0', history = [THIRD, SECOND, FIRST] } = given;
  const asked: string[] = [];
  const session: Pick<WriterSession, 'history' | 'readAt'> = {
    history({ remote }, { reach }) {
      const isNeighbour = remote.key.endsWith('other');
      if (!isNeighbour) asked.push(reach);
      if (!isNeighbour && history instanceof LynceusError) return Promise.reject(history);
      const shas = history instanceof LynceusError ? [THIRD, SECOND, FIRST] : history;
      return Promise.resolve(
        shas.map((sha) => ({
          sha,
          author: '',
          email: '',
          at: 0,
          message: '',
          committedBy: 'us',
          paths: [],
        })),
      );
    },
    readAt(_place, { revision, requests }) {
      asked.push(revision.slice(0, 1));
      if (runs instanceof LynceusError) return Promise.reject(runs);
      const text = `image:\n  repository: ghcr.io/acme/api\n  tag: ${runs}\n`;
      return Promise.resolve(requests.map(() => ({ kind: 'text', path: 'apps/shop/values.yaml', text })));
    },
  };
  const evaluation = evaluationOf(given);
  const overridden = { evaluations: [evaluation, ...neighbours], sources: new Map() };
  const signal = new AbortController().signal;
  const { evaluations } = await holdRolledBack(overridden, session, {
    concurrency: 2,
    createMissing: false,
    signal,
  });
  return { asked, evaluations };
}

describe('an update of an Application that was rolled back in Argo CD', () => {
  test.each<[string, Given, string, readonly string[]]>([
    ['is held', {}, 'held rolled-back-in-argo-cd', ['recent', '1']],
    ['is held, whatever the rule for rollbacks in Git is', { parts: { rollback: 'until-released' } }, 'held rolled-back-in-argo-cd', ['recent', '1']],
    ['is held where the commit that runs is not to be had', { runs: new LynceusError('revision-unknown', 'gone') }, 'held rolled-back-in-argo-cd', ['recent', '1']],
    ['is held where the remote cannot be read there', { runs: UNREACHABLE }, 'held rolled-back-in-argo-cd', ['recent', '1']],
    ['fails where the history cannot be read', { history: UNREACHABLE }, 'failed git-unreachable', ['recent']],
    ['goes through where the older commit says the same', { runs: '1.1.0' }, 'update newer-version', ['recent', '1']],
    ['goes through by never-hold', { parts: { rollback: 'never-hold' } }, 'update newer-version', []],
    ['goes through where it is merely slow to sync', { parts: { deployment: SLOW } }, 'update newer-version', ['recent']],
    ['goes through where it was deployed once', { parts: { deployment: { ...SLOW, history: SLOW.history.slice(1) } } }, 'update newer-version', []],
    ['goes through where Argo CD syncs by itself', { parts: { deployment: { ...ROLLED_BACK, isAutomated: true } } }, 'update newer-version', []],
    ['goes through where it is synced', { parts: { deployment: { ...ROLLED_BACK, sync: { status: 'synced', revisions: [FIRST] } } } }, 'update newer-version', []],
    ['goes through where it is written in the cluster', { parts: { target: { method: 'application', at: 'spec.source', format: 'helm' } } }, 'update newer-version', []],
    ['costs nothing where nothing is to be written', { outcome: 'current' }, 'current up-to-date', []],
  ])('%s', async (_, given, expected, questions) => {
    const neighbour = evaluationOf({
      parts: { alias: 'other', deployment: SLOW, place: aPlaceAt('https://git.example/acme/other.git') },
    });

    const { asked, evaluations } = await hold(given, [neighbour]);

    expect(evaluations.map(({ decision: { outcome, code } }) => `${outcome} ${code}`)).toEqual([
      expected,
      'update newer-version',
    ]);
    expect(asked).toEqual(questions);
  }); // prettier-ignore

  test('says what runs, and that it cannot be read', async () => {
    const { evaluations } = await hold({ runs: UNREACHABLE });

    const [held] = evaluations;
    expect(held && 'facts' in held.decision && describeReason(held.decision)).toBe(
      'rolled back in Argo CD, which runs a version that cannot be read (commit 1111111, deployed 1970-01-01T00:00:00Z) while Git says 1.1.0 (cannot fetch); 1.2.0 is not written until Argo CD follows Git again',
    );
    expect(held?.notes?.map(({ code }) => code)).toEqual(['rolled-back-in-argo-cd']);
  });
});
