import type { BranchCommit } from '../../../src/core/overrides/record-index.ts';
import { recordLine, type RecordKind } from '../../../src/core/overrides/record.ts';

export const FILE = 'apps/shop/values.yaml';
export const KEY = 'image.tag';

/** `ours 1 -> 2`: a commit with a record. `Ada: text`: somebody else's commit to the file. */
export function aCommit(text: string, index: number): BranchCommit {
  const sha = index.toString(16).padStart(2, '0').repeat(20);
  const record =
    /^(update|promote|rollback|set|release|hold)(?: (\S+))?(?: -> (\S+))?(?: at (\S+) (\S+))?(?: by (.+))?$/.exec(
      text,
    );
  if (record !== null) {
    const [, kind, from, to, file = FILE, key = KEY, author = 'argocd-image-updater'] = record;
    const line = recordLine({
      kind: kind as RecordKind,
      application: { namespace: 'argocd', name: 'shop' },
      alias: 'api',
      image: 'ghcr.io/acme/api',
      file,
      key,
      from: from === '-' ? undefined : from,
      to: to === '-' ? undefined : to,
      ...(kind === 'rollback' ? { check: author } : {}),
    });
    return { sha, author, message: `build: x\n\n${line}\n`, paths: [file], committedBy: 'us' };
  }
  const [, author = 'Ada Lovelace', path = FILE, message = text] =
    /^([^:@]+)(?:@([^:]+))?: (.*)$/.exec(text) ?? [];
  return { sha, author, message, paths: [path], committedBy: 'others' };
}

/** Written oldest first, as things happened; `reverts N` names the commit of that number, counted from 1. */
export function history(...texts: readonly string[]): readonly BranchCommit[] {
  const commits = texts.map((text, index) => aCommit(text, index + 1));
  return commits
    .map((commit) => ({
      ...commit,
      message: commit.message.replace(/reverts (\d+)/, (_all, number: string) => {
        return `This reverts commit ${commits[Number(number) - 1]?.sha ?? ''}.`;
      }),
    }))
    .toReversed();
}
