import { createHash } from 'node:crypto';
import type { PlannedChange } from '../change.ts';
import { joinKey } from '../identity/key.ts';
import { formatName } from '../image/reference.ts';
import type { TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { PullRequest } from './request.ts';

/** One change as a request remembers it. */
export interface MarkedChange {
  /** `namespace/name`, also when the namespace is empty: requests that are open already are compared with it. */
  readonly application: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly from: string;
  readonly to: string;
  /** The name of the check that failed, where it takes back what was written. */
  readonly check?: string;
}

/** The data in a request of ours, for machines. Nothing else is remembered of a request. */
export interface RequestMarker {
  readonly group: string;
  readonly changes: readonly MarkedChange[];
  /** Closed by Lynceus: its changes were not refused. */
  readonly withdrawn: boolean;
  /** Hash of the whole proposal, 16 hexadecimal digits, where `changes` are only those for which there was room. */
  readonly of?: string;
  /** Absent when it has all that was to be added to it. */
  readonly lacks?: RequestLacks;
}

/** What could not be added to a request yet, and is tried again. At least one of them is not empty. */
export interface RequestLacks {
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
}

/** The marker of a request for these changes. */
export function markerOf(group: string, changes: readonly PlannedChange[]): RequestMarker {
  return { group, changes: changes.map(markedChange), withdrawn: false };
}

export function markedChange(change: PlannedChange): MarkedChange {
  const { application, alias, image, before, to, rollback } = change;
  const from = versionText(before) ?? '';
  const marked = { ...markedOwner({ application, alias, image }), from, to: versionText(to) ?? '' };
  return rollback === undefined ? marked : { ...marked, check: rollback.check };
}

/** Application, alias and image of a change, as a request remembers them. */
export function markedOwner({
  application,
  alias,
  image,
}: Pick<TrackedImage, 'application' | 'alias' | 'image'>): Pick<
  MarkedChange,
  'application' | 'alias' | 'image'
> {
  return { application: `${application.namespace}/${application.name}`, alias, image: formatName(image) };
}

const BEGIN = '<!-- lynceus ';
const END = ' -->';

/**
 * The marker as an HTML comment, which no host shows. `--` ends a comment and `>` may, so both are written as JSON
 * escapes. Changes for which there is no room are left out, and a hash stands for all of them: that a person refused
 * what is left out is not remembered.
 */
export function markerText(marker: RequestMarker, room = Infinity): string {
  const { group, changes, withdrawn, lacks } = marker;
  for (let count = changes.length; ; count = Math.floor(count / 2)) {
    const rows = changes.slice(0, count).map(textsOf);
    const of = count < changes.length ? proposalHash(marker) : marker.of;
    const content = { group, changes: rows, ...(withdrawn ? { withdrawn } : {}), of, lacks };
    const json = JSON.stringify(content)
      .replaceAll('--', String.raw`-\u002d`)
      .replaceAll('>', String.raw`\u003e`);
    const text = `${BEGIN}${json}${END}`;
    if (text.length <= room || count === 0) return text;
  }
}

function textsOf({ application, alias, image, from, to, check }: MarkedChange): readonly string[] {
  return [application, alias, image, from, to, ...(check === undefined ? [] : [check])];
}

/** The marker in a body; `undefined` when there is none that can be read. The last one counts. */
export function readMarker(body: string): RequestMarker | undefined {
  const begin = body.lastIndexOf(BEGIN);
  const end = begin < 0 ? -1 : body.indexOf('-->', begin);
  if (end < 0) return undefined;
  try {
    return fromJson(JSON.parse(body.slice(begin + BEGIN.length, end)));
  } catch {
    return undefined;
  }
}

/** The marker of a request of ours; `undefined` for one of anybody else, who can copy ours. */
export function markerIn({ body, isOurs }: Pick<PullRequest, 'body' | 'isOurs'>): RequestMarker | undefined {
  return isOurs ? readMarker(body) : undefined;
}

const HASH = /^[0-9a-f]{16}$/;

function fromJson(value: unknown): RequestMarker | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { group, changes, withdrawn, of, lacks } = value as Readonly<Record<string, unknown>>;
  if (typeof group !== 'string' || !Array.isArray(changes)) return undefined;
  const rows = changes.flatMap((row: unknown) => {
    if (!Array.isArray(row) || !row.every((text) => typeof text === 'string')) return [];
    const [application = '', alias = '', image = '', from = '', to = '', check] = row;
    const change = { application, alias, image, from, to };
    return [check === undefined ? change : { ...change, check }];
  });
  const marker = { group, changes: rows, withdrawn: withdrawn === true, ...lacksFrom(lacks) };
  return typeof of === 'string' && HASH.test(of) ? { ...marker, of } : marker;
}

function lacksFrom(value: unknown): Pick<RequestMarker, 'lacks'> {
  if (typeof value !== 'object' || value === null) return {};
  const { labels, reviewers } = value as Readonly<Record<string, unknown>>;
  const lacks = { labels: textsIn(labels), reviewers: textsIn(reviewers) };
  return lacks.labels.length + lacks.reviewers.length === 0 ? {} : { lacks };
}

/** Whoever may write to a request may write its marker. */
const MOST_NAMES = 100;

function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_NAMES).filter((text) => typeof text === 'string');
}

/** Whether two markers have the same changes, in whatever order, those that were left out among them. */
export function sameProposal(a: RequestMarker, b: RequestMarker): boolean {
  return proposalHash(a) === proposalHash(b);
}

function proposalHash({ group, changes, of }: RequestMarker): string {
  if (of !== undefined) return of;
  const rows = changes.map((change) => joinKey(...textsOf(change)));
  const text = joinKey(group, ...rows.toSorted());
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
