import type { WriteTarget } from '../../core/policy.ts';
import { LynceusError } from '../../errors.ts';
import { changedMeanwhile } from '../refused-changes.ts';

export type ApplicationTarget = Extract<WriteTarget, { method: 'application' }>;

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The source that is written, and the block in it; plain JSON as the API server gives it. */
export interface FoundSource {
  /** From the root of the Application to the block. */
  readonly blockKeys: readonly (string | number)[];
  readonly source: JsonRecord;
  /** `undefined` when the source has none, or `null`. */
  readonly block: JsonRecord | undefined;
}

const PLACE = /^spec\.(?:source|sources\[(?<index>\d{1,6})\]|sourceHydrator\.drySource)$/;

/** Blocks that make the type of a source; Argo CD refuses a source with two of them. */
const TYPES = ['helm', 'kustomize', 'plugin', 'directory'];

/**
 * Finds the source of a target in a fresh Application. Throws `changed-meanwhile` when it is not there any more or
 * Argo CD does not read it any more (`sourceHydrator` comes before `sources`, and that before `source`), and
 * `target-unsupported` when a new block would be the second one that makes a type.
 */
export function findSource(application: unknown, { at, format }: ApplicationTarget): FoundSource {
  const keys = keysOf(at);
  if (placeInUse(application, keys) !== at) throw moved(at);
  const source = keys.reduce<unknown>((value, key) => memberOf(value, key), application);
  if (!isJsonRecord(source)) throw moved(at);
  const block = source[format] ?? undefined;
  if (block !== undefined && !isJsonRecord(block)) throw unreadable(`${at}.${format}`, 'a block');
  const other = TYPES.find((type) => type !== format && (source[type] ?? undefined) !== undefined);
  if (block === undefined && other !== undefined) throw secondType(at, format, other);
  return { blockKeys: [...keys, format], source, block };
}

export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error for something of another shape than Argo CD's own. */
export function unreadable(path: string, expected: string): LynceusError {
  return new LynceusError('application-invalid', `expected ${expected} at ${path}`);
}

function keysOf(at: string): readonly (string | number)[] {
  const found = PLACE.exec(at);
  if (found === null) throw new LynceusError('internal', `expected the place of a source, found ${at}`);
  const index = found.groups?.['index'];
  return index === undefined ? at.split('.') : ['spec', 'sources', Number(index)];
}

function placeInUse(application: unknown, keys: readonly (string | number)[]): string {
  const spec = memberOf(application, 'spec');
  if (isJsonRecord(memberOf(spec, 'sourceHydrator'))) return 'spec.sourceHydrator.drySource';
  const sources = memberOf(spec, 'sources');
  if (!Array.isArray(sources) || sources.length === 0) return 'spec.source';
  return `spec.sources[${keys[2] ?? 0}]`;
}

function memberOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? (value[key] as unknown) : undefined;
  return isJsonRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function moved(at: string): LynceusError {
  return changedMeanwhile(`${at} is not, or no longer, a source that Argo CD reads from this Application`);
}

function secondType(at: string, format: string, other: string): LynceusError {
  return new LynceusError(
    'target-unsupported',
    `${at} has a ${other} block, and Argo CD refuses a source that has a ${format} block as well`,
    { hint: 'let write-back-target name the kind of file that fits the source' },
  );
}
