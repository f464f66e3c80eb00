import { cutText } from '../cut-text.ts';
import { readRecords, type RecordKind, type WriteRecord } from '../overrides/record.ts';
import type { BranchCommit } from '../overrides/record-index.ts';
import { changeId, rolledBackText } from './change-status-of.ts';
import { imageStatusId } from './image-id.ts';
import type { ChangeStatus, GitStatus } from './image-status.ts';
import { cutSentence, LONGEST_FACT } from './json-facts.ts';

/** A branch whose commits are read. */
export interface ReadBranch {
  readonly git: Pick<GitStatus, 'remote' | 'branch'>;
  /** Page of a commit; `undefined` where the host is not known. */
  readonly pageOf: (sha: string) => string | undefined;
}

/** What our commits say that happened to images. The records of others say nothing. */
export function changesOfHistory(
  commits: readonly Pick<BranchCommit, 'sha' | 'message' | 'committedBy' | 'at'>[],
  { git, pageOf }: ReadBranch,
): readonly ChangeStatus[] {
  return commits.flatMap(({ sha, message, committedBy, at = 0 }) => {
    if (committedBy !== 'us' || at === 0) return [];
    const commitUrl = pageOf(sha);
    const place = { ...git, commit: sha, ...(commitUrl === undefined ? {} : { commitUrl }) };
    return readRecords(message).flatMap((record): readonly ChangeStatus[] => {
      const kind = KINDS[record.kind];
      if (kind === undefined) return [];
      const imageId = imageStatusId(record);
      const { from, to, by, check } = record;
      return [
        {
          id: changeId(imageId, 'write', sha),
          imageId,
          at,
          kind,
          ...(from === undefined ? {} : { from: cutText(from, LONGEST_FACT) }),
          ...(to === undefined ? {} : { to: cutText(to, LONGEST_FACT) }),
          text: cutSentence(textOf(record)),
          ...(by === undefined ? {} : { by: cutText(by, LONGEST_FACT) }),
          ...(check === undefined ? {} : { check: cutText(check, LONGEST_FACT) }),
          git: place,
        },
      ];
    });
  });
}

/** A release changes nothing by itself. */
const KINDS: Readonly<Record<RecordKind, ChangeStatus['kind'] | undefined>> = {
  update: 'updated',
  promote: 'promoted',
  rollback: 'rolled-back',
  set: 'set',
  hold: 'held',
  release: undefined,
};

function textOf({ kind, from, to, by, check }: WriteRecord): string {
  const version = to ?? 'no version';
  const before = from === undefined || from === to ? '' : ` in place of ${from}`;
  const who = by === undefined ? '' : ` by ${by}`;
  switch (kind) {
    case 'update':
      return `${version} was written${before}`;
    case 'promote':
      return `${version} was promoted${who}${before}`;
    case 'rollback':
      return rolledBackText(from, to, check ?? '');
    case 'set':
      return `${version} was set${who}${before}`;
    case 'hold':
      return `it was held${who}`;
    case 'release':
      return `it was released${who}`;
  }
}
