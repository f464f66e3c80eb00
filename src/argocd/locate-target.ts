import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { Application } from './application.ts';
import { shown } from './problems.ts';
import { isPackaged, sourceAt } from './source-type.ts';
import type { ChosenSource } from './source-type.ts';
import { parseValueFile, valueFilesOf } from './value-file.ts';
import type { ValueFile } from './value-file.ts';
import type { TargetSpec } from './write-target.ts';

/** Where a target's path starts: a source, and the path that is taken from its folder or (with `/`) from its root. */
export interface LocatedTarget {
  readonly spec: TargetSpec;
  readonly home: ChosenSource;
}

/**
 * Finds the source that a target's file is in: the chosen one, or the one that `$REF/` names. Plain `helmvalues` beside
 * a packaged chart, which has no `values.yaml` in Git, is the one `$REF/PATH` that the chart lists; not with a remote
 * of its own, whose root then has the file.
 *
 * Throws `annotation-invalid` for an unknown ref and `target-ambiguous` for one of several sources, or several files.
 */
export function locateTarget(
  application: Application,
  { spec, home }: LocatedTarget,
  hasOwnRemote: boolean,
): LocatedTarget {
  if (spec.kind === 'values-default' && isPackaged(home.source) && !hasOwnRemote) {
    const file = onlyValueFile(home);
    if (file !== undefined)
      return locateTarget(application, { spec: { kind: 'helm-values', ...file }, home }, false);
  }
  if (!('ref' in spec) || spec.ref === undefined) return { spec, home };
  return {
    spec: { ...spec, ref: undefined, path: `/${spec.path}` },
    home: { ...referred(application, spec.ref), type: home.type },
  };
}

function onlyValueFile({ source, at }: ChosenSource): ValueFile | undefined {
  const [file, ...others] = valueFilesOf(source);
  if (file === undefined) return undefined;
  if (others.length === 0) return parseValueFile(file);
  throw new LynceusError(
    'target-ambiguous',
    `expected one value file with a $ref in ${at}, found ${shown([file, ...others].join(', '))}`,
    { hint: `name one of them: helmvalues:${shown(file)}` },
  );
}

function referred(application: Application, ref: string): Omit<ChosenSource, 'type'> {
  const { sources } = application;
  const indexes = sources.flatMap((source, index) => (source.ref === ref ? [index] : []));
  const [index, ...others] = indexes;
  const source = index === undefined ? undefined : sources[index];
  if (index === undefined || source === undefined) throw unknownRef(application, ref);
  if (others.length === 0) return { source, at: sourceAt(application, index) };
  const places = indexes.map((one) => sourceAt(application, one)).join(' and ');
  throw new LynceusError('target-ambiguous', `expected one source with ref ${quoted(ref)}, found ${places}`);
}

function unknownRef({ sources }: Application, ref: string): LynceusError {
  const refs = sources.flatMap((source) => (source.ref === '' ? [] : [`$${source.ref}`]));
  return new LynceusError(
    'annotation-invalid',
    `expected the ref of a source of the Application, found ${quoted(`$${ref}`)}`,
    { hint: refs.length === 0 ? 'no source has a ref' : `there is ${shown(refs.join(', '))}` },
  );
}
