import type { Layers } from '../core/layers.ts';
import type { FileTarget, GitTarget, WriteTarget } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { ImageKey } from './annotations.ts';
import type { ApplicationSource } from './application.ts';
import { inheritedEntries } from './declared-image.ts';
import { readPlace } from './git-place.ts';
import { withPullRequest } from './read-pull-request.ts';
import type { SlotFamily } from './image-slot.ts';
import { locateTarget } from './locate-target.ts';
import type { LocatedTarget } from './locate-target.ts';
import { homeOf, mayNameSecretsIn } from './policy-input.ts';
import type { PolicyInput, WriteBackInput } from './policy-input.ts';
import type { Found } from './problems.ts';
import { readLayers } from './read-layers.ts';
import { chooseSource, isPackaged } from './source-type.ts';
import type { ChosenSource, SourceType } from './source-type.ts';
import { treePath } from './tree-path.ts';
import { parseWriteMethod } from './write-method.ts';
import type { WriteMethod } from './write-method.ts';
import { overrideFileName, parseWriteTarget, typeForced } from './write-target.ts';
import type { TargetSpec } from './write-target.ts';

/** Where an image is written. */
export interface WriteBack {
  readonly target: WriteTarget;
  readonly family: SlotFamily;
  readonly source: ApplicationSource;
  /** What else may decide the version that is deployed; absent when there is nothing to look at. */
  readonly layers?: Layers;
}

const FAMILY = {
  Helm: 'helm',
  Kustomize: 'kustomize',
  Plugin: 'plugin',
} as const satisfies Readonly<Record<SourceType, SlotFamily>>;
const DEFAULT_TARGET: TargetSpec = { kind: 'override', path: undefined };
const KEYS = [
  'write-back-method',
  'write-back-target',
  'git-branch',
  'git-repository',
] as const satisfies readonly ImageKey[];

/** Whether an image has any of these annotations of its own. */
export function hasOwnTarget({ settings }: PolicyInput, alias: string): boolean {
  return KEYS.some((key) => settings.ofImage(alias, key)?.key !== settings.ofImage('', key)?.key);
}

/** Reads `write-back-*` and `git-*`. Every fault is added to the problems, and then it returns undefined. */
export function readWriteBack(input: WriteBackInput): WriteBack | undefined {
  const { application, alias, settings, problems } = input;
  const found = settings.ofImage(alias, 'write-back-target');
  const spec = found === undefined ? DEFAULT_TARGET : problems.attempt(found, parseWriteTarget);
  const chosen = chooseSource(application, spec && typeForced(spec));
  const method = readMethod(input);
  if (chosen === undefined) {
    problems.add(
      { key: 'spec', value: '' },
      new LynceusError('application-invalid', 'expected a source, found none'),
    );
    return undefined;
  }
  if (method?.method === 'application') return applicationTarget(input, chosen);
  const located = spec && readTarget(input, { spec, home: chosen });
  if (spec !== undefined && located === undefined) return undefined;
  const place = readPlace(input, method?.credentials, located?.home ?? chosen);
  const file = located && readFile(input, located);
  if (place === undefined || file === undefined) return undefined;
  const proposed = withPullRequest(input, place, file.target);
  if (proposed === undefined) return undefined;
  const { otherRoot } = file;
  const target = {
    method: 'git',
    place: proposed,
    file: file.target,
    ...(otherRoot !== undefined && located?.home === chosen && { otherRoot }),
  } as const;
  const layers = readLayers({ application, argocdNamespace: input.context.argocdNamespace, chosen, target });
  const written = { target, family: file.family, source: chosen.source };
  return layers === undefined ? written : { ...written, layers };
}

function readMethod({
  application,
  context,
  alias,
  settings,
  problems,
}: WriteBackInput): WriteMethod | undefined {
  const found = settings.ofImage(alias, 'write-back-method') ?? settings.missing('write-back-method');
  return problems.attempt(found, (text) => {
    const method = parseWriteMethod(text === '' ? context.defaultMethod : text, {
      namespace: homeOf(application, context),
      project: application.project,
      mayNameSecretsIn: (namespace) => mayNameSecretsIn(namespace, application, context),
    });
    if (method.method === 'git' || context.canWriteApplications) return method;
    const who = text === '' ? 'this is the default method, and it' : 'this method';
    throw new LynceusError(
      'write-method-unsupported',
      `${who} changes the Application in the cluster, which cannot be done here: Applications are read from files`,
      { hint: 'write the annotation write-back-method: git, or writeBack.method: git in the configuration' },
    );
  });
}

