import type { ChosenImage } from '../change.ts';
import { isDigest } from '../image/grammar.ts';
import { isChosen } from '../overrides/record.ts';
import type { FoundRecord } from '../overrides/record-index.ts';
import { knownRecords, type PlaceInHistory } from '../overrides/rollback.ts';
import type { PresentImage } from '../policy.ts';
import { eachPresent, versionText } from '../presence.ts';
import type { RollbackHold } from '../reasons/rollback-hold.ts';

export interface RestoreInput {
  /** The commit whose version failed. */
  readonly commit: string;
  /** Where the image is in the history of its branch; `undefined` for one that is not in Git. */
  readonly place: PlaceInHistory | undefined;
  /** What the file has; `undefined` when it does not contain the image. */
  readonly present: PresentImage | undefined;
  /** The reason of the annotation or comment that holds the image, `''` for none; `undefined` when nothing does. */
  readonly hold: string | undefined;
}

/** `to`: what the file said before; `wrote`: what it says; `record`: of the commit that failed. */
export type RestoreDecision =
  | {
      readonly kind: 'restore';
      readonly to: ChosenImage;
      readonly wrote: ChosenImage;
      readonly record: FoundRecord;
    }
  /** The file says again what it said before. */
  | { readonly kind: 'done' }
  | { readonly kind: 'held'; readonly hold: RollbackHold };

/**
 * What one image goes back to. The commit that failed has to be the last that was about its place, and the file has to say what it
 * wrote: else a person, or we, did something since.
 *
 *   what happened, oldest first                    file has    result
 *   ---------------------------------------------  ----------  ------------------------------------
 *   we wrote 2 over 1                              2           1 is restored
 *   the same                                       1           done: a check took it back, or a person
 *   the same                                       3, -        held: changed meanwhile
 *   we wrote 2 over 1, a person holds it           2           held
 *   we wrote 2 over 1, and 3; 2 failed             3           held: changed meanwhile
 *   we wrote 2 over 1, a person set or released it 2           held: changed meanwhile
 *   we wrote 2 where nothing was                   2           held: no version before
 *   a check took back 3 for 2, and that failed     2           held: restored version
 *   a check took back 1, it came back, then 2      2           held: version before rolled back
 */
export function decideRestore({ commit, place, present, hold }: RestoreInput): RestoreDecision {
  if (place === undefined) return held({ code: 'not-in-git', facts: {} });
  const records = knownRecords(place).filter(({ record }) => record.kind !== 'hold');
  const index = records.findIndex((one) => one.commit.sha === commit);
  const record = records[index];
  if (record === undefined) return held({ code: 'no-record', facts: {} });
  if (!has(present, record.record.to))
    return has(present, record.record.from)
      ? { kind: 'done' }
      : held({ code: 'changed-meanwhile', facts: { now: versionText(present) } });
  if (index > 0) return held({ code: 'changed-meanwhile', facts: { now: versionText(present) } });
  if (hold !== undefined) return held({ code: 'held-by-person', facts: { text: hold } });
  const { kind, from, to: written } = record.record;
  if (kind === 'rollback') return held({ code: 'restored-version', facts: {} });
  const to = chosenFrom(from);
  const wrote = chosenFrom(written);
  if (from === undefined || to === undefined || wrote === undefined)
    return held({ code: 'no-version-before', facts: {} });
  if (wasTakenBack(from, records.slice(index + 1)))
    return held({ code: 'version-before-rolled-back', facts: { version: from } });
  return { kind: 'restore', to, wrote, record };
}

/** To the letter: a digest that a person added is a change. A place for a digest alone has no tag. */
function has(present: PresentImage | undefined, version: string | undefined): boolean {
  return eachPresent(present).every(
    (one) =>
      versionText(one) === version ||
      (one?.tag === undefined && one?.digest !== undefined && version?.endsWith(`@${one.digest}`) === true),
  );
}

function held(hold: RollbackHold): RestoreDecision {
  return { kind: 'held', hold };
}

/** Whether what happened last to a version was that a check took it back; `records` are the newest first. */
function wasTakenBack(version: string, records: readonly FoundRecord[]): boolean {
  for (const { record } of records) {
    if (record.kind === 'rollback' && record.from === version) return true;
    const isWritten = isChosen(record) || record.kind === 'set';
    if (isWritten && record.to === version) return false;
  }
  return false;
}

/** As `versionText` writes it: a tag, a tag and a digest, or a digest alone. */
function chosenFrom(text: string | undefined): ChosenImage | undefined {
  if (text === undefined) return undefined;
  if (isDigest(text)) return { tag: '', digest: text };
  const [tag = '', digest] = text.split('@');
  return tag === '' ? undefined : { tag, digest };
}
