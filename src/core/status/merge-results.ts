import type { PromotionPolicy } from '../promotion/promotion-policy.ts';
import type { ImageResult } from '../report.ts';
import { changesOfResult } from './change-status-of.ts';
import { uniqueImageIds } from './image-id.ts';
import { imageStatusOf, tenantStatusOf, type CommitPageOf } from './image-status-of.ts';
import type { ChangeStatus, ImageStatus } from './image-status.ts';
import { sameValue } from './same-value.ts';

/** What is known of an image. */
export interface KnownImage {
  readonly status: ImageStatus;
  /** As the people of its Application may see it; absent where that is the same. */
  readonly forTenants?: ImageStatus;
  readonly promotion?: PromotionPolicy;
}

/** By `ImageStatus.id`. */
export type KnownImages = ReadonlyMap<string, KnownImage>;

export interface MergeOptions {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether what is not among the results is gone. */
  readonly isWhole: boolean;
  /** Images whose write is among the changes already. */
  readonly shown: ReadonlySet<string>;
  /** The commit that wrote an image last, by its id. */
  readonly lastCommit: (id: string) => string | undefined;
  readonly commitPageOf: CommitPageOf;
}

export interface MergedImages {
  readonly known: KnownImages;
  /** Ids of images of which something is different but the time of their evaluation, those that are gone among them. */
  readonly changed: readonly string[];
  readonly changes: readonly ChangeStatus[];
}

/**
 * Puts the results of a cycle, or of a part of one, over what is known. An image that was not due stays as it was evaluated last.
 */
export function mergeResults(
  known: KnownImages,
  results: readonly ImageResult[],
  { at, isWhole, shown, lastCommit, commitPageOf }: MergeOptions,
): MergedImages {
  const merged = new Map<string, KnownImage>(isWhole ? [] : known);
  const changed: string[] = [];
  const changes: ChangeStatus[] = [];
  for (const [id, result] of uniqueImageIds(results)) {
    const earlier = known.get(id);
    const before = earlier?.status;
    if (result.code === 'not-due' && earlier !== undefined) {
      merged.set(id, earlier);
      continue;
    }
    const status = withKnownCommit(imageStatusOf(result, { id, at, before, commitPageOf }), before);
    merged.set(id, knownImage(status, result));
    if (before === undefined || !sameValue({ ...before, checkedAt: at }, status)) changed.push(id);
    const written = result.outcome === 'updated' ? result.commit : undefined;
    const basis = { status, before, isShown: shown.has(id), lastCommit: written ?? lastCommit(id) };
    changes.push(...changesOfResult(result, basis));
  }
  const gone = isWhole ? [...known.keys()].filter((id) => !merged.has(id)) : [];
  return { known: merged, changed: [...changed, ...gone], changes };
}

function knownImage(status: ImageStatus, result: ImageResult): KnownImage {
  const forTenants = tenantStatusOf(status, result);
  const promotion = result.basis?.policy.promotion;
  return {
    status,
    ...(forTenants === undefined ? {} : { forTenants }),
    ...(promotion === undefined ? {} : { promotion }),
  };
}

/** The commit that wrote what is in force is still that commit when nothing else was written. */
function withKnownCommit(status: ImageStatus, before: ImageStatus | undefined): ImageStatus {
  const { git } = status;
  const earlier = before?.git;
  if (git === undefined || git.commit !== undefined || earlier?.commit === undefined) return status;
  const isSamePlace = earlier.remote === git.remote && earlier.branch === git.branch;
  const version = before?.outcome === 'updated' ? before.candidate : before?.current;
  if (!isSamePlace || !sameValue(version, status.current)) return status;
  const { commit, commitUrl } = earlier;
  return { ...status, git: { ...git, commit, ...(commitUrl === undefined ? {} : { commitUrl }) } };
}
