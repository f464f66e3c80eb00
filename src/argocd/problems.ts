import type { ApplicationId, ImageUpdaterId } from '../core/policy.ts';
import { imageUpdaterText } from '../core/identity/image-updater.ts';
import type { Problem } from '../core/problem.ts';
import { onOneLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { ANNOTATION_PREFIX } from './annotations.ts';

const LONGEST_VALUE = 200;

/** What was read, and where; an annotation or a manifest path. */
export interface Found {
  /** In full. */
  readonly key: string;
  readonly value: string;
  /** The elements, where it is a list and not text with commas between. */
  readonly items?: readonly string[];
  /** The `ImageUpdater` that has the key; absent when the Application has it. */
  readonly updater?: ImageUpdaterId;
}

/** Gathers the problems of one image, or (without an alias) of one Application. */
export interface ProblemList {
  readonly all: readonly Problem[];
  add(found: Found, error: LynceusError): void;
  /** What `read` returns, or `undefined` after a problem was added for the `LynceusError` it threw. */
  attempt<T>(found: Found, read: (value: string) => T): T | undefined;
}

export function createProblemList(application: ApplicationId, alias: string | undefined): ProblemList {
  const all: Problem[] = [];
  function add(found: Found, error: LynceusError): void {
    const { key, value, updater } = found;
    all.push(
      problemOf({ application, alias, key, value, ...(updater === undefined ? {} : { updater }) }, error),
    );
  }
  return {
    all,
    add,
    attempt(found, read) {
      try {
        return read(found.value);
      } catch (error) {
        if (!(error instanceof LynceusError)) throw error;
        add(found, error);
        return undefined;
      }
    },
  };
}

/**
 * The error as a problem. `config-invalid`, which the readers of core throw, becomes `annotation-invalid`, `updater-invalid`
 * for a field of an `ImageUpdater`, or `application-invalid` for another part of the manifest; the value is cut after 200 characters and
 * loses what may be a login in a URL.
 */
export function problemOf(
  {
    application,
    alias,
    key,
    value,
    updater,
  }: Pick<Problem, 'application' | 'alias' | 'key' | 'value' | 'updater'>,
  error: LynceusError,
): Problem {
  const isAnnotation = key.startsWith(ANNOTATION_PREFIX);
  const invalid = error.code === 'config-invalid' || error.code === 'annotation-invalid';
  const fault = isAnnotation ? 'annotation-invalid' : 'application-invalid';
  const shortKey = shown(isAnnotation ? key.slice(ANNOTATION_PREFIX.length) : key);
  const where = updater === undefined ? shortKey : `${imageUpdaterText(updater)}: ${shortKey}`;
  return {
    application,
    ...(updater === undefined ? {} : { updater }),
    alias,
    code: invalid ? (updater === undefined ? fault : 'updater-invalid') : error.code,
    key: shown(key),
    value: shown(value),
    message: onOneLine(`${where}: ${error.line}`),
  };
}

/** Foreign text without a login in it, and not endless. */
export function shown(text: string): string {
  const safe = text.replaceAll(/:\/\/[^\s,]*@/g, '://…@');
  return safe.length > LONGEST_VALUE ? `${safe.slice(0, LONGEST_VALUE)}…` : safe;
}
