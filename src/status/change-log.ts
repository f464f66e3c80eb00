import { imageFilter } from '../core/status/query-images.ts';
import type { ChangeStatus, ImageStatus } from '../core/status/image-status.ts';
import type { ImageQuery, StatusPage } from '../core/status/status-pages.ts';
import type { PartOfList } from '../ports/status.ts';

/** What happened lately, in memory: so many changes of an image, and so many in all. */
export interface ChangeLog {
  /** Adds what is not there yet. Of two that tell of one event the one that says more is kept. Whether anything is new. */
  add(changes: readonly ChangeStatus[]): boolean;
  /** Lets go of images that are not among these. */
  retain(isKnown: (imageId: string) => boolean): void;
  /** Newest first. */
  of(imageId: string): readonly ChangeStatus[];
  /** The commit that wrote the image last, as far as that is known. */
  lastCommit(imageId: string): string | undefined;
  find(
    query: ImageQuery,
    part: PartOfList,
    statusOf: (imageId: string) => ImageStatus | undefined,
  ): StatusPage<ChangeStatus>;
}

const MOST_OF_AN_IMAGE = 50;
const MOST = 10_000;

export function createChangeLog(most = MOST): ChangeLog {
  const byImage = new Map<string, readonly ChangeStatus[]>();
  let count = 0;
  let sorted: readonly ChangeStatus[] | undefined;

  function put(imageId: string, changes: readonly ChangeStatus[]): void {
    count += changes.length - (byImage.get(imageId)?.length ?? 0);
    if (changes.length === 0) byImage.delete(imageId);
    else byImage.set(imageId, changes);
    sorted = undefined;
  }

  function addOne(change: ChangeStatus): boolean {
    const before = byImage.get(change.imageId) ?? [];
    const known = before.find(({ id }) => id === change.id);
    if (known !== undefined && !saysMore(change, known)) return false;
    const others = before.filter(({ id }) => id !== change.id);
    const one = known === undefined ? change : { ...known, ...change, at: known.at };
    put(change.imageId, [one, ...others].sort(newestFirst).slice(0, MOST_OF_AN_IMAGE));
    return true;
  }

  /** A tenth more than is kept may be there, so that not every change sorts all of them. */
  function bound(): void {
    if (count <= most * 1.1) return;
    const oldest = all()[most - 1];
    if (oldest === undefined) return;
    for (const [imageId, changes] of byImage)
      if (changes.some((change) => newestFirst(oldest, change) < 0))
        put(
          imageId,
          changes.filter((change) => newestFirst(oldest, change) >= 0),
        );
  }

  function all(): readonly ChangeStatus[] {
    sorted ??= [...byImage.values()].flat().sort(newestFirst);
    return sorted;
  }

  return {
    add(changes) {
      const added = changes.map(addOne);
      bound();
      return added.includes(true);
    },
    retain(isKnown) {
      for (const imageId of byImage.keys()) if (!isKnown(imageId)) put(imageId, []);
    },
    of: (imageId) => byImage.get(imageId) ?? [],
    lastCommit: (imageId) =>
      byImage.get(imageId)?.find(({ id, git }) => id.includes('/write/') && git?.commit !== undefined)?.git
        ?.commit,
    find: (query, part, statusOf) => findChanges(all(), wantedBy(query, statusOf), part),
  };
}

/** Whether the image of a change is wanted; asked once for each image. */
function wantedBy(
  query: ImageQuery,
  statusOf: (imageId: string) => ImageStatus | undefined,
): (change: ChangeStatus) => boolean {
  const fits = imageFilter(query);
  const isWanted = new Map<string, boolean>();
  return ({ imageId }) => {
    const known = isWanted.get(imageId);
    if (known !== undefined) return known;
    const status = statusOf(imageId);
    const wanted = status !== undefined && fits(status);
    isWanted.set(imageId, wanted);
    return wanted;
  };
}

function findChanges(
  changes: readonly ChangeStatus[],
  wants: (change: ChangeStatus) => boolean,
  { after, limit }: PartOfList,
): StatusPage<ChangeStatus> {
  const found = changes.filter(wants);
  const last = after === undefined ? undefined : parseChangeKey(after);
  const start = last === undefined ? 0 : found.findIndex((change) => newestFirst(last, change) < 0);
  const items = start < 0 ? [] : found.slice(start, start + limit);
  const end = items.at(-1);
  const isMore = start >= 0 && start + items.length < found.length;
  const next = isMore && end !== undefined ? { next: `${end.at},${end.id}` } : {};
  return { items, total: found.length, ...next };
}

function newestFirst(a: Pick<ChangeStatus, 'at' | 'id'>, b: Pick<ChangeStatus, 'at' | 'id'>): number {
  return b.at - a.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Whether a text is the `next` of a part of the changes. */
export function isChangeKey(text: string): boolean {
  return parseChangeKey(text) !== undefined;
}

function parseChangeKey(text: string): Pick<ChangeStatus, 'at' | 'id'> | undefined {
  const [, at, id] = /^(\d{1,16}),(.+)$/s.exec(text) ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id };
}

/** The first that tells of an event says when it was; one of the others may know more of it. */
function saysMore(change: ChangeStatus, known: ChangeStatus): boolean {
  const isKnown = (one: ChangeStatus) =>
    [one.from, one.by, one.check, one.git, one.pullRequest].filter((part) => part !== undefined).length;
  return isKnown(change) > isKnown(known);
}
