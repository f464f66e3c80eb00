import type { ImageUpdate } from '../change.ts';
import { markedOwner, readMarker } from '../pull-requests/marker.ts';
import type { PullRequest } from '../pull-requests/request.ts';
import type { FoundRecord, RecordedHistory } from './record-index.ts';

/**
 * What merged requests of ours wrote for an image, as records of the commits that they became: a host that makes one commit of a
 * request may leave out our records. A request whose commit is not in the history says nothing.
 */
export function mergedRecords(
  { application, alias, image }: Pick<ImageUpdate['tracked'], 'application' | 'alias' | 'image'>,
  ended: readonly PullRequest[],
  { commits }: RecordedHistory,
): readonly FoundRecord[] {
  const owner = markedOwner({ application, alias, image });
  return ended.flatMap(({ state, body, mergedAs }) => {
    if (state !== 'merged' || mergedAs === undefined || !HASH_START.test(mergedAs)) return [];
    const order = commits.findIndex(({ sha }) => sha.startsWith(mergedAs));
    const commit = commits[order];
    if (commit === undefined) return [];
    const changes = readMarker(body)?.changes ?? [];
    return changes
      .filter(
        (one) => one.application === owner.application && one.alias === alias && one.image === owner.image,
      )
      .map(({ from, to }) => {
        const version = { from: from === '' ? undefined : from, to: to === '' ? undefined : to };
        const place = { application, alias, image: owner.image, file: '', key: '' };
        return { record: { kind: 'update', ...place, ...version }, commit, order } as const;
      });
  });
}

/** Some hosts show the beginning of a hash. */
const HASH_START = /^[0-9a-f]{7,64}$/;
