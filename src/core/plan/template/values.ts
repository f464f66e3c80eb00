import { compareByteOrder } from '../../strategies/byte-order.ts';
import { TemplateFault } from './fault.ts';

/**
 * What a template works on, in Go's terms: `bigint` is an `int`, a `Map` a map with string keys, a plain object a struct
 * and `undefined` the missing value. A struct's unknown field is an error, a map's missing key is not.
 */
export type TemplateValue =
  | undefined
  | boolean
  | bigint
  | string
  | readonly TemplateValue[]
  | ReadonlyMap<string, TemplateValue>
  | TemplateRecord;

export interface TemplateRecord {
  readonly [field: string]: TemplateValue;
}

export function isTemplateList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

export function isTemplateMap(value: TemplateValue): value is ReadonlyMap<string, TemplateValue> {
  return value instanceof Map;
}

export function isTemplateRecord(value: TemplateValue): value is TemplateRecord {
  return typeof value === 'object' && !isTemplateList(value) && !isTemplateMap(value);
}

/** Name of a value's type as messages and `%!d(string=x)` show it. */
export function typeName(value: TemplateValue): string {
  if (isTemplateList(value)) return 'list';
  if (isTemplateMap(value)) return 'map';
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'string':
      return 'string';
    default:
      return 'struct';
  }
}

/** Whether `if`, `with`, `and`, `or` and `not` take a value for true: not zero, not empty. A struct always is. */
export function isTrue(value: TemplateValue): boolean {
  if (isTemplateList(value)) return value.length > 0;
  if (isTemplateMap(value)) return value.size > 0;
  return Boolean(value);
}

/** The entries of a map in the order in which Go prints and ranges over them: keys by code point. */
export function sortedEntries(
  map: ReadonlyMap<string, TemplateValue>,
): readonly (readonly [string, TemplateValue])[] {
  return [...map].sort(([a], [b]) => compareByteOrder(a, b));
}

/** `.name` of a value. The missing value has every field, and each is missing. */
export function readField(value: TemplateValue, name: string): TemplateValue {
  if (value === undefined) return undefined;
  if (isTemplateMap(value)) return value.get(name);
  if (!isTemplateRecord(value)) throw new TemplateFault(`a ${typeName(value)} has no field .${name}`);
  if (Object.hasOwn(value, name)) return value[name];
  throw new TemplateFault(
    `no field .${name}; there are ${Object.keys(value)
      .map((key) => `.${key}`)
      .join(' ')}`,
  );
}
