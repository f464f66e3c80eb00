import type { ModuleImport, SourceModule } from './imports.ts';
import type { Token } from './tokens.ts';

/** What one folder of `src` (or one file at its top) may import. Layers are named without `src/` and `.ts`. */
export interface Layer {
  readonly name: string;
  /** Layers it may import anything from. */
  readonly mayImport: readonly string[];
  /** Layers it may import types from. */
  readonly mayImportTypes?: readonly string[];
  /** Packages of others. */
  readonly packages: readonly string[];
  /** Modules of Node.js; all of them when it is not said. */
  readonly builtins?: readonly string[];
  /** No clock, chance, process, disc, network, log or environment. */
  readonly pure?: true;
  /** One outside thing each: only the composition may import it, and it imports no other adapter. */
  readonly adapter?: true;
}

/** A package or module of Node.js that just one file or folder of `src` may import, or nobody. */
export interface Home {
  readonly specifier: string;
  readonly path: string | undefined;
}

/** The longest file that still is one room. */
const MOST_LINES = 400;

const CATCH_ALL = /(^|\/)(utils?|helpers?|common|types)(\.ts)?(\/|$)/;
const COMPOSITION = /^src\/app\/compose(-[^/]+)?\.ts$/;

/** Every broken rule, each as one line that names the offender. No modules at all is a broken rule too. */
export function checkArchitecture(
  modules: readonly SourceModule[],
  layers: readonly Layer[],
  homes: readonly Home[] = [],
): readonly string[] {
  if (modules.length === 0) return ['no modules were seen'];
  const perModule = modules.flatMap((module) => [
    ...checkModule(module, layers),
    ...checkHomes(module, homes),
  ]);
  return [...perModule, ...findCycles(modules).map((cycle) => `cycle: ${cycle.join(' -> ')}`)];
}

function checkModule(module: SourceModule, layers: readonly Layer[]): readonly string[] {
  const layer = layerOf(module.path, layers);
  const named = CATCH_ALL.test(module.path)
    ? [`${module.path}: a name that says nothing (utils, helpers, common, types)`]
    : [];
  const long =
    module.lines > MOST_LINES ? [`${module.path}: ${module.lines} lines, at most ${MOST_LINES}`] : [];
  if (layer === undefined) return [...named, ...long, `${module.path}: belongs to no layer`];
  const imports = module.imports.flatMap((one) => {
    const complaint =
      one.target === undefined ? checkPackage(one, layer) : checkTarget({ module, layer, layers, one });
    return complaint === undefined ? [] : [`${module.path} -> ${one.target ?? one.specifier} (${complaint})`];
  });
  const impure =
    layer.pure === true
      ? impurities(module.tokens).map((what) => `${module.path}: ${what} (${layer.name} is pure)`)
      : [];
  return [...named, ...long, ...imports, ...impure];
}

function checkHomes({ path, imports }: SourceModule, homes: readonly Home[]): readonly string[] {
  return imports.flatMap(({ specifier }) => {
    const home = homes.find((one) => one.specifier === specifier);
    if (home === undefined || path === home.path || path.startsWith(`${home.path}/`)) return [];
    const rule = home.path === undefined ? 'nothing in src' : `only ${home.path}`;
    return [`${path} -> ${specifier} (${rule} may import it)`];
  });
}

function checkPackage({ specifier }: ModuleImport, layer: Layer): string | undefined {
  if (specifier.startsWith('node:')) {
    if (layer.builtins === undefined || layer.builtins.includes(specifier)) return undefined;
    return `${layer.name} may use of Node.js: ${list(layer.builtins)}`;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return layer.packages.includes(name)
    ? undefined
    : `${layer.name} may use the packages: ${list(layer.packages)}`;
}

interface TargetQuestion {
  readonly module: SourceModule;
  readonly layer: Layer;
  readonly layers: readonly Layer[];
  readonly one: ModuleImport;
}

function checkTarget({ module, layer, layers, one }: TargetQuestion): string | undefined {
  const target = layerOf(one.target ?? '', layers);
  const types = layer.mayImportTypes ?? [];
  const rule = `${layer.name} may import: ${listLayers(layer)}`;
  if (target === undefined) return rule;
  if (target.adapter === true && layer.name === 'app') {
    return COMPOSITION.test(module.path)
      ? undefined
      : 'only src/app/compose.ts and src/app/compose-*.ts may import an adapter';
  }
  if (target.name === layer.name && layer.mayImport.includes(layer.name)) return undefined;
  if (layer.mayImport.includes(target.name) || (one.typeOnly && types.includes(target.name)))
    return undefined;
  return rule;
}

/** What a layer may import, for people. */
export function listLayers({ mayImport, mayImportTypes = [] }: Layer): string {
  return list([...mayImport, ...mayImportTypes.map((name) => `${name} (types)`)]);
}

/** The layer with the longest name that the path lies in. */
function layerOf(path: string, layers: readonly Layer[]): Layer | undefined {
  const inside = layers.filter(({ name }) => path === `src/${name}.ts` || path.startsWith(`src/${name}/`));
  return inside.toSorted((a, b) => b.name.length - a.name.length)[0];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

const IMPURE = [
  'performance',
  'Math . random',
  'randomUUID',
  'randomBytes',
  'randomInt',
  'getRandomValues',
  'process',
  'globalThis',
  'fetch (',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'console',
].map((text) => text.split(' '));

function impurities(tokens: readonly Token[]): readonly string[] {
  const found = IMPURE.filter((words) => tokens.some((_, index) => startsAt(tokens, index, words)));
  return [...clocks(tokens), ...found.map((words) => words.join(' ').replace(' . ', '.').replace(' (', '('))];
}

/** Every use of `Date` that may read the clock: all but `new Date(value)`, `Date.parse` and `Date.UTC`. */
function clocks(tokens: readonly Token[]): readonly string[] {
  const found = tokens.flatMap((_, index) => {
    if (!startsAt(tokens, index, ['Date'])) return [];
    const isNew = tokens[index - 1]?.text === 'new';
    const [sign, next] = [tokens[index + 1]?.text, tokens[index + 2]?.text ?? ''];
    if (isNew && sign === '(' && next !== ')' && next !== '.') return [];
    if (!isNew && sign === '.') return ['parse', 'UTC'].includes(next) ? [] : [`Date.${next}`];
    return [isNew ? 'new Date without a value' : 'Date'];
  });
  return [...new Set(found)];
}

/** A member or key of that name is something else: `image.process`, `{ process: 1 }`. */
function startsAt(tokens: readonly Token[], index: number, words: readonly string[]): boolean {
  const before = tokens[index - 1]?.text;
  if (before === '.' || before === '?.' || tokens[index + words.length]?.text === ':') return false;
  return words.every((word, offset) => {
    const token = tokens[index + offset];
    return token !== undefined && token.kind !== 'string' && token.text === word;
  });
}

/** Each ring of imports, from its first file back to it. */
function findCycles(modules: readonly SourceModule[]): readonly (readonly string[])[] {
  const edges = new Map(
    modules.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]),
  );
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
