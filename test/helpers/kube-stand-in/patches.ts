import { isDeepStrictEqual } from 'node:util';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** RFC 7386. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/** RFC 6902. Throws an `Error` with the sentence of the library the API server uses. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = { value: structuredClone(target) as Json };
  for (const operation of patch as readonly Record<string, unknown>[]) applyOperation(root, operation);
  return root.value;
}

function applyOperation(root: { value: Json }, operation: Readonly<Record<string, unknown>>): void {
  const path = String(operation['path']);
  const value = structuredClone(operation['value']) as Json;
  switch (operation['op']) {
    case 'add':
      return insert(root, path, value);
    case 'remove':
      return remove(root, path);
    case 'replace':
      read(root, path);
      remove(root, path);
      return insert(root, path, value);
    case 'move': {
      const moved = read(root, String(operation['from']));
      remove(root, String(operation['from']));
      return insert(root, path, moved);
    }
    case 'copy':
      return insert(root, path, structuredClone(read(root, String(operation['from']))));
    case 'test':
      if (!isDeepStrictEqual(lookUp(root, path), value))
        throw new Error(`testing value ${path} failed: test failed`);
      return;
    default:
      throw new Error(`Unexpected kind: ${String(operation['op'])}`);
  }
}

function insert(root: { value: Json }, path: string, value: Json): void {
  if (path === '') {
    root.value = value;
    return;
  }
  const { parent, key } = locate(root, path);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : indexIn(key, parent.length, path);
    parent.splice(index, 0, value);
  } else parent[key] = value;
}

function remove(root: { value: Json }, path: string): void {
  read(root, path);
  if (path === '') {
    root.value = null;
    return;
  }
  const { parent, key } = locate(root, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function read(root: { value: Json }, path: string): Json {
  const found = lookUp(root, path);
  if (found === undefined)
    throw new Error(`operation does not apply: doc is missing path: ${path}: missing value`);
  return found;
}

function lookUp(root: { value: Json }, path: string): Json | undefined {
  if (path === '') return root.value;
  const { parent, key } = locate(root, path);
  if (Array.isArray(parent)) return parent[indexIn(key, parent.length, path)];
  return Object.hasOwn(parent, key) ? parent[key] : undefined;
}

function locate(root: { value: Json }, path: string): { parent: Json[] | Record<string, Json>; key: string } {
  if (!path.startsWith('/')) throw new Error(`operation does not apply: bad path: ${path}`);
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let at: Json | undefined = root.value;
  for (const key of keys)
    at = Array.isArray(at) ? at[Number(key)] : isRecord(at) ? (at[key] as Json) : undefined;
  if (typeof at !== 'object' || at === null)
    throw new Error(`operation does not apply: doc is missing path: ${path}: missing value`);
  return { parent: at, key: last };
}

function indexIn(key: string, length: number, path: string): number {
  const index = Number(key);
  if (!/^(0|[1-9]\d*)$/.test(key) || index > length)
    throw new Error(`operation does not apply: bad index: ${path}: invalid index referenced`);
  return index;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
