import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../src/app/decide-images.ts';
import { applyOverrides } from '../../src/app/apply-overrides.ts';
import type { Decision } from '../../src/core/selection/decision.ts';
import type { ChoiceFacts } from '../../src/core/reasons/reason.ts';
import { LynceusError } from '../../src/errors.ts';
import type { HistoryCommit, HistoryRequest, WriterSession } from '../../src/ports/writer.ts';
import { FILE, history } from '../core/overrides/commits.ts';
import { aPlace, aTracked, type TrackedParts } from '../helpers/policies.ts';

const CHOICE: ChoiceFacts = {
  chosen: { tag: '1.4.2', digest: undefined },
  strategy: { kind: 'semver', constraint: '' },
  considered: 2,
};
const UPDATE: Decision = {
  outcome: 'update',
  code: 'newer-version',
  facts: { ...CHOICE, present: { name: undefined, tag: '1.4.1', digest: undefined } },
  to: CHOICE.chosen,
  labels: {},
};
const CURRENT: Decision = {
  outcome: 'current',
  code: 'up-to-date',
  facts: CHOICE,
  candidate: CHOICE.chosen,
};

interface Wish {
  readonly policy?: TrackedParts;
  readonly decision?: Decision;
  readonly hold?: string;
  readonly path?: string;
}

function aVerdict({ policy = {}, decision = UPDATE, hold, path = FILE }: Wish = {}): Evaluation {
  const image = { name: undefined, tag: '1.4.1', digest: undefined };
  const presence = { kind: 'present', image, ...(hold === undefined ? {} : { hold }) } as const;
  return { tracked: aTracked(policy), present: { kind: 'read', presence, path }, decision };
}

interface Asked {
  readonly base: string;
  readonly paths: readonly string[];
  readonly reach: HistoryRequest['reach'];
}

