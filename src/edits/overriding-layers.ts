import { keyPathKey } from '../core/identity/slot.ts';
import { parseKeyPath } from '../core/key-path.ts';
import type { UpperLayer } from '../core/layers.ts';
import type { FileTarget, ImageSlot } from '../core/policy.ts';
import { sameName } from '../core/presence.ts';
import { baseNameOf, splitEntry } from '../core/source-lists.ts';
import { versionKey } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { findKey } from './key-path.ts';
import { openYaml } from './yaml/source.ts';

/**
 * Argo CD's order (docs/user-guide/helm.md, "Helm Value Precedence"), the weakest first; Helm takes `--set-file` last. Of one
 * kind the later counts: the Application is patched by override files (JSON merge patch).
 */
const STRENGTH: readonly UpperLayer['kind'][] = [
  'images',
  'env',
  'value-file',
  'values',
  'values-object',
  'parameters',
  'file-parameters',
];

/** Where a version is written. */
interface WrittenPlace {
  readonly target: FileTarget;
  readonly slot: ImageSlot;
  readonly overDefaults: boolean;
}

/** Which of these layers decide the version of an image instead of the file that is written, the strongest first. */
export function overridingLayers(
  written: WrittenPlace,
  layers: readonly UpperLayer[],
): readonly UpperLayer[] {
  const winning = effective(layers).filter((layer) => overrides(written, layer));
  return winning.toSorted((a, b) => STRENGTH.indexOf(b.kind) - STRENGTH.indexOf(a.kind));
}

/** Lists and texts are replaced as a whole; `valuesObject` is merged, and with it `values` is not read. */
function effective(layers: readonly UpperLayer[]): readonly UpperLayer[] {
  const hasObject = layers.some(({ kind }) => kind === 'values-object');
  return layers.filter(({ kind }, index) => {
    if (kind === 'value-file' || kind === 'values-object') return true;
    if (kind === 'values' && hasObject) return false;
    return !layers.slice(index + 1).some((later) => later.kind === kind);
  });
}

function overrides(written: WrittenPlace, layer: UpperLayer): boolean {
  const { target, slot } = written;
  if (target.kind === 'override' && isSameList(target.format, layer)) return true;
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec':
      return setsVersion(layer, versionKey(slot), written);
    case 'kustomize':
      return layer.kind === 'images' && layer.entries.some((entry) => replaces(entry, slot.name));
    case 'plugin':
    case 'markers':
      return false;
  }
}

/** A list of a later override file replaces the whole list. */
function isSameList(
  format: Extract<FileTarget, { kind: 'override' }>['format'],
  { kind }: UpperLayer,
): boolean {
  const lists = { helm: 'parameters', kustomize: 'images', plugin: 'env' } as const;
  return kind === lists[format];
}

/** A parameter is stronger than values, wherever they are. */
function setsVersion(layer: UpperLayer, path: string, { target, overDefaults }: WrittenPlace): boolean {
  switch (layer.kind) {
    case 'parameters':
    case 'file-parameters':
      return layer.names.some((name) => covers(name, path) || (overDefaults && sharesList(name, path)));
    case 'value-file':
    case 'values':
      return target.kind !== 'override' && hasKey(layer.at, layer.text, path);
    case 'values-object': {
      const text = JSON.stringify(layer.values);
      return target.kind !== 'override' && hasKey(layer.at, text, path);
    }
    case 'images':
    case 'env':
      return false;
  }
}

/** Helm writes a dot in a key as `\.`; a parameter of a map replaces all that is in it. */
function covers(name: string, path: string): boolean {
  const [parameter, key] = [name.replaceAll('\\', ''), path].map(keyPathKey);
  if (parameter === undefined || key === undefined || parameter === '') return false;
  return key === parameter || key.startsWith(`${parameter}.`) || key.startsWith(`${parameter}[`);
}

/** Whether a parameter sets something in the list that the first index of a key leads into. */
function sharesList(name: string, path: string): boolean {
  const { map } = mapOf(path);
  return map !== path && name.replaceAll('\\', '').startsWith(`${map}[`);
}

/** The part of a key path before the first element of a list, and its first key. */
function mapOf(path: string): { readonly map: string; readonly first: string } {
  const steps = parseKeyPath(path) ?? [];
  const [first] = steps;
  const element = steps.find(({ kind }) => kind !== 'key');
  return {
    map: element === undefined ? path : path.slice(0, element.start),
    first: first?.kind === 'key' ? first.key : path,
  };
}

/** Whether values set a key, also to nothing. Helm replaces a list as a whole. What cannot be read sets nothing. */
function hasKey(at: string, text: string, path: string): boolean {
  const { map, first } = mapOf(path);
  if (!text.includes(first)) return false;
  try {
    return findKey(openYaml(at, text), map).kind === 'found';
  } catch (thrown) {
    if (!(thrown instanceof LynceusError)) throw thrown;
    // A single value or a list stands where the map should be, and replaces it.
    return thrown.code === 'key-unsupported';
  }
}

/** An entry replaces that of the kustomization as a whole, unless its tag is `*`, which keeps the one that is there. */
function replaces(entry: string, name: string): boolean {
  return sameName(baseNameOf(entry), name) && splitEntry(entry).image.tag !== '*';
}
