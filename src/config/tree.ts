/** Keys and list positions from the root of a parsed file to a place in it. */
export type TreePath = readonly (string | number)[];

/** `git.remotes[0].url`; a key with other characters than letters and digits is quoted: `registries["my.key"]`. */
export function treePathText(path: TreePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\w-]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** What is at a path of plain maps and lists, `undefined` when nothing is. */
export function valueAt(root: unknown, path: TreePath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Sets a value below maps that are made where they are not there yet. */
export function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let map = root;
  for (const step of path.slice(0, -1)) {
    if (!isTreeMap(map[step])) map[step] = {};
    map = map[step] as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) map[last] = value;
}

/** A new tree: maps are merged key by key, everything else of `upper` replaces what `lower` has. */
export function mergeTrees(lower: unknown, upper: unknown): unknown {
  if (upper === undefined) return lower;
  if (!isTreeMap(lower) || !isTreeMap(upper)) return upper;
  const merged: Record<string, unknown> = { ...lower };
  for (const [key, value] of Object.entries(upper)) merged[key] = mergeTrees(lower[key], value);
  return merged;
}

/** The tree without what is at the path. */
export function without(root: unknown, path: TreePath): unknown {
  const [step, ...rest] = path;
  if (typeof step === 'number')
    return Array.isArray(root)
      ? root.map((item: unknown, at) => (at === step ? without(item, rest) : item))
      : root;
  if (step === undefined || !isTreeMap(root) || !Object.hasOwn(root, step)) return root;
  if (rest.length > 0) return { ...root, [step]: without(root[step], rest) };
  const { [step]: _, ...others } = root;
  return others;
}

export function isTreeMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
