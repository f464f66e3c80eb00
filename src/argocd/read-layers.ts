import { readGitRemote, type GitRemote } from '../core/git/remote.ts';
import type { UpperLayer, LayerFile, Layers, UnreadFile } from '../core/layers.ts';
import type { GitTarget } from '../core/policy.ts';
import type { Application, ApplicationSource } from './application.ts';
import { isPackaged, type ChosenSource } from './source-type.ts';
import { treePath, tryTreePath } from './tree-path.ts';
import { parseValueFile } from './value-file.ts';
import { overrideFileName } from './write-target.ts';

/** Most value files of a source that are looked at. */
const MOST_VALUE_FILES = 20;

interface LayersInput {
  readonly application: Application;
  readonly argocdNamespace: string;
  /** The source that is deployed with the file; its values may be in another one. */
  readonly chosen: ChosenSource;
  readonly target: GitTarget;
}

/** What Argo CD lays over the file of a target; `undefined` when there is nothing to look at. */
export function readLayers(input: LayersInput): Layers | undefined {
  const found = layersFor(input);
  const isNothing = found.ofSpec.length === 0 && found.files.length === 0 && found.unread === undefined;
  return isNothing ? undefined : found;
}

const NOTHING: Layers = { ofSpec: [], files: [] };

function layersFor(input: LayersInput): Layers {
  const { chosen, target } = input;
  const { file } = target;
  switch (file.kind) {
    case 'helm-values': {
      // The keys of a chart inside of a chart are others than those of the values that it gets.
      if (isInnerChart(input, file.path)) return NOTHING;
      const listed = listedBy(chosen.source, input);
      const unread = unreadValues(input, file.path, listed);
      if (unread !== undefined) return { ...NOTHING, unread };
      const files = [...laterValueFiles(input, file.path, listed), ...overrideFiles(input)];
      const isListed = listed.some((one) => isPath(one, file.path));
      const isDefault = !isListed && pathInChart(chosen.source, input, file.path) === 'values.yaml';
      return { ofSpec: ofHelm(chosen), files, ...(isDefault ? { overDefaults: true } : {}) };
    }
    case 'kustomization':
      return { ofSpec: ofKustomize(chosen), files: overrideFiles(input) };
    case 'override':
      return ofOverride(input, file.path);
    case 'markers':
      return NOTHING;
  }
}

function ofHelm({ source: { helm }, at }: ChosenSource): readonly UpperLayer[] {
  const { values, valuesObject, parameters = [] } = helm ?? {};
  const layers: UpperLayer[] = [];
  if (values !== undefined) layers.push({ kind: 'values', at: `${at}.helm.values`, text: values });
  if (valuesObject !== undefined)
    layers.push({ kind: 'values-object', at: `${at}.helm.valuesObject`, values: valuesObject });
  if (parameters.length > 0)
    layers.push({
      kind: 'parameters',
      at: `${at}.helm.parameters`,
      names: parameters.map(({ name }) => name),
    });
  return [...layers, ...ofFileParameters(helm, at)];
}

function ofFileParameters(helm: ApplicationSource['helm'], at: string): readonly UpperLayer[] {
  const names = helm?.fileParameters ?? [];
  return names.length === 0 ? [] : [{ kind: 'file-parameters', at: `${at}.helm.fileParameters`, names }];
}

function ofKustomize({ source: { kustomize }, at }: ChosenSource): readonly UpperLayer[] {
  const entries = kustomize?.images ?? [];
  return entries.length === 0 ? [] : [{ kind: 'images', at: `${at}.kustomize.images`, entries }];
}

/** Of the two override files that Argo CD reads, the one of the Application comes last. */
function ofOverride(input: LayersInput, path: string): Layers {
  const { chosen } = input;
  const read = overrideFiles(input).map((one) => one.path);
  const ofSpec = chosen.type === 'Helm' ? ofFileParameters(chosen.source.helm, chosen.at) : [];
  const index = read.indexOf(path);
  const own = read[1];
  if (own === undefined) return { ...NOTHING, ofSpec };
  if (index < 0) return { ...NOTHING, unread: { kind: 'no-override-file', read: own } };
  const files = index === 0 ? [{ kind: 'override', path: own } as const] : [];
  return { ofSpec, files };
}

