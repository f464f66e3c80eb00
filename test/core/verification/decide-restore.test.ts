import { describe, expect, test } from 'vitest';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import type { PresentImage } from '../../../src/core/policy.ts';
import { decideRestore } from '../../../src/core/verification/decide-restore.ts';
import { FILE, history, KEY } from '../overrides/commits.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

interface Row {
  readonly when: string;
  /** Oldest first. */
  readonly happened: readonly string[];
  /** Which of them failed, counted from 1. */
  readonly failed?: number;
  readonly says: Partial<PresentImage> | undefined;
  readonly hold?: string;
  /** The version that is restored, `done`, or the code of the reason. */
  readonly result: string;
}

const W2 = 'update 1.4.1 -> 1.4.2';
const V1 = { tag: '1.4.1' };
const V2 = { tag: '1.4.2' };

const ROWS: readonly Row[] = [
  { when: 'the file says what we wrote', happened: [W2], says: V2, result: '1.4.1' },
  {
    when: 'people committed other things since',
    happened: [W2, 'Ada: x', 'Bob: y'],
    says: V2,
    result: '1.4.1',
  },
  { when: 'it was promoted', happened: ['promote 1.4.1 -> 1.4.2 by Ada'], says: V2, result: '1.4.1' },
  {
    when: 'a person set it by command, as nobody verifies',
    happened: ['set 1.4.1 -> 1.4.2 by Ada'],
    says: V2,
    result: '1.4.1',
  },
  {
    when: 'it has digests',
    happened: [`update 1.4.1@${DIGEST} -> 1.4.2@${OTHER}`],
    says: { tag: '1.4.2', digest: OTHER },
    result: `1.4.1@${DIGEST}`,
  },
  {
    when: 'it is a digest alone',
    happened: [`update ${DIGEST} -> ${OTHER}`],
    says: { digest: OTHER },
    result: `@${DIGEST}`,
  },
  {
    when: 'there is a place for the digest alone',
    happened: [`update main@${DIGEST} -> main@${OTHER}`],
    says: { digest: OTHER },
    result: `main@${DIGEST}`,
  },
  { when: 'somebody took it back', happened: [W2, 'Ada: reverts 1'], says: V1, result: 'done' },
  {
    when: 'a check took it back, as after a crash',
    happened: [W2, 'rollback 1.4.2 -> 1.4.1 by slo-errors'],
    says: V1,
    result: 'done',
  },
  {
    when: 'a person set another',
    happened: [W2, 'Ada: x'],
    says: { tag: '1.5.0' },
    result: 'changed-meanwhile',
  },
  { when: 'a person removed it', happened: [W2, 'Ada: x'], says: undefined, result: 'changed-meanwhile' },
  {
    when: 'a person pinned the digest',
    happened: [W2, 'Ada: x'],
    says: { tag: '1.4.2', digest: DIGEST },
    result: 'changed-meanwhile',
  },
  {
    when: 'one of two keys was changed',
    happened: [W2, 'Ada: x'],
    says: { ...V2, differing: [{ name: undefined, tag: '1.4.1', digest: undefined }] },
    result: 'changed-meanwhile',
  },
  {
    when: 'we wrote a newer one',
    happened: [W2, 'update 1.4.2 -> 1.4.3'],
    failed: 1,
    says: { tag: '1.4.3' },
    result: 'changed-meanwhile',
  },
  {
    when: 'a person set the very same',
    happened: [W2, 'set 1.4.2 -> 1.4.2 by Ada'],
    failed: 1,
    says: V2,
    result: 'changed-meanwhile',
  },
  {
    when: 'a person released it',
    happened: [W2, 'release'],
    failed: 1,
    says: V2,
    result: 'changed-meanwhile',
  },
  { when: 'a person holds it', happened: [W2], says: V2, hold: 'we look', result: 'held-by-person' },
  {
    when: 'a person held it, and released the comment',
    happened: [W2, 'hold by Ada'],
    failed: 1,
    says: V2,
    result: '1.4.1',
  },
  { when: 'it was the first', happened: ['update - -> 1.4.2'], says: V2, result: 'no-version-before' },
  {
    when: 'a rollback restored it',
    happened: ['update 1.4.2 -> 1.4.3', 'rollback 1.4.3 -> 1.4.2 by slo-errors'],
    failed: 2,
    says: V2,
    result: 'restored-version',
  },
  {
    when: 'a check took back the version before, which came back without us',
    happened: ['update 1.4.0 -> 1.4.1', 'rollback 1.4.1 -> 1.4.0 by health', 'Ada: x', W2],
    failed: 4,
    says: V2,
    result: 'version-before-rolled-back',
  },
  {
    when: 'a check took back the version before, and a person set it again',
    happened: ['update 1.4.0 -> 1.4.1', 'rollback 1.4.1 -> 1.4.0 by health', 'set 1.4.0 -> 1.4.1 by Ada', W2],
    failed: 4,
    says: V2,
    result: '1.4.1',
  },
  { when: 'nothing of it is recorded', happened: ['Ada: x'], says: V2, result: 'no-record' },
  {
    when: 'the record is of another key',
    happened: [`${W2} at ${FILE} other.tag`],
    says: V2,
    result: 'no-record',
  },
];

function ask({ happened, failed = 1, says, hold }: Row): string {
  const commits = history(...happened);
  const present = says && { name: undefined, tag: undefined, digest: undefined, ...says };
  const place = { file: FILE, key: KEY, path: FILE, history: indexHistory(commits) };
  const commit = commits.at(-failed)?.sha ?? '';
  const decided = decideRestore({ commit, place, present, hold });
  if (decided.kind === 'held') return decided.hold.code;
  if (decided.kind === 'done') return 'done';
  const { tag, digest } = decided.to;
  return digest === undefined ? tag : `${tag}@${digest}`;
}

describe('decideRestore', () => {
  test.each(ROWS)('$when: $result', (row) => {
    expect(ask(row)).toBe(row.result);
  });

  test('what is written to the live Application has no history', () => {
    const decided = decideRestore({ commit: 'c', place: undefined, present: undefined, hold: undefined });
    expect(decided).toEqual({ kind: 'held', hold: { code: 'not-in-git', facts: {} } });
  });
});
