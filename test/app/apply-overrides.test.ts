import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../src/app/decide-images.ts';
import { applyOverrides } from '../../src/app/apply-overrides.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { ChoiceFacts } from '../../src/core/reason.ts';
import { LynceusError } from '../../src/errors.ts';
import type { HistoryCommit, WriterSession } from '../../src/ports/writer.ts';
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
}

/** A session that tells the same history of every branch, and what it was asked. */
function telling(told: readonly HistoryCommit[] | LynceusError): {
  readonly session: Pick<WriterSession, 'history'>;
  readonly asked: readonly Asked[];
} {
  const asked: Asked[] = [];
  const session = {
    history: (place: { readonly base: string }, paths: readonly string[]) => {
      asked.push({ base: place.base, paths });
      return told instanceof LynceusError ? Promise.reject(told) : Promise.resolve(told);
    },
  };
  return { session, asked };
}

const REVERTED = history('update 1.4.1 -> 1.4.2', 'Ada: x').map((commit) => ({
  ...commit,
  email: '',
  at: 0,
}));
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

    expect(await applyOverrides(verdicts, session, OPTIONS)).toEqual(verdicts);
    expect(asked).toEqual([
      { base: 'main', paths: ['a.yaml', 'b.yaml'] },
      { base: 'staging', paths: ['c.yaml'] },
    ]);
  });

  test('costs nothing when there is nothing to write', async () => {
    const { session, asked } = telling(REVERTED);
    const [verdict] = await applyOverrides([aVerdict({ decision: CURRENT })], session, OPTIONS);
    expect(verdict?.decision).toEqual(CURRENT);
    expect(asked).toEqual([]);
  });

  test('holds what was rolled back, and tells what it kept back', async () => {
    const [verdict] = await applyOverrides([aVerdict()], telling(REVERTED).session, OPTIONS);
    expect(verdict?.decision).toMatchObject({
      outcome: 'held',
      code: 'rolled-back',
      candidate: { tag: '1.4.2' },
    });
  });

  test('holds what a comment holds', async () => {
    const [verdict] = await applyOverrides([aVerdict({ hold: 'audit' })], telling([]).session, OPTIONS);
    expect(verdict?.decision).toMatchObject({ outcome: 'held', code: 'pinned' });
  });

  test('writes nothing where the history cannot be read', async () => {
    const down = telling(new LynceusError('git-unreachable', 'no route to host')).session;
    const verdicts = [
      aVerdict(),
      aVerdict({ hold: '' }),
      aVerdict({ policy: { rollback: 'never-hold', place: aPlace({ base: 'x' }) } }),
    ];
    const decisions = (await applyOverrides(verdicts, down, OPTIONS)).map(({ decision }) => decision);
    expect(decisions.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'git-unreachable'],
      ['held', 'pinned'],
      ['update', 'newer-version'],
    ]);
  });
});
