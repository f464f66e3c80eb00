import { headOfBase } from '../../core/git/heads.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { imageKey } from '../../core/identity/image.ts';
import { recordedPlaceOf } from '../../core/overrides/find-hold.ts';
import { mergedRecords } from '../../core/overrides/merged-requests.ts';
import { indexHistory, type RecordedHistory } from '../../core/overrides/record-index.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace, type PresentImage } from '../../core/policy.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import { explainsFile, findWrite } from '../../core/verification/find-write.ts';
import type { Log } from '../../ports/log.ts';
import { asLynceusError } from '../../errors.ts';
import { fileRequestOf } from '../../edits/index.ts';
import type { EndedRequests } from '../pull-requests/ended-requests.ts';
import type { HistorySession, ReadImage } from './watch-services.ts';
import type { SearchedImage } from './watches.ts';

/** The heads of base branches at which the writes of images were looked for, by `imageKey`. Kept from one cycle to the next. */
export type SearchedHeads = Map<string, string>;

interface FindOptions {
  readonly searched: SearchedHeads;
  readonly wants: (image: ReadImage) => boolean;
  /** Absent where no host of pull requests is asked. */
  readonly ended?: EndedRequests | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Looks for the newest write of each image that is to be verified. The history of a branch is read once for all of them, and not
 * at all for images whose branch has not moved since. Where no record explains what the file has, the host is asked what was
 * merged: it may have left the records out. What cannot be read or asked is tried again in the next cycle.
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
  options: FindOptions,
): Promise<readonly SearchedImage[]> {
  const { searched, signal } = options;
  const head = headOfBase(await session.heads(place, signal), place.base)?.sha;
  if (head === undefined) return [];
  const moved = images.filter(({ tracked }) => searched.get(imageKey(tracked)) !== head);
  if (moved.length === 0) return [];
  const paths = [...new Set(moved.flatMap(pathsOf))].toSorted();
  const history = indexHistory(await session.history(place, { paths, reach: 'recent' }, signal));
  const unexplained = new Set(moved.filter((image) => !isExplained(image, history)));
  const ended = unexplained.size === 0 ? [] : await endedOf(place, options);
  // Where the host could not be asked, nothing is known of them: they are looked for again.
  const searchable = ended === undefined ? moved.filter((image) => !unexplained.has(image)) : moved;
  for (const { tracked } of searchable) searched.set(imageKey(tracked), head);
  return searchable.map((image) => searchedImage(image, history, unexplained.has(image) ? ended : []));
}

/** `undefined` when the host could not be asked. */
async function endedOf(
  place: GitPlace,
  { ended, log, signal }: FindOptions,
): Promise<readonly PullRequest[] | undefined> {
  try {
    return (await ended?.(place, signal)) ?? [];
  } catch (thrown) {
    signal.throwIfAborted();
    log.debug('the host did not say what was merged into a branch', {
      remote: place.remote.label,
      err: asLynceusError(thrown),
    });
    return undefined;
  }
}

function isExplained({ tracked, present }: ReadImage, history: RecordedHistory): boolean {
  const recorded = recordedPlaceOf(tracked, { path: present?.path, history });
  return recorded === undefined || explainsFile(recorded, imageIn(present));
}

function searchedImage(
  { tracked, present }: ReadImage,
  history: RecordedHistory,
  ended: readonly PullRequest[] = [],
): SearchedImage {
  const path = present?.path;
  const merged = mergedRecords(tracked, ended, history);
  const recorded = recordedPlaceOf(tracked, { path, history, merged });
  return { tracked, path, found: recorded && findWrite(recorded, imageIn(present)) };
}

function imageIn(present: ReadImage['present']): PresentImage | undefined {
  const presence = present?.kind === 'read' ? present.presence : undefined;
  return presence?.kind === 'present' ? presence.image : undefined;
}

function pathsOf({ tracked, present }: ReadImage): readonly string[] {
  const file = gitTargetOf(tracked)?.file;
  if (present?.path !== undefined) return [present.path];
  return file === undefined ? [] : fileRequestOf(file).candidates;
}
