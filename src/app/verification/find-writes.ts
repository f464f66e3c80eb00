import { headOfBase } from '../../core/git/heads.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { imageKey } from '../../core/identity/image.ts';
import { recordedPlaceOf } from '../../core/overrides/find-hold.ts';
import { indexHistory } from '../../core/overrides/record-index.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace } from '../../core/policy.ts';
import { findWrite } from '../../core/verification/find-write.ts';
import type { Log } from '../../ports/log.ts';
import { asLynceusError } from '../../errors.ts';
import { fileRequestOf } from '../../edits/index.ts';
import type { HistorySession, ReadImage } from './watch-services.ts';
import type { SearchedImage } from './watches.ts';

/** The heads of base branches at which the writes of images were looked for, by `imageKey`. Kept from one cycle to the next. */
export type SearchedHeads = Map<string, string>;

interface FindOptions {
  readonly searched: SearchedHeads;
  readonly wants: (image: ReadImage) => boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Looks for the newest write of each image that is to be verified. The history of a branch is read once for all of them, and not
 * at all for images whose branch has not moved since. What cannot be read is tried again in the next cycle.
 */
export async function findWrites(
  images: readonly ReadImage[],
  session: HistorySession,
  options: FindOptions,
): Promise<readonly SearchedImage[]> {
  const wanted = images.flatMap((image) => {
    const place = gitTargetOf(image.tracked)?.place;
    return place !== undefined && image.present?.kind === 'read' && options.wants(image)
      ? [{ image, place }]
      : [];
  });
  const branches = [...groupBy(wanted, ({ place }) => placeKey(place)).values()];
  const found = await Promise.all(
    branches.map(async (group) => {
      const [first] = group;
      if (first === undefined) return [];
      try {
        return await searchBranch(
          { images: group.map(({ image }) => image), place: first.place },
          session,
          options,
        );
      } catch (thrown) {
        options.signal.throwIfAborted();
        options.log.debug('what was written to a branch could not be looked for', {
          remote: first.place.remote.label,
          err: asLynceusError(thrown),
        });
        return [];
      }
    }),
  );
  return found.flat();
}

async function searchBranch(
  { images, place }: { readonly images: readonly ReadImage[]; readonly place: GitPlace },
  session: HistorySession,
  { searched, signal }: FindOptions,
): Promise<readonly SearchedImage[]> {
  const head = headOfBase(await session.heads(place, signal), place.base)?.sha;
  if (head === undefined) return [];
  const moved = images.filter(({ tracked }) => searched.get(imageKey(tracked)) !== head);
  if (moved.length === 0) return [];
  const paths = [...new Set(moved.flatMap(pathsOf))].toSorted();
  const history = indexHistory(await session.history(place, { paths, reach: 'recent' }, signal));
  return moved.map(({ tracked, present }) => {
    searched.set(imageKey(tracked), head);
    const path = present?.path;
    const recorded = recordedPlaceOf(tracked, { path, history });
    const presence = present?.kind === 'read' ? present.presence : undefined;
    const image = presence?.kind === 'present' ? presence.image : undefined;
    return { tracked, path, found: recorded && findWrite(recorded, image) };
  });
}

function pathsOf({ tracked, present }: ReadImage): readonly string[] {
  const file = gitTargetOf(tracked)?.file;
  if (present?.path !== undefined) return [present.path];
  return file === undefined ? [] : fileRequestOf(file).candidates;
}
