import type { PlannedChange } from '../change.ts';
import { formatName } from '../image/reference.ts';
import type { ApplicationId, UpdatePolicy } from '../policy.ts';
import { versionText } from '../presence.ts';

/** One change as a request remembers it. */
export interface MarkedChange {
  /** `namespace/name`. */
  readonly application: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly from: string;
  readonly to: string;
}

/** What a request of ours says of itself, for machines. It is all that is remembered of a request. */
export interface RequestMarker {
  readonly group: string;
  readonly changes: readonly MarkedChange[];
  /** We closed it, so that its end is nobody's word. */
  readonly withdrawn: boolean;
}

export function markedChange({ application, alias, image, before, to }: PlannedChange): MarkedChange {
  const from = versionText(before) ?? '';
  return { ...ownerOf({ application, alias, image }), from, to: versionText(to) ?? '' };
}

/** Whose change it is, as a request remembers it. */
export function ownerOf({
  application,
  alias,
  image,
}: Pick<UpdatePolicy, 'application' | 'alias' | 'image'>): Pick<
  MarkedChange,
  'application' | 'alias' | 'image'
> {
  return { application: applicationText(application), alias, image: formatName(image) };
}

function applicationText({ namespace, name }: ApplicationId): string {
  return `${namespace}/${name}`;
}

const BEGIN = '<!-- lynceus ';
const END = ' -->';

/**
 * The marker as an HTML comment, which no host shows. `--` ends a comment and `>` may, so both are written as JSON
 * escapes. Changes that find no room are left out: a person's no to them is then not remembered.
 */
export function markerText({ group, changes, withdrawn }: RequestMarker, room = Infinity): string {
  for (let count = changes.length; ; count = Math.floor(count / 2)) {
    const rows = changes
      .slice(0, count)
      .map(({ application, alias, image, from, to }) => [application, alias, image, from, to]);
    const content = { group, changes: rows, ...(withdrawn ? { withdrawn } : {}) };
    const json = JSON.stringify(content)
      .replaceAll('--', String.raw`-\u002d`)
      .replaceAll('>', String.raw`\u003e`);
    const text = `${BEGIN}${json}${END}`;
    if (text.length <= room || count === 0) return text;
  }
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

function fromJson(value: unknown): RequestMarker | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { group, changes, withdrawn } = value as Readonly<Record<string, unknown>>;
  if (typeof group !== 'string' || !Array.isArray(changes)) return undefined;
  const rows = changes.flatMap((row: unknown) => {
    if (!Array.isArray(row) || !row.every((text) => typeof text === 'string')) return [];
    const [application = '', alias = '', image = '', from = '', to = ''] = row;
    return [{ application, alias, image, from, to }];
  });
  return { group, changes: rows, withdrawn: withdrawn === true };
}

/** Whether two markers stand for the same proposal, in whatever order. */
export function sameProposal(a: RequestMarker, b: RequestMarker): boolean {
  const keys = ({ group, changes }: RequestMarker) =>
    JSON.stringify([group, ...changes.map((one) => JSON.stringify(Object.values(one))).toSorted()]);
  return keys(a) === keys(b);
}
