import type { UpperLayer, Layers } from '../core/layers.ts';
import { gitTargetOf, type FileTarget, type ImageInGit, type TrackedImage } from '../core/policy.ts';
import type { Warning } from '../core/reasons/warning.ts';
import { shownPlace } from '../core/written-image.ts';
import { layersOfOverrideFile, overridingLayers } from '../edits/index.ts';

/** The text of a file of the place that is written; `undefined` for none, and for one that cannot be read. */
type TextOf = (path: string) => string | undefined;

/** Most files of one place that are read only to look for layers. */
const MOST_FILES = 2_000;

/** The files of one place that `warnOfLayers` looks into, each once. */
export function layerPaths(images: readonly ImageInGit[]): readonly string[] {
  const paths = images.flatMap(({ tracked: { layers } }) => {
    const { files = [], unread } = layers ?? {};
    const chart = unread?.kind === 'no-value-file' ? unread.chart : undefined;
    return [...files.map(({ path }) => path), ...(chart === undefined ? [] : [chart])];
  });
  return [...new Set(paths)].slice(0, MOST_FILES);
}

/** Whether what is written for an image decides nothing. Without `textOf`, what the Application itself shows. */
export function warnOfLayers(tracked: TrackedImage, textOf?: TextOf): readonly Warning[] {
  const target = gitTargetOf(tracked);
  const { layers, destination } = tracked;
  if (target === undefined || layers === undefined) return [];
  const file = nameOf(target.file);
  const { unread } = layers;
  if (unread !== undefined)
    return isUnread(unread, textOf) ? [{ code: 'file-unread', facts: { file, why: unread } }] : [];
  const all = textOf === undefined ? layers.ofSpec : allLayers(layers, textOf);
  const written = {
    target: target.file,
    slot: destination.slot,
    overDefaults: layers.overDefaults === true,
  };
  const by = overridingLayers(written, all).map(({ at }) => at);
  if (by.length === 0) return [];
  const key = shownPlace(destination.slot);
  return [{ code: 'overridden', facts: { file, key, by: [...new Set(by)] } }];
}

/** A chart may get its values from a folder that it names as a dependency: then nothing is said. */
function isUnread(unread: NonNullable<Layers['unread']>, textOf: TextOf | undefined): boolean {
  if (unread.kind !== 'no-value-file' || unread.chart === undefined) return true;
  return textOf?.(unread.chart)?.includes('file://') === false;
}

function allLayers({ ofSpec, files }: Layers, textOf: TextOf): readonly UpperLayer[] {
  const ofFiles = files.flatMap(({ kind, path }): readonly UpperLayer[] => {
    const text = textOf(path);
    if (text === undefined) return [];
    return kind === 'override' ? layersOfOverrideFile(path, text) : [{ kind, at: path, text }];
  });
  return [...ofSpec, ...ofFiles];
}

function nameOf(file: FileTarget): string {
  return file.kind === 'kustomization' ? `the kustomization in ${file.directory || '.'}` : file.path;
}