function applicationTarget({ problems }: PolicyInput, chosen: ChosenSource): WriteBack | undefined {
  const { type, source, at } = chosen;
  if (type !== undefined) {
    const family = FAMILY[type];
    return { target: { method: 'application', at, format: family }, family, source };
  }
  problems.add({ key: at, value: '' }, untyped(chosen));
  return undefined;
}

interface ResolvedFile {
  readonly target: FileTarget;
  readonly family: SlotFamily;
  readonly otherRoot?: GitTarget['otherRoot'];
}

function readTarget(input: WriteBackInput, located: LocatedTarget): LocatedTarget | undefined {
  const { application, alias, settings, problems } = input;
  const hasOwnRemote = settings.ofImage(alias, 'git-repository') !== undefined;
  return problems.attempt(foundTarget(input), () => locateTarget(application, located, hasOwnRemote));
}

function foundTarget({ alias, settings }: WriteBackInput): Found {
  return settings.ofImage(alias, 'write-back-target') ?? settings.missing('write-back-target');
}

function readFile(input: WriteBackInput, { spec, home }: LocatedTarget): ResolvedFile | undefined {
  const { source, at } = home;
  const { problems } = input;
  const folder = problems.attempt({ key: `${at}.path`, value: source.path }, (path) => treePath(path));
  if (folder === undefined) return undefined;
  const file = problems.attempt(foundTarget(input), () => resolveFile(input, spec, { ...home, folder }));
  if (file === undefined) return undefined;
  const otherRoot = otherRootOf(spec, file.target, folder);
  return otherRoot === undefined ? file : { ...file, otherRoot };
}

const KEYWORDS = { kustomization: 'kustomization', 'helm-values': 'helmvalues', markers: 'markers' } as const;

/** A path with `/` taken from the folder of the source, and one without from the root; `undefined` where that is the same file. */
function otherRootOf(spec: TargetSpec, { kind }: FileTarget, folder: string): GitTarget['otherRoot'] {
  if (kind === 'override' || !('path' in spec) || spec.path === undefined || spec.path === '')
    return undefined;
  if (folder === '') return undefined;
  const isFromRoot = spec.kind === 'file' || spec.path.startsWith('/');
  const written = isFromRoot ? spec.path.replace(/^\/+/, '') : `/${spec.path}`;
  try {
    const path = treePath(written, folder);
    const file: FileTarget = kind === 'kustomization' ? { kind, directory: path } : { kind, path };
    return { file, annotation: `${KEYWORDS[kind]}:${written}` };
  } catch {
    // It leads out of the work tree, so nobody can have meant it.
    return undefined;
  }
}

function resolveFile(
  { application, context }: PolicyInput,
  spec: TargetSpec,
  chosen: ChosenSource & { readonly folder: string },
): ResolvedFile {
  const { type, source, folder } = chosen;
  switch (spec.kind) {
    case 'kustomization':
      return {
        target: { kind: 'kustomization', directory: treePath(spec.path, folder) },
        family: 'kustomize',
      };
    case 'values-default':
      return { target: { kind: 'helm-values', path: treePath('values.yaml', folder) }, family: 'helm' };
    case 'helm-values':
      return { target: { kind: 'helm-values', path: treePath(spec.path, folder) }, family: 'helm' };
    case 'markers':
      return { target: { kind: 'markers', path: treePath(spec.path, folder) }, family: 'markers' };
    case 'file':
      if (type === 'Helm') return { target: { kind: 'helm-values', path: spec.path }, family: 'helm' };
      throw new LynceusError(
        'target-unsupported',
        'only a Helm source can be written to a file of this name',
        {
          hint: `write helmvalues:/${spec.path} for a values file, or kustomization:PATH for the folder of a kustomization`,
        },
      );
    case 'override': {
      if (type === undefined || isPackaged(source)) throw untyped(chosen);
      const path = spec.path ?? treePath(overrideFileName(application, context.argocdNamespace), folder);
      const family = FAMILY[type];
      return {
        target: { kind: 'override', path, format: family, inherited: inheritedEntries(source) },
        family,
      };
    }
  }
}

function untyped({ source, at }: ChosenSource): LynceusError {
  const what = isPackaged(source)
    ? `${at} is a packaged chart, beside which Argo CD reads no override file`
    : `${at} is not known to be Helm, Kustomize or a plugin, and only those can be overridden`;
  return new LynceusError('target-unsupported', what, {
    hint: 'write write-back-method: git and write-back-target: helmvalues:PATH or kustomization:PATH or markers:PATH, which fit any source; or put a helm, kustomize or plugin block into the source',
  });
}
