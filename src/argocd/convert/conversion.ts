import type { ApplicationId, ImageUpdaterId } from '../../core/policy.ts';
import type { Problem } from '../../core/problem.ts';
import { LynceusError } from '../../errors.ts';
import { problemOf } from '../problems.ts';
import type { UpdaterDocument } from './updater-document.ts';

/** What is to be changed so that the other form says what this one says. */
export interface Conversion {
  readonly created: readonly UpdaterDocument[];
  /** Resources that nothing is left for. */
  readonly deleted: readonly ImageUpdaterId[];
  readonly changes: readonly AnnotationChange[];
  /** What cannot be said in the other form, and what cannot be read. */
  readonly problems: readonly Problem[];
  /** What is said a little differently, and means the same. */
  readonly notes: readonly ConversionNote[];
}

/** Annotations of an Application that go, and that come; by their full names. */
export interface AnnotationChange {
  readonly application: ApplicationId;
  readonly remove: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

export interface ConversionNote {
  readonly application: ApplicationId;
  /** `alias-changed`: an image is called otherwise. `left-alone`: what does not count today is as it was. */
  readonly code: 'alias-changed' | 'left-alone';
  readonly message: string;
}

/** What cannot be said in the other form. */
export function notConvertible(
  found: {
    readonly application: ApplicationId;
    readonly updater?: ImageUpdaterId;
    readonly alias?: string | undefined;
    readonly key: string;
    readonly value?: string;
  },
  message: string,
  hint: string,
): Problem {
  const error = new LynceusError('not-convertible', message, { hint });
  return problemOf({ alias: undefined, value: '', ...found }, error);
}