/** A session that tells the same history of every branch, and what it was asked. */
function telling(
  told: readonly HistoryCommit[] | LynceusError,
  far: readonly HistoryCommit[] | LynceusError = told,
): {
  readonly session: Pick<WriterSession, 'history'>;
  readonly asked: readonly Asked[];
} {
  const asked: Asked[] = [];
  const session = {
    history: (place: { readonly base: string }, { paths, reach }: HistoryRequest) => {
      asked.push({ base: place.base, paths, reach });
      const answer = reach === 'far' ? far : told;
      return answer instanceof LynceusError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { session, asked };
}

const REVERTED = history('update 1.4.1 -> 1.4.2', 'Ada: x').map((commit) => ({
  ...commit,
  email: '',
  at: 0,
}));
const BY_HAND: HistoryCommit = {
  sha: 'a'.repeat(40),
  author: 'Ada',
  email: '',
  at: 0,
  message: '',
  committedBy: 'others',
  paths: [FILE],
};
const OPTIONS = { concurrency: 2, signal: new AbortController().signal };

describe('respectPeople', () => {
  test('asks each branch once, for the files that are about to be written', async () => {
    const { session, asked } = telling([]);
    const staging = { place: aPlace({ base: 'staging' }) };
    const verdicts = [
      aVerdict({ path: 'b.yaml' }),
      aVerdict({ path: 'a.yaml' }),
      aVerdict({ path: 'a.yaml', policy: { alias: 'web' } }),
      aVerdict({ path: 'c.yaml', policy: staging }),
      aVerdict({ path: 'current.yaml', decision: CURRENT }),
      aVerdict({ path: 'never.yaml', policy: { rollback: 'never-hold' } }),
    ];

    expect((await applyOverrides(verdicts, session, OPTIONS)).evaluations).toEqual(verdicts);
    expect(asked).toEqual([
      { base: 'main', paths: ['a.yaml', 'b.yaml'], reach: 'recent' },
      { base: 'staging', paths: ['c.yaml'], reach: 'recent' },
      // There is no record of these places.
      { base: 'main', paths: ['a.yaml', 'b.yaml'], reach: 'far' },
      { base: 'staging', paths: ['c.yaml'], reach: 'far' },
    ]);
  });

  test('asks the history for an image without a rule for rollbacks where a check may have taken it back', async () => {
    const { session } = telling(
      history('update 1.4.1 -> 1.4.2', 'rollback 1.4.2 -> 1.4.1 by slo-errors').map((commit) => ({
        ...commit,
        email: '',
        at: 0,
      })),
    );
    const never = aVerdict({ policy: { rollback: 'never-hold' } });
    const decide = async (mayBeTakenBack: () => boolean) =>
      (await applyOverrides([never], session, { ...OPTIONS, mayBeTakenBack })).evaluations[0]?.decision.code;
    expect(await decide(() => true)).toBe('rolled-back');
    expect(await decide(() => false)).toBe('newer-version');
  });

  test('looks no further back where the recent commits show each place', async () => {
    const { session, asked } = telling(REVERTED, new LynceusError('git-failed', 'not asked'));
    const [verdict] = (await applyOverrides([aVerdict()], session, OPTIONS)).evaluations;
    expect(verdict?.decision.outcome).toBe('held');
    expect(asked.map(({ reach }) => reach)).toEqual(['recent']);
  });

  test('finds a rollback that the recent commits do not show, and another image is written', async () => {
    const { session } = telling([], REVERTED);
    const other = aVerdict({
      policy: { alias: 'web', file: { kind: 'helm-values', path: 'b.yaml' } },
      path: 'b.yaml',
    });
    const decisions = (await applyOverrides([aVerdict(), other], session, OPTIONS)).evaluations.map(
      ({ decision }) => decision,
    );
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['held', 'update']);
  });

  test('fails only for what is not shown when further back cannot be read', async () => {
    const written = history('update 1.4.0 -> 1.4.1').map((commit) => ({ ...commit, email: '', at: 0 }));
    const { session } = telling(written, new LynceusError('git-timeout', 'too slow'));
    const other = aVerdict({
      policy: { alias: 'web', file: { kind: 'helm-values', path: 'b.yaml' } },
      path: 'b.yaml',
    });
    const decisions = (await applyOverrides([aVerdict(), other], session, OPTIONS)).evaluations.map(
      ({ decision }) => decision,
    );
    expect(decisions.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['update', 'newer-version'],
      ['failed', 'git-timeout'],
    ]);
  });

  const PEER = [
    { ...BY_HAND, message: 'an old tag again' },
    {
      ...BY_HAND,
      committedBy: 'peer' as const,
      message: "build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\n",
    },
  ];
  const web = { alias: 'web', image: 'ghcr.io/acme/web' };
  test.each([
    { when: 'the image is the only one of its name', policy: {}, beside: [{ policy: web }], outcome: 'held' },
    { when: 'another one has its name', policy: {}, beside: [{ policy: { alias: 'b' } }], outcome: 'update' },
    {
      when: 'it is one of another Application',
      policy: { application: { namespace: '', name: 'cart' } },
      beside: [],
      outcome: 'update',
    },
    { when: 'it is another image', policy: web, beside: [], outcome: 'update' },
    { when: 'it is in another file', policy: {}, path: 'b.yaml', beside: [], outcome: 'update' },
    {
      when: 'our commits have no records either',
      policy: {},
      beside: [],
      trailers: false,
      outcome: 'update',
    },
  ])(
    'a commit of Argo CD Image Updater that was taken back: $when',
    async ({ policy, path, beside, trailers, outcome }) => {
      const verdicts = [
        aVerdict({ policy, ...(path === undefined ? {} : { path }) }),
        ...beside.map((one) => aVerdict(one)),
      ];
      const options = trailers === undefined ? OPTIONS : { ...OPTIONS, trailers };
      const [verdict] = (await applyOverrides(verdicts, telling(PEER).session, options)).evaluations;
      expect(verdict?.decision.outcome).toBe(outcome);
    },
  );

  test('costs nothing when there is nothing to write', async () => {
    const { session, asked } = telling(REVERTED);
    const [verdict] = (await applyOverrides([aVerdict({ decision: CURRENT })], session, OPTIONS)).evaluations;
    expect(verdict?.decision).toEqual(CURRENT);
    expect(asked).toEqual([]);
  });

  test('holds what was rolled back, and tells what it kept back', async () => {
    const [verdict] = (await applyOverrides([aVerdict()], telling(REVERTED).session, OPTIONS)).evaluations;
    expect(verdict?.decision).toMatchObject({
      outcome: 'held',
      code: 'rolled-back',
      candidate: { tag: '1.4.2' },
    });
  });

  test('holds what a comment holds', async () => {
    const [verdict] = (await applyOverrides([aVerdict({ hold: 'audit' })], telling([]).session, OPTIONS))
      .evaluations;
    expect(verdict?.decision).toMatchObject({ outcome: 'held', code: 'pinned' });
  });

  test('writes nothing where the history cannot be read', async () => {
    const down = telling(new LynceusError('git-unreachable', 'no route to host')).session;
    const verdicts = [
      aVerdict(),
      aVerdict({ hold: '' }),
      aVerdict({ policy: { rollback: 'never-hold', place: aPlace({ base: 'x' }) } }),
    ];
    const decisions = (await applyOverrides(verdicts, down, OPTIONS)).evaluations.map(
      ({ decision }) => decision,
    );
    expect(decisions.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'git-unreachable'],
      ['held', 'pinned'],
      ['update', 'newer-version'],
    ]);
  });
});
