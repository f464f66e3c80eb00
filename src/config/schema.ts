import * as z from 'zod';
import { EntryList, Group, Key, type Node, type Rows } from '../settings/keys.ts';
import { REGISTRY } from '../settings/registry.ts';
import { nodeAt, withoutBackticks } from '../settings/settings.ts';
import { TABLE } from '../settings/table.ts';
import type { TreePath } from './tree.ts';

/** The configuration file, key by key. What concerns two keys at once is in `rules.ts`. */
export const CONFIG_FILE_SCHEMA = mapOf(TABLE, { fillIn: false, entries: 'when-used' });

/** An entry of `registries.conf`, with the names of the configuration file. */
export const REGISTRY_SCHEMA = z.lazy(() => mapOf(REGISTRY, { fillIn: true, entries: 'when-used' }));

/** The JSON schema of the configuration file, for editors; `config/lynceus.schema.json` is this. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(mapOf(TABLE, { fillIn: true, entries: 'at-once' }), {
    io: 'input',
  });
  return { $schema, title: 'lynceus.yaml', description: 'Configuration of Lynceus', ...schema };
}

interface SchemaOptions {
  /**
   * Whether a key that is missing gets its default. Outside of lists this is done when all layers are merged, because
   * some of them make defaults void.
   */
  readonly fillIn: boolean;
  /** When the schema of a list's entries is made. Most lists are empty, and these are more than half of all schemas. */
  readonly entries: 'when-used' | 'at-once';
}

function mapOf(rows: Rows, options: SchemaOptions): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(Object.entries(rows).map(([name, node]) => [name, schemaOf(node, options)])),
  );
}

function schemaOf(node: Node, options: SchemaOptions): z.ZodType {
  if (node instanceof Key) {
    const schema = node.type.schema(z).meta({ description: withoutBackticks(node.about) });
    return node.options.required === true ? schema : orDefault(schema, node.options.default, options);
  }
  if (node instanceof EntryList) {
    const entry = (): z.ZodObject => mapOf(node.rows, { ...options, fillIn: true });
    const list = z.array(options.entries === 'at-once' ? entry() : z.lazy(entry)).max(1_000);
    return orDefault(list.meta({ description: withoutBackticks(node.about) }), [], options);
  }
  return mapOf(node.rows, options).optional();
}

function orDefault(schema: z.ZodType, fallback: unknown, { fillIn }: SchemaOptions): z.ZodType {
  return fillIn && fallback !== undefined ? schema.prefault(fallback) : schema.optional();
}

/** The end of "expected …" for the value at a path. */
export function expectedAt(path: TreePath): string {
  const node = nodeAt(path);
  if (node instanceof Key) return node.type.expected;
  if (node instanceof EntryList) return node.expected;
  if (node !== undefined) return 'a map of keys';
  const list = nodeAt(path.slice(0, -1));
  return (list instanceof Key ? list.type.expectedElement : undefined) ?? 'something else';
}

/** Keys that may stand in the map at a path. */
export function keysAt(path: TreePath): readonly string[] {
  const node = nodeAt(path);
  return node instanceof Group ? Object.keys(node.rows) : [];
}
