import { tryImageReference, sameRepository } from '../image/reference.ts';
import type { ImageOutcome } from '../report.ts';
import { percentEncoded } from './image-id.ts';
import type { ImageStatus } from './image-status.ts';
import type { ImageOrder, ImageQuery, StatusPage } from './status-pages.ts';

/** Images in all orders, and what is searched in them, made once for many queries. */
export interface ImageIndex {
  readonly byId: ReadonlyMap<string, ImageStatus>;
  find(
    query: ImageQuery,
    part: { readonly after?: string | undefined; readonly limit: number },
  ): StatusPage<ImageStatus>;
}

/** What has failed first, then what is held, what waits, and what is up to date. */
const RANKS: Readonly<Record<ImageOutcome, number>> = {
  failed: 0,
  held: 1,
  update: 2,
  updated: 3,
  skipped: 4,
  current: 5,
};

type Compare = (a: ImageStatus, b: ImageStatus) => number;

const byName: Compare = (a, b) =>
  compareTexts(a.namespace, b.namespace) ||
  compareTexts(a.application, b.application) ||
  compareTexts(a.id, b.id);

const ORDERS: Readonly<Record<ImageOrder, Compare>> = {
  name: byName,
  attention: (a, b) => RANKS[a.outcome] - RANKS[b.outcome] || b.since - a.since || byName(a, b),
  behind: (a, b) => (b.behind ?? -1) - (a.behind ?? -1) || byName(a, b),
  since: (a, b) => b.since - a.since || byName(a, b),
};

/** In which order images come where a query asks for none. */
export const USUAL_ORDER: ImageOrder = 'attention';

export function indexImages(images: Iterable<ImageStatus>): ImageIndex {
  const byId = new Map([...images].map((image) => [image.id, image]));
  const orders = new Map<ImageOrder, readonly ImageStatus[]>();
  const texts = new WeakMap<ImageStatus, string>();

  function ordered(order: ImageOrder): readonly ImageStatus[] {
    const known = orders.get(order);
    if (known !== undefined) return known;
    const sorted = [...byId.values()].sort(ORDERS[order]);
    orders.set(order, sorted);
    return sorted;
  }

  function searched(image: ImageStatus): string {
    const known = texts.get(image) ?? searchText(image);
    texts.set(image, known);
    return known;
  }

  return {
    byId,
    find(query, { after, limit }) {
      const { sort = USUAL_ORDER } = query;
      const fits = filterOf(query, searched);
      const found = ordered(sort).filter(fits);
      const start = after === undefined ? 0 : startAfter(found, after, ORDERS[sort]);
      const items = found.slice(start, start + limit);
      const last = items.at(-1);
      const isMore = start + items.length < found.length;
      return { items, total: found.length, ...(isMore && last !== undefined ? { next: nextKey(last) } : {}) };
    },
  };
}

/** Whether an image is wanted. */
export function imageFilter(query: ImageQuery): (image: ImageStatus) => boolean {
  return filterOf(query, searchText);
}

function filterOf(
  query: ImageQuery,
  searched: (image: ImageStatus) => string,
): (image: ImageStatus) => boolean {
  const { search, outcomes = [], code, namespace, project, application, image } = query;
  const words = (search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const named = image === undefined ? undefined : imageNamed(image);
  return (one) =>
    (outcomes.length === 0 || outcomes.includes(one.outcome)) &&
    (code === undefined || one.code === code) &&
    (namespace === undefined || one.namespace === namespace) &&
    (project === undefined || one.project === project) &&
    (application === undefined || one.application === application) &&
    (named === undefined || named(one)) &&
    words.every((word) => searched(one).includes(word));
}

/** By its alias, or by its name in whatever spelling. */
function imageNamed(text: string): (image: ImageStatus) => boolean {
  const reference = tryImageReference(text);
  const isSame = new Map<string, boolean>();
  return ({ alias, image }) => {
    if (alias === text || image === text) return true;
    if (reference === undefined) return false;
    const known = isSame.get(image);
    if (known !== undefined) return known;
    const other = tryImageReference(image);
    const same = other !== undefined && sameRepository(reference, other);
    isSame.set(image, same);
    return same;
  };
}

function searchText({
  namespace,
  application,
  alias,
  image,
  code,
  reason,
  current,
  candidate,
}: ImageStatus): string {
  const versions = [current, candidate].flatMap((version) => [version?.tag ?? '', version?.digest ?? '']);
  return [`${namespace}/${application}`, alias, image, ...versions, code, reason].join('\n').toLowerCase();
}

/**
 * Where a part of a list begins: behind this image, or behind where it would be by what it was then. So nothing is shown twice because
 * another image came or went.
 */
function nextKey({ id, outcome, since, behind, namespace, application }: ImageStatus): string {
  return [outcome, since, behind ?? '', namespace, application, id]
    .map((part) => percentEncoded(String(part)))
    .join(',');
}

function startAfter(images: readonly ImageStatus[], after: string, compare: Compare): number {
  const last = parseKey(after);
  if (last === undefined) return 0;
  let [low, high] = [0, images.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const image = images[middle];
    if (image !== undefined && compare(image, last) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a text is the `next` of a part. */
export function isImageKey(text: string): boolean {
  return parseKey(text) !== undefined;
}

function parseKey(text: string): ImageStatus | undefined {
  const parts = text.split(',').map(decoded);
  const [outcome, since, behind, namespace, application, id] = parts;
  if (parts.length !== 6 || id === undefined || namespace === undefined || application === undefined)
    return undefined;
  if (
    outcome === undefined ||
    !Object.hasOwn(RANKS, outcome) ||
    !/^\d+$/.test(since ?? '') ||
    !/^\d*$/.test(behind ?? '')
  )
    return undefined;
  const key = {
    outcome: outcome as ImageOutcome,
    since: Number(since),
    ...(behind === '' ? {} : { behind: Number(behind) }),
    namespace,
    application,
    id,
  };
  return key as ImageStatus;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
