import { DEFAULTS } from '../settings/settings.ts';
import type { FaultList } from './faults.ts';
import {
  checkedLayer,
  type ConfigOverrides,
  type ConfigVariables,
  environmentLayer,
  flagLayer,
  type Layer,
} from './layers.ts';
import { mergeTrees, treePathText, type TreePath, valueAt, without } from './tree.ts';
import { parseYamlText } from './yaml-text.ts';

/** The places that settings come from. */
export interface ConfigSources {
  readonly flags: ConfigOverrides;
  readonly env: ConfigVariables;
  /** Text of the configuration file, `undefined` when it is not there. */
  readonly fileText: string | undefined;
  readonly fileName: string;
}

/** Lowest first: file, environment, flags. Each is checked by itself, so that a fault in an overridden value is found too. */
export function layersOf(sources: ConfigSources, faults: FaultList): readonly Layer[] {
  const { fileText: text, fileName } = sources;
  const yaml = text === undefined ? undefined : parseYamlText({ text, fileName, schema: 'core' }, faults);
  const file = checkedLayer(yaml?.value ?? {}, yaml?.originOf ?? (() => fileName), faults);
  const layers = [file, environmentLayer(sources.env, faults), flagLayer(sources.flags, faults)];
  for (const layer of layers) addConflicts(layer, faults);
  return layers;
}

function addConflicts({ value, originOf }: Layer, faults: FaultList): void {
  for (const [one, other] of ALTERNATIVES) {
    if (valueAt(value, one.key) === undefined || valueAt(value, other.key) === undefined) continue;
    const message = `cannot be set together with ${treePathText(other.key)}`;
    faults.add({ path: treePathText(one.key), origin: originOf(one.key), message });
  }
}

interface Alternative {
  readonly key: readonly string[];
  /** Keys that mean nothing without it. */
  readonly with: readonly (readonly string[])[];
}

/** Pairs of which one layer may set one; it makes the lower layers' other one void. */
const ALTERNATIVES: readonly (readonly [Alternative, Alternative])[] = [
  [
    { key: ['schedule', 'cron'], with: [['schedule', 'timezone']] },
    { key: ['schedule', 'interval'], with: [['schedule', 'jitter']] },
  ],
  [
    { key: ['git', 'messageTemplate'], with: [] },
    { key: ['git', 'messageTemplateFile'], with: [] },
  ],
];

/** The defaults with every layer on top, as the configuration file would have it. */
export function merged(layers: readonly Layer[]): unknown {
  const tree = layers.reduce<unknown>((lower, { value }) => mergeTrees(withoutVoid(lower, value), value), {});
  return mergeTrees(withoutVoid(DEFAULTS, tree), tree);
}

/** The lower tree without the alternatives to what the upper one sets. */
function withoutVoid(lower: unknown, upper: unknown): unknown {
  return ALTERNATIVES.flatMap(([one, other]) => [
    { set: one, isVoid: other },
    { set: other, isVoid: one },
  ]).reduce(
    (tree, { set, isVoid }) => (valueAt(upper, set.key) === undefined ? tree : withoutAll(tree, isVoid)),
    lower,
  );
}

function withoutAll(tree: unknown, alternative: Alternative): unknown {
  return [alternative.key, ...alternative.with].reduce(without, tree);
}

/** Where the value at a path comes from. */
export function originIn(layers: readonly Layer[]): (path: TreePath) => string {
  return (path) => {
    const layer = layers.findLast(({ value }) => valueAt(value, path) !== undefined) ?? layers[0];
    return layer?.originOf(path) ?? 'defaults';
  };
}

/** Whether Argo CD Image Updater starts with whatever the place that a value comes from has there. */
export function fallsBackIn(layers: readonly Layer[]): (path: TreePath) => boolean {
  return (path) => {
    const layer = layers.findLast(({ value }) => valueAt(value, path) !== undefined);
    return layer?.fallsBackAt?.(treePathText(path)) ?? false;
  };
}
