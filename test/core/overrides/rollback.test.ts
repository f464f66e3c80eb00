import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import { findRollback, type RollbackInput } from '../../../src/core/overrides/rollback.ts';
import type { PresentImage, Strategy } from '../../../src/core/policy.ts';
import { aCommit, FILE, history, KEY } from './commits.ts';

const SEMVER: Strategy = { kind: 'semver', constraint: '' };
const BY_NAME: Strategy = { kind: 'alphabetical' };
const NEWEST: Strategy = { kind: 'newest-build' };
const BY_NUMBER: Strategy = {
  kind: 'semver',
  constraint: '',
  order: { by: 'numeric', expression: '^build-([0-9]+)$' },
};
const DIGEST: Strategy = { kind: 'digest', tag: 'main' };

interface Row {
  readonly when: string;
  /** Oldest first. */
  readonly happened: readonly string[];
  /** What the file says: `1.4.1`, `main@sha256:a`, or nothing. */
  readonly says: string | undefined;
  readonly candidate: string;
  readonly strategy?: Strategy;
  readonly rule?: RollbackInput['rule'];
  /** The reason, or a part of it; `undefined` when nothing is held. */
  readonly held: string | undefined;
}

function versionOf(text: string): { readonly tag: string; readonly digest: string | undefined } {
  const [tag = '', digest] = text.split('@');
  return { tag, digest };
}

/** A digest without a tag has its key alone. */
function presentOf(text: string): Omit<PresentImage, 'name'> {
  return text.startsWith('sha256:') ? { tag: undefined, digest: text } : versionOf(text);
}

function ask({
  happened,
  says,
  candidate,
  strategy = SEMVER,
  rule = 'resume-on-newer',
}: Omit<Row, 'when' | 'held'>): string | undefined {
  const present: PresentImage | undefined =
    says === undefined ? undefined : { name: undefined, ...presentOf(says) };
  return sentence({
    file: FILE,
    key: KEY,
    path: FILE,
    strategy,
    rule,
    present,
    candidate: versionOf(candidate),
    history: indexHistory(history(...happened)),
  });
}

function sentence(input: RollbackInput): string | undefined {
  const facts = findRollback(input);
  return facts && describeReason({ code: 'rolled-back', facts });
}

const W2 = 'update 1.4.1 -> 1.4.2';
const W3 = 'update 1.4.2 -> 1.4.3';
const REVERT = 'Ada Lovelace: Revert x reverts 1';
const TAKEN_BACK = 'rollback 1.4.2 -> 1.4.1 by slo-errors';
const BY_SLO =
  'rolled back from 1.4.2 to 1.4.1 by the check slo-errors in 0202020; 1.4.2 and older are not written again';
const BY_ADA =
  'rolled back from 1.4.2 to 1.4.1 by Ada Lovelace in 0202020; 1.4.2 and older are not written again';

