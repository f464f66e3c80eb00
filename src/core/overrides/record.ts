import { formatName } from '../image/reference.ts';
import type { ApplicationId, TrackedImage } from '../policy.ts';
import { editedFileKey } from '../identity/file.ts';
import { slotKey } from '../identity/slot.ts';

/**
 * What a commit of Lynceus did, for machines. `update`: a version was chosen and written. `promote`: a person let a version
 * of the image before it in its pipeline be written. `rollback`: a check took back what was written. `set`: a person set it
 * with `lynceus set`. `hold` and `release`: a person held or released an image.
 */
export interface WriteRecord {
  readonly kind: RecordKind;
  readonly application: ApplicationId;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  /** See `editedFileKey`. */
  readonly file: string;
  /** See `slotKey`. */
  readonly key: string;
  /** The version before; `undefined` when there was none. */
  readonly from: string | undefined;
  /** The version after; `undefined` when there is none. */
  readonly to: string | undefined;
  /** The person who requested it; absent for what Lynceus chose. */
  readonly by?: string | undefined;
  /** The name of the check that failed, of a rollback; absent for anything else. */
  readonly check?: string | undefined;
}

export type RecordKind = 'update' | 'promote' | 'rollback' | 'set' | 'hold' | 'release';

/** Whether a version was chosen and written: by a strategy, or by a person who let it be promoted. */
export function isChosen({ kind }: Pick<WriteRecord, 'kind'>): boolean {
  return kind === 'update' || kind === 'promote';
}

/** The token of the trailer of each kind (git-interpret-trailers). */
export const RECORD_TOKENS: Readonly<Record<RecordKind, string>> = {
  update: 'Lynceus-Update',
  promote: 'Lynceus-Promote',
  rollback: 'Lynceus-Rollback',
  set: 'Lynceus-Set',
  hold: 'Lynceus-Hold',
  release: 'Lynceus-Release',
};

/** The token of the trailer that names the push branch for which a commit was made. */
export const BRANCH_TOKEN = 'Lynceus-Branch';

/** The push branch for which a commit is made, as one line of its message: `Lynceus-Branch: image-updates`. */
export function branchLine(branch: string): string {
  return `${BRANCH_TOKEN}: ${fieldText(branch)}`;
}

/** In place of a branch: the commit was put on top of a branch that is not ours. */
export const ON_OTHERS = '';

/** The message of a commit that goes on top of a branch that is not ours. */
export function messageOnOthers(message: string): string {
  const lines = message.split('\n').filter((line) => !line.startsWith(`${BRANCH_TOKEN}:`));
  return `${lines.join('\n').trimEnd()}\n${branchLine(ON_OTHERS)}\n`;
}

/** The push branch for which a commit was made; `undefined` for one on a base, and one of an older version. */
export function readBranchLine(message: string): string | undefined {
  const line = message.split(/\r?\n/).findLast((one) => one.startsWith(`${BRANCH_TOKEN}: `));
  return line === undefined ? undefined : parseField(line.slice(BRANCH_TOKEN.length + 2));
}

/** Whether a line looks like a record, in any spelling: lines of other people's text must not. */
export function looksLikeRecord(line: string): boolean {
  return /^\s*lynceus-[a-z-]+\s*:/i.test(line);
}

/** The record of one image at one place; `path` is where its file was read. */
export function recordOf(
  kind: RecordKind,
  tracked: TrackedImage,
  { path, from, to }: Pick<WriteRecord, 'from' | 'to'> & { readonly path?: string | undefined },
): WriteRecord {
  const {
    application,
    alias,
    image,
    destination: { slot, target },
  } = tracked;
  const file = target.method === 'git' ? editedFileKey(target.file, path) : '';
  return { kind, application, alias, image: formatName(image), file, key: slotKey(slot), from, to };
}

/**
 * A record as one line of a commit message, a trailer in the sense of git-interpret-trailers:
 *
 *     Lynceus-Update: app=shop namespace=argocd alias=api image=ghcr.io/acme/api file=apps/shop/values.yaml key=image.tag from=1.4.1 to=1.4.2
 *
 * A value with anything in it but printable ASCII, or with a space, `"` or `\`, is a JSON string, in which everything
 * that does not print is escaped. So no name, whatever it holds, makes a second line or a second field.
 */
export function recordLine(record: WriteRecord): string {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['app', record.application.name],
    ['namespace', record.application.namespace],
    ['alias', record.alias],
    ['image', record.image],
    ['file', record.file],
    ['key', record.key],
    ['from', record.from],
    ['to', record.to],
    ['by', record.by],
    ['check', record.check],
  ];
  const written = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${fieldText(value)}`],
  );
  return `${RECORD_TOKENS[record.kind]}: ${written.join(' ')}`;
}

function fieldText(value: string): string {
  if (/^[!#-[\]-~]+$/.test(value)) return value;
  return JSON.stringify(value).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) =>
    [...Array(character.length).keys()].map((at) => escaped(character.charCodeAt(at))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/**
 * The records in a commit message, in their order. They are found anywhere in it, because a squash merge joins several
 * messages, and also with wrapped lines. Text that is not a record, or a record without file and key, is skipped; nothing
 * is thrown.
 */
export function readRecords(message: string): readonly WriteRecord[] {
  const lines = message.split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const kind = kindOf(line);
    if (kind === undefined) return [];
    const record = recordFrom(kind, unwrapped(lines, index));
    return record === undefined ? [] : [record];
  });
}

function kindOf(line: string): RecordKind | undefined {
  return KINDS.find((kind) => line.startsWith(`${RECORD_TOKENS[kind]}:`));
}

const KINDS: readonly RecordKind[] = ['update', 'promote', 'rollback', 'set', 'hold', 'release'];

/** The most lines that a record may be wrapped into. */
const MOST_LINES = 20;

/** The value of a trailer, together with the lines that go on with it. */
function unwrapped(lines: readonly string[], index: number): string {
  const [first = '', ...rest] = lines.slice(index, index + MOST_LINES);
  const end = rest.findIndex((line) => line.trim() === '' || /^[A-Za-z0-9-]+:/.test(line));
  const more = end < 0 ? rest : rest.slice(0, end);
  return [first.slice(first.indexOf(':') + 1), ...more].map((line) => line.trim()).join(' ');
}

const FIELD = /([a-z][a-z-]*)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?:\s+|$)/y;

function recordFrom(kind: RecordKind, text: string): WriteRecord | undefined {
  const fields = new Map<string, string>();
  for (let field = nextField(text, 0); field !== undefined; field = nextField(text, field.end)) {
    const value = parseField(field.value);
    if (value === undefined) return undefined;
    // The first one counts: what follows may be other text of the message.
    if (!fields.has(field.name)) fields.set(field.name, value);
  }
  const [file, key] = [fields.get('file'), fields.get('key')];
  if (file === undefined || key === undefined) return undefined;
  return {
    kind,
    application: { namespace: fields.get('namespace') ?? '', name: fields.get('app') ?? '' },
    alias: fields.get('alias') ?? '',
    image: fields.get('image') ?? '',
    file,
    key,
    from: fields.get('from'),
    to: fields.get('to'),
    ...(fields.has('by') ? { by: fields.get('by') } : {}),
    ...(fields.has('check') ? { check: fields.get('check') } : {}),
  };
}

interface Field {
  readonly name: string;
  readonly value: string;
  readonly end: number;
}

function nextField(text: string, at: number): Field | undefined {
  FIELD.lastIndex = at;
  const [all = '', name = '', value = ''] = FIELD.exec(text) ?? [];
  return all === '' ? undefined : { name, value, end: at + all.length };
}

function parseField(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}
