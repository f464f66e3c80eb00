import type { ImageUpdate } from '../change.ts';
import { markedOwner, markerIn, type MarkedChange } from '../pull-requests/marker.ts';
import type { PullRequest } from '../pull-requests/request.ts';
import { isChosen, readRecords } from './record.ts';
import type { BranchCommit, FoundRecord, RecordedHistory } from './record-index.ts';

/**
 * What merged requests of ours wrote for an image, as records of the commits that they became: a host that makes one commit of a
 * request is its committer, and may leave out our records. A request whose commit is not in the history says nothing.
 */
export function mergedRecords(
  { application, alias, image }: Pick<ImageUpdate['tracked'], 'application' | 'alias' | 'image'>,
  ended: readonly PullRequest[],
  { commits }: RecordedHistory,
): readonly FoundRecord[] {
  const owner = markedOwner({ application, alias, image });
  return ended.flatMap((request) => {
    const changes = request.state === 'merged' ? (markerIn(request)?.changes ?? []) : [];
    const own = changes.filter(
      (one) => one.application === owner.application && one.alias === alias && one.image === owner.image,
    );
    return own.flatMap((change) => {
      const order = commits.findIndex((commit) => isMergeOf(commit, request, change));
      const commit = commits[order];
      if (commit === undefined) return [];
      const { from, to } = change;
      const version = { from: from === '' ? undefined : from, to: to === '' ? undefined : to };
      const place = { application, alias, image: owner.image, file: '', key: '' };
      const kind = change.check === undefined ? 'update' : 'rollback';
      const check = change.check === undefined ? {} : { check: change.check };
      return [{ record: { kind, ...place, ...version, ...check }, commit, order } as const];
    });
  });
}

/** The commit that the host names; where it names none, one that changed a file and records just this. */
function isMergeOf(commit: BranchCommit, { mergedAs }: PullRequest, change: MarkedChange): boolean {
  if (mergedAs !== undefined) return HASH_START.test(mergedAs) && commit.sha.startsWith(mergedAs);
  if (commit.paths?.length === 0) return false;
  return readRecords(commit.message).some(
    ({ kind, application, alias, image, from = '', to = '', check }) =>
      (change.check === undefined ? isChosen({ kind }) : kind === 'rollback' && check === change.check) &&
      `${application.namespace}/${application.name}` === change.application &&
      [alias, image, from, to].join('\n') === [change.alias, change.image, change.from, change.to].join('\n'),
  );
}

/** Some hosts show the beginning of a hash. */
const HASH_START = /^[0-9a-f]{7,64}$/;