const ROWS: readonly Row[] = [
  { when: 'nobody wrote anything', happened: [], says: '1.4.1', candidate: '1.4.2', held: undefined },
  {
    when: 'our commit is further back than is read',
    happened: [REVERT],
    says: '1.4.1',
    candidate: '1.4.2',
    held: undefined,
  },
  { when: 'the file says what we wrote', happened: [W2], says: '1.4.2', candidate: '1.4.3', held: undefined },
  {
    when: 'our commit was reverted',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: '1.4.2',
    held: BY_ADA,
  },
  {
    when: 'and there is something newer',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'and what is left is older still',
    happened: [W2, REVERT],
    says: '1.4.0',
    candidate: '1.4.1',
    held: 'rolled back from 1.4.2 to 1.4.0',
  },
  {
    when: 'and a pre-release of it is offered',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: '1.4.2-rc.1',
    held: BY_ADA,
  },
  {
    when: 'and it is offered under another spelling',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: 'v1.4.2',
    held: BY_ADA,
  },
  {
    when: 'and it waits for a release',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: '2.0.0',
    rule: 'until-released',
    held: 'nothing is written until it is released',
  },
  {
    when: 'the revert was reverted',
    happened: [W2, REVERT, 'Bob: Reapply reverts 2'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'two of ours were taken back',
    happened: [W2, W3, 'Ada: back'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.3 to 1.4.1 by Ada in 0303030; 1.4.3 and older',
  },
  {
    when: 'the last of two was taken back',
    happened: [W2, W3, 'Ada: reverts 2'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: 'rolled back from 1.4.3 to 1.4.2',
  },
  {
    when: 'it went on after a rollback',
    happened: [W2, REVERT, 'update 1.4.1 -> 1.4.3'],
    says: '1.4.3',
    candidate: '1.4.4',
    held: undefined,
  },
  {
    when: 'and was rolled back once more',
    happened: [W2, REVERT, 'update 1.4.1 -> 1.4.3', 'Bob: reverts 3'],
    says: '1.4.1',
    candidate: '1.4.3',
    held: 'by Bob in 0404040',
  },
  {
    when: 'an older tag was set by hand',
    happened: [W3, 'Ada: fix'],
    says: '1.3.9',
    candidate: '1.4.3',
    held: 'rolled back from 1.4.3 to 1.3.9 by Ada',
  },
  {
    when: 'a newer tag was set by hand',
    happened: [W2, 'Ada: go'],
    says: '1.5.0',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'the same, and it waits for releases',
    happened: [W2, 'Ada: go'],
    says: '1.5.0',
    candidate: '1.6.0',
    rule: 'until-released',
    held: undefined,
  },
  {
    when: 'an unrelated tag was set by hand',
    happened: [W2, 'Ada: debug'],
    says: 'main-debug',
    candidate: '1.4.2',
    held: 'changed by hand from 1.4.2 to main-debug by Ada in 0202020; 1.4.2 and older',
  },
  {
    when: 'an unrelated tag, and something newer',
    happened: [W2, 'Ada: debug'],
    says: 'main-debug',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'our first write was reverted',
    happened: ['update - -> 1.4.2', REVERT],
    says: undefined,
    candidate: '1.4.2',
    held: 'changed by hand from 1.4.2 to nothing by Ada Lovelace',
  },
  {
    when: 'a digest was pinned beside our tag',
    happened: [W2, 'Ada: pin'],
    says: '1.4.2@sha256:a',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'our commit was amended and says something else',
    happened: [W2],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by somebody since 0101010',
  },
  {
    when: 'another tool wrote without a record',
    happened: [W2, 'argocd-image-updater: build: automatic update'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by argocd-image-updater in 0202020',
  },
  {
    when: 'the record is of another key',
    happened: [`${W2} at ${FILE} sidecar.tag`],
    says: '1.4.1',
    candidate: '1.4.2',
    held: undefined,
  },
  {
    when: 'the file was moved',
    happened: [`${W2} at old/values.yaml ${KEY}`],
    says: '1.4.1',
    candidate: '1.4.2',
    held: undefined,
  },
  {
    when: 'a commit to another file came after it',
    happened: [W2, 'Eve@other.yaml: x', 'Ada: y'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by Ada in 0303030',
  },
  {
    when: 'of several commits none is a revert',
    happened: [W2, 'Ada: x', 'Bob: y'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by one of 2 commits since 0101010, the latest by Bob in 0303030',
  },
  {
    when: 'of several commits one is the revert',
    happened: [W2, 'Ada: reverts 1', 'Bob: y'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by Ada in 0202020',
  },
  {
    when: 'we wrote another key since',
    happened: [W2, 'Ada: x', `update 1 -> 2 at ${FILE} sidecar.tag`],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'by Ada in 0202020',
  },
  {
    when: 'a person set an older version, we wrote before',
    happened: [W2, 'set 1.4.2 -> 1.4.0 by Ada'],
    says: '1.4.0',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.2 to 1.4.0 by Ada in 0202020',
  },
  {
    when: 'a person set an older version, we never wrote',
    happened: ['set 1.4.2 -> 1.4.0 by Ada'],
    says: '1.4.0',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.2 to 1.4.0 by Ada in 0101010',
  },
  {
    when: 'a person set a newer version',
    happened: [W2, 'set 1.4.2 -> 1.5.0 by Ada'],
    says: '1.5.0',
    candidate: '1.6.0',
    held: undefined,
  },
  {
    when: 'what a person set was reverted',
    happened: ['set 1.4.1 -> 1.5.0 by Ada', 'Bob: reverts 1'],
    says: '1.4.1',
    candidate: '1.5.0',
    held: 'rolled back from 1.5.0 to 1.4.1 by Bob',
  },
  {
    when: 'one set 1.4.2, another went on back',
    happened: ['update 1.4.2 -> 1.4.3', 'set 1.4.3 -> 1.4.2 by Ada', 'Bob: x'],
    says: '1.4.1',
    candidate: '1.4.3',
    held: 'rolled back from 1.4.3 to 1.4.1',
  },
  {
    when: 'a person set again what was taken back',
    happened: [W2, REVERT, 'set 1.4.1 -> 1.4.2 by Ada'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'a person released it',
    happened: [W2, REVERT, 'release'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: undefined,
  },
  {
    when: 'a person released it who had to',
    happened: [W2, REVERT, 'release'],
    says: '1.4.1',
    candidate: '1.4.2',
    rule: 'until-released',
    held: undefined,
  },
  {
    when: 'it was taken back after the release',
    happened: [W2, 'release', W3, 'Ada: x'],
    says: '1.4.1',
    candidate: '1.4.3',
    held: 'rolled back from 1.4.3',
  },
  {
    when: 'a hold is no version',
    happened: [W2, 'hold by Ada'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  // What a check took back.
  {
    when: 'a check took it back',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.2',
    held: BY_SLO,
  },
  {
    when: 'a check took it back, and what is left is older still',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.0',
    held: BY_SLO,
  },
  {
    when: 'a check took it back, and there is something newer',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'a check took it back, and rollbacks wait for a release',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '2.0.0',
    rule: 'until-released',
    held: 'by the check slo-errors in 0202020; nothing is written until it is released',
  },
  {
    when: 'a check took it back, and rollbacks are never held',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.2',
    rule: 'never-hold',
    held: BY_SLO,
  },
  {
    when: 'a check took it back, rollbacks are never held, and there is something newer',
    happened: [W2, TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.3',
    rule: 'never-hold',
    held: undefined,
  },
  {
    when: 'a person took it back, and rollbacks are never held',
    happened: [W2, REVERT],
    says: '1.4.1',
    candidate: '1.4.2',
    rule: 'never-hold',
    held: undefined,
  },
  {
    when: 'a check took it back, a person went further back, and rollbacks are never held',
    happened: [W2, TAKEN_BACK, 'Ada: x'],
    says: '1.4.0',
    candidate: '1.4.2',
    rule: 'never-hold',
    held: 'rolled back from 1.4.2 to 1.4.0 by Ada in 0303030; 1.4.2 and older',
  },
  {
    when: 'a check took it back, and a person released it',
    happened: [W2, TAKEN_BACK, 'release'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: undefined,
  },
  {
    when: 'a check took it back, a person released it, and rollbacks are never held',
    happened: [W2, TAKEN_BACK, 'release'],
    says: '1.4.1',
    candidate: '1.4.2',
    rule: 'never-hold',
    held: undefined,
  },
  {
    when: 'a person reverted what a check took back',
    happened: [W2, TAKEN_BACK, 'Ada: reverts 2'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'a person set again what a check took back',
    happened: [W2, TAKEN_BACK, 'set 1.4.1 -> 1.4.2 by Ada'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'it went on after a check took it back',
    happened: [W2, TAKEN_BACK, 'update 1.4.1 -> 1.4.3'],
    says: '1.4.3',
    candidate: '1.4.4',
    held: undefined,
  },
  {
    when: 'a check took back the next one, too',
    happened: [W2, TAKEN_BACK, 'update 1.4.1 -> 1.4.3', 'rollback 1.4.3 -> 1.4.1 by health'],
    says: '1.4.1',
    candidate: '1.4.3',
    held: 'rolled back from 1.4.3 to 1.4.1 by the check health in 0404040; 1.4.3 and older are not written again',
  },
  {
    when: 'a check took back what was promoted',
    happened: ['update 1.4.0 -> 1.4.1', 'promote 1.4.1 -> 1.4.2 by Ada', TAKEN_BACK],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.2 to 1.4.1 by the check slo-errors in 0303030',
  },
  {
    when: 'the file says what was promoted',
    happened: [W2, REVERT, 'promote 1.4.1 -> 1.4.2 by Ada'],
    says: '1.4.2',
    candidate: '1.4.3',
    held: undefined,
  },
  {
    when: 'what was promoted was reverted',
    happened: ['promote 1.4.1 -> 1.4.2 by Ada', 'Bob: reverts 1'],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.2 to 1.4.1 by Bob',
  },
  {
    when: 'newest build: a check took it back',
    strategy: NEWEST,
    happened: ['update b1 -> b2', 'rollback b2 -> b1 by health'],
    says: 'b1',
    candidate: 'b2',
    held: 'rolled back from b2 to b1 by the check health in 0202020; neither b2 nor what was written before it is written again',
  },
  {
    when: 'newest build: a check took it back, one that was never there',
    strategy: NEWEST,
    happened: ['update b1 -> b2', 'rollback b2 -> b1 by health'],
    says: 'b1',
    candidate: 'b3',
    rule: 'never-hold',
    held: undefined,
  },
  {
    when: 'digest: a check took it back',
    strategy: DIGEST,
    happened: ['update main@sha256:a -> main@sha256:b', 'rollback main@sha256:b -> main@sha256:a by health'],
    says: 'main@sha256:a',
    candidate: 'main@sha256:b',
    rule: 'never-hold',
    held: 'rolled back from main@sha256:b to main@sha256:a by the check health',
  },
  {
    when: 'digest: a check took it back, and the tag moved on',
    strategy: DIGEST,
    happened: ['update main@sha256:a -> main@sha256:b', 'rollback main@sha256:b -> main@sha256:a by health'],
    says: 'main@sha256:a',
    candidate: 'main@sha256:c',
    held: undefined,
  },
  // Names have an order.
  {
    when: 'a number was taken back, and is a candidate again',
    happened: ['update build-26 -> build-226', REVERT],
    says: 'build-26',
    candidate: 'build-226',
    strategy: BY_NUMBER,
    held: 'rolled back from build-226 to build-26 by Ada Lovelace in 0202020; build-226 and older are not written again',
  },
  {
    when: 'a number was taken back, and a lower one is a candidate, though later by name',
    happened: ['update build-26 -> build-226', REVERT],
    says: 'build-26',
    candidate: 'build-99',
    strategy: BY_NUMBER,
    held: 'rolled back from build-226 to build-26',
  },
  {
    when: 'a number was taken back, and a higher one is a candidate, though earlier by name',
    happened: ['update build-26 -> build-226', REVERT],
    says: 'build-26',
    candidate: 'build-1000',
    strategy: BY_NUMBER,
    held: undefined,
  },
  {
    when: 'a person went on to a higher number',
    happened: ['update build-9 -> build-26', 'Ada Lovelace: by hand'],
    says: 'build-100',
    candidate: 'build-226',
    strategy: BY_NUMBER,
    held: undefined,
  },
  {
    when: 'by name: reverted',
    strategy: BY_NAME,
    happened: ['update 2026-01 -> 2026-03', REVERT],
    says: '2026-01',
    candidate: '2026-03',
    held: 'rolled back from 2026-03 to 2026-01',
  },
  {
    when: 'by name: never written, but lower',
    strategy: BY_NAME,
    happened: ['update 2026-01 -> 2026-03', REVERT],
    says: '2026-01',
    candidate: '2026-02',
    held: '2026-03 and older',
  },
  {
    when: 'by name: higher',
    strategy: BY_NAME,
    happened: ['update 2026-01 -> 2026-03', REVERT],
    says: '2026-01',
    candidate: '2026-04',
    held: undefined,
  },
  {
    when: 'by name: unrelated, though last by name',
    strategy: BY_NAME,
    happened: ['update 2026-01 -> 2026-03', REVERT],
    says: 'main-debug',
    candidate: '2026-03',
    held: 'from 2026-03 to main-debug',
  },
  // Builds and digests have none.
  {
    when: 'newest build: reverted',
    strategy: NEWEST,
    happened: ['update b1 -> b2', REVERT],
    says: 'b1',
    candidate: 'b2',
    held: 'changed by hand from b2 to b1 by Ada Lovelace in 0202020; neither b2 nor what was written before it is written again',
  },
  {
    when: 'newest build: one that was never there',
    strategy: NEWEST,
    happened: ['update b1 -> b2', REVERT],
    says: 'b1',
    candidate: 'b3',
    held: undefined,
  },
  {
    when: 'newest build: one that was written before',
    strategy: NEWEST,
    happened: ['update b0 -> b1', 'update b1 -> b2', 'Ada: x'],
    says: 'b0',
    candidate: 'b1',
    held: 'from b2 to b0',
  },
  // What was verified was written with its digest; the candidate is known by its tag until it is verified again.
  {
    when: 'newest build: written with its digest, reverted',
    strategy: NEWEST,
    happened: ['update b1 -> b2@sha256:b', REVERT],
    says: 'b1',
    candidate: 'b2',
    held: 'changed by hand from b2@sha256:b to b1',
  },
  {
    when: 'newest build: written with its digest, reverted to one with a digest',
    strategy: NEWEST,
    happened: ['update b0 -> b1@sha256:a', 'update b1@sha256:a -> b2@sha256:b', REVERT],
    says: 'b1@sha256:a',
    candidate: 'b2',
    held: 'changed by hand from b2@sha256:b to b1@sha256:a',
  },
  {
    when: 'newest build: written with its digest, and another one was built',
    strategy: NEWEST,
    happened: ['update b1 -> b2@sha256:b', REVERT],
    says: 'b1',
    candidate: 'b3',
    held: undefined,
  },
  {
    when: 'versions with digests: reverted',
    happened: ['update 1.4.1 -> 1.4.2@sha256:b', REVERT],
    says: '1.4.1',
    candidate: '1.4.2',
    held: 'rolled back from 1.4.2@sha256:b to 1.4.1',
  },
  {
    when: 'newest build: until released',
    strategy: NEWEST,
    rule: 'until-released',
    happened: ['update b1 -> b2', REVERT],
    says: 'b1',
    candidate: 'b3',
    held: 'until it is released',
  },
  {
    when: 'digest: reverted',
    strategy: DIGEST,
    happened: ['update main@sha256:a -> main@sha256:b', REVERT],
    says: 'main@sha256:a',
    candidate: 'main@sha256:b',
    held: 'from main@sha256:b to main@sha256:a',
  },
  {
    when: 'digest: the tag moved on',
    strategy: DIGEST,
    happened: ['update main@sha256:a -> main@sha256:b', REVERT],
    says: 'main@sha256:a',
    candidate: 'main@sha256:c',
    held: undefined,
  },
  {
    when: 'digest: the file says what we wrote',
    strategy: DIGEST,
    happened: ['update main@sha256:a -> main@sha256:b'],
    says: 'main@sha256:b',
    candidate: 'main@sha256:c',
    held: undefined,
  },
  {
    when: 'a digest alone: the file says what we wrote',
    happened: ['update 1.4.1@sha256:a -> 1.4.2@sha256:b'],
    says: 'sha256:b',
    candidate: '1.4.2@sha256:c',
    held: undefined,
  },
  {
    when: 'a digest alone: reverted',
    happened: ['update 1.4.1@sha256:a -> 1.4.2@sha256:b', REVERT],
    says: 'sha256:a',
    candidate: '1.4.2@sha256:b',
    held: 'from 1.4.2@sha256:b to sha256:a',
  },
];

describe('findRollback', () => {
  test.each(ROWS)('$when: $candidate', ({ held, ...row }) => {
    const reason = ask(row);
    if (held === undefined) expect(reason).toBeUndefined();
    else expect(reason).toContain(held);
  });

  test('never holds what is newer than everything that was ever written, and never lets through what was taken back', () => {
    const version = fc.tuple(fc.nat(3), fc.nat(3)).map(([minor, patch]) => `1.${minor}.${patch}`);
    fc.assert(
      fc.property(fc.array(version, { minLength: 1, maxLength: 5 }), version, (written, says) => {
        const happened = [...written.map((to) => `update 1.0.0 -> ${to}`), 'Ada: x'];
        expect(ask({ happened, says, candidate: '2.0.0' })).toBeUndefined();
        const last = written.at(-1) ?? '';
        const isBack = Number(says.replaceAll('.', '')) < Number(last.replaceAll('.', ''));
        expect(ask({ happened, says, candidate: last }) !== undefined).toBe(isBack);
      }),
    );
  });

  test('shows no more of a name than is fit to be shown', () => {
    const commits = history(W2, 'x').map((commit) => ({
      ...commit,
      author: `Ada\n\u202e${'a'.repeat(100)}`,
    }));
    const reason = sentence({
      file: FILE,
      key: KEY,
      path: FILE,
      strategy: SEMVER,
      rule: 'resume-on-newer',
      present: { name: undefined, ...versionOf('1.4.1') },
      candidate: versionOf('1.4.2'),
      history: indexHistory(commits),
    });
    expect(reason).toMatch(/by Ada a{56}… in/);
  });
});

describe('records of one place under two names', () => {
  const REAL = 'real/shop/values.yaml';
  const place = { file: REAL, namedFile: FILE, key: KEY, path: REAL, strategy: SEMVER } as const;

  test.each([
    {
      when: 'written through the link, taken back',
      happened: [`update 1 -> 2 at ${FILE} ${KEY}`, `Ada@${REAL}: x`],
      held: '2',
    },
    {
      when: 'written to the file, taken back',
      happened: [`update 1 -> 2 at ${REAL} ${KEY}`, `Ada@${REAL}: x`],
      held: '2',
    },
    {
      when: 'taken back after both, the newer one counts',
      happened: [`update 1 -> 2 at ${REAL} ${KEY}`, `update 2 -> 3 at ${FILE} ${KEY}`, `Ada@${REAL}: x`],
      held: '3',
    },
    {
      when: 'released by the one name',
      happened: [`update 1 -> 2 at ${FILE} ${KEY}`, `Ada@${REAL}: x`, `release 1 at ${REAL} ${KEY}`],
      held: undefined,
    },
    {
      when: 'another file',
      happened: [`update 1 -> 2 at other.yaml ${KEY}`, `Ada@${REAL}: x`],
      held: undefined,
    },
  ])('$when', ({ happened, held }) => {
    const facts = findRollback({
      ...place,
      rule: 'until-released',
      present: { name: undefined, ...versionOf('1') },
      // Git knows the file behind the link only.
      history: indexHistory(history(...happened).map((commit) => ({ ...commit, paths: [REAL] }))),
    });
    expect(facts?.from).toBe(held);
  });
});

describe('what Argo CD Image Updater wrote', () => {
  const peer = { application: 'shop', image: 'acme/api' };
  const wrote = (from: string, to: string, file = FILE) => ({
    ...aCommit(`x@${file}: x`, 1),
    committedBy: 'peer' as const,
    message: `build: automatic update of shop\n\nupdates image acme/api tag '${from}' to '${to}'\n`,
  });
  const [byAda] = history('Ada: an old tag');
  const digest = `sha256:${'b'.repeat(64)}`;

  test.each([
    { when: 'is there', commits: [wrote('1.0', '1.1')], says: '1.1', candidate: '1.2', held: undefined },
    {
      when: 'was taken back',
      commits: [byAda, wrote('1.0', '1.1')],
      says: '1.0',
      candidate: '1.1',
      held: '1.1',
    },
    {
      when: 'was taken back two steps',
      commits: [byAda, wrote('1.1', '1.2'), wrote('1.0', '1.1')],
      says: '1.0',
      candidate: '1.2',
      held: '1.2',
    },
    {
      when: 'was taken back, and something newer is there',
      commits: [byAda, wrote('1.0', '1.1')],
      says: '1.0',
      candidate: '1.2',
      held: undefined,
    },
    {
      when: 'is a digest',
      commits: [wrote('main', digest)],
      says: `main@${digest}`,
      candidate: '9',
      held: undefined,
    },
    {
      when: 'was in another file',
      commits: [byAda, wrote('1.0', '1.1', 'other.yaml')],
      says: '1.0',
      candidate: '1.1',
      held: undefined,
    },
    {
      when: 'came before a write of ours',
      commits: [aCommit('update 1.0 -> 1.2', 3), byAda, wrote('1.0', '1.1')],
      says: '1.2',
      candidate: '1.3',
      held: undefined,
    },
  ])('$when', ({ commits, says, candidate, held }) => {
    const facts = findRollback({
      file: FILE,
      key: KEY,
      path: FILE,
      peer,
      strategy: SEMVER,
      rule: 'resume-on-newer',
      present: { name: undefined, ...versionOf(says) },
      candidate: versionOf(candidate),
      history: indexHistory(commits.flatMap((commit) => commit ?? [])),
    });
    expect(facts?.from).toBe(held);
  });
});

test('a history with a record for each of many images is read once for all of them', () => {
  const names = Array.from({ length: 500 }, (_, index) => `image-${index}`);
  const lines = names
    .map((name) => `update 1.4.1 -> 1.4.2 at ${FILE} ${name}`)
    .map((text, index) => aCommit(text, index));
  const message = lines.map((commit) => commit.message.split('\n\n')[1] ?? '').join('');
  const commits = Array.from({ length: 50 }, (_, index) => ({
    sha: `${index}`.padStart(40, 'a'),
    author: 'us',
    paths: [FILE],
    committedBy: 'us' as const,
    message: `x\n\n${message}`,
  }));
  let reads = 0;
  const counted = commits.map((commit) => ({
    ...commit,
    get message() {
      reads += 1;
      return commit.message;
    },
  }));
  const present = { name: undefined, ...versionOf('1.4.2') };
  const question = {
    file: FILE,
    path: FILE,
    strategy: SEMVER,
    rule: 'resume-on-newer',
    present,
    candidate: versionOf('1.4.3'),
    history: indexHistory(counted),
  } as const;
  for (const key of names) expect(findRollback({ ...question, key })).toBeUndefined();
  expect(reads).toBe(50);
});