/** The override files beside the manifests of the source, the weaker first; none when they are in no Git branch, or another. */
function overrideFiles({ application, argocdNamespace, chosen, target }: LayersInput): readonly LayerFile[] {
  const folder = folderOf(chosen.source, target.place.remote);
  if (folder === undefined) return [];
  const names = ['.argocd-source.yaml', overrideFileName(application, argocdNamespace)];
  return names.map((name) => ({ kind: 'override', path: treePath(`/${folder}/${name}`) }));
}

/** Folder of a source in this remote; `undefined` when it is elsewhere. */
function folderOf(source: ApplicationSource, remote: GitRemote): string | undefined {
  return isPackaged(source) || keyOf(source) !== remote.key ? undefined : tryTreePath(source.path);
}

function keyOf({ repoURL }: ApplicationSource): string | undefined {
  const read = readGitRemote(repoURL);
  return 'key' in read ? read.key : undefined;
}

/** A value file that a source lists: where it is, `elsewhere` (a URL, another remote), or `unknown` (a pattern, a variable). */
type ListedFile = { readonly path: string } | 'elsewhere' | 'unknown';

function listedBy(
  source: ApplicationSource,
  { application, target }: Pick<LayersInput, 'application' | 'target'>,
): readonly ListedFile[] {
  return (source.helm?.valueFiles ?? []).map((text) => {
    const ref = parseValueFile(text);
    const home =
      ref === undefined ? source : application.sources.find((one) => one.ref !== '' && one.ref === ref.ref);
    const path = ref?.path ?? text;
    if (home === undefined || /[$*?[\]{}]/.test(path)) return 'unknown';
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return 'elsewhere';
    if (isPackaged(home) || keyOf(home) !== target.place.remote.key) return 'elsewhere';
    const from = ref === undefined ? tryTreePath(path, home.path) : tryTreePath(`/${path}`);
    return from === undefined ? 'unknown' : { path: from };
  });
}

/** Value files that come after this one. The chart's own is before all that are listed. */
function laterValueFiles(
  input: LayersInput,
  path: string,
  listed: readonly ListedFile[],
): readonly LayerFile[] {
  const index = listed.findLastIndex((one) => isPath(one, path));
  if (index < 0 && pathInChart(input.chosen.source, input, path) !== 'values.yaml') return [];
  const later = listed.slice(index + 1).flatMap((one) => (typeof one === 'string' ? [] : [one.path]));
  return later.slice(-MOST_VALUE_FILES).map((one) => ({ kind: 'value-file', path: one }));
}

function isPath(listed: ListedFile, path: string): boolean {
  return typeof listed !== 'string' && listed.path === path;
}

/** A path from the folder of a source; `undefined` when it is not in it. */
function pathInChart(
  source: ApplicationSource,
  { target }: Pick<LayersInput, 'target'>,
  path: string,
): string | undefined {
  const folder = folderOf(source, target.place.remote);
  if (folder === undefined || folder === '') return folder === undefined ? undefined : path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Values of a chart in the folder `charts` of a source. */
function isInnerChart(input: LayersInput, path: string): boolean {
  return input.application.sources.some((source) =>
    /^charts\/.+\/values\.yaml$/.test(pathInChart(source, input, path) ?? ''),
  );
}

/**
 * Why no source takes these values; `undefined` when one does, or may: a source that is not known to be Helm, a list with a
 * pattern, a file in a remote that no source is from.
 */
function unreadValues(
  input: LayersInput,
  path: string,
  listed: readonly ListedFile[],
): UnreadFile | undefined {
  const { application, chosen, target } = input;
  const { sources, sourceTypes } = application;
  const isHelm =
    chosen.source.helm !== undefined || isPackaged(chosen.source) || sourceTypes.includes('Helm');
  const { remote } = target.place;
  if (!isHelm || listed.includes('unknown')) return undefined;
  if (!sources.some((source) => !isPackaged(source) && keyOf(source) === remote.key)) return undefined;
  const mayTake = (source: ApplicationSource) => {
    const files = listedBy(source, input);
    return (
      files.some((one) => one === 'unknown' || isPath(one, path)) ||
      pathInChart(source, input, path) === 'values.yaml'
    );
  };
  if (sources.some(mayTake)) return undefined;
  const folder = folderOf(chosen.source, remote);
  const unread = { kind: 'no-value-file', at: chosen.at } as const;
  const isChart = path.endsWith('/values.yaml') || path === 'values.yaml';
  return isChart && folder !== undefined ? { ...unread, chart: treePath(`/${folder}/Chart.yaml`) } : unread;
}
