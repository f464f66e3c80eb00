import { compareByteOrder } from '../../strategies/byte-order.ts';
import { TemplateFault } from './fault.ts';
import { printed, sprint, sprintf, sprintln } from './format.ts';
import type { TemplateMeter } from './meter.ts';
import { isTemplateList, isTemplateMap, isTrue, typeName, type TemplateValue } from './values.ts';

interface TemplateFunction {
  /** Fewest and most arguments. */
  readonly least: number;
  readonly most: number;
  /** What it reads and makes is counted, but for the arguments themselves. */
  readonly call: (args: readonly TemplateValue[], meter: TemplateMeter) => TemplateValue;
}

const MANY = Number.POSITIVE_INFINITY;

/**
 * The built-in functions of Go's text/template but `call`. The renderer evaluates the arguments of `and` and `or`
 * one by one and stops at the one that decides; when none did, it is the last.
 */
const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  and: { least: 1, most: MANY, call: (args) => args.at(-1) },
  or: { least: 1, most: MANY, call: (args) => args.at(-1) },
  not: { least: 1, most: 1, call: ([value]) => !isTrue(value) },
  eq: {
    least: 2,
    most: MANY,
    call: ([first, ...rest], meter) => rest.some((value) => equals(first, value, meter)),
  },
  ne: { least: 2, most: 2, call: ([a, b], meter) => !equals(a, b, meter) },
  lt: { least: 2, most: 2, call: ([a, b], meter) => compare(a, b, meter) < 0 },
  le: { least: 2, most: 2, call: ([a, b], meter) => compare(a, b, meter) <= 0 },
  gt: { least: 2, most: 2, call: ([a, b], meter) => compare(a, b, meter) > 0 },
  ge: { least: 2, most: 2, call: ([a, b], meter) => compare(a, b, meter) >= 0 },
  len: { least: 1, most: 1, call: ([value], meter) => BigInt(lengthOf(value, meter)) },
  index: {
    least: 1,
    most: MANY,
    call: ([value, ...keys], meter) => keys.reduce((at, key) => elementOf(at, key, meter), indexable(value)),
  },
  slice: { least: 1, most: 4, call: ([value, ...bounds], meter) => sliceOf(value, bounds, meter) },
  print: { least: 0, most: MANY, call: sprint },
  println: { least: 0, most: MANY, call: sprintln },
  printf: {
    least: 1,
    most: MANY,
    call: ([template, ...values], meter) => sprintf(textOf(template), values, meter),
  },
  html: { least: 0, most: MANY, call: (args, meter) => meter.made(escapeHtml(joined(args, meter))) },
  js: { least: 0, most: MANY, call: (args, meter) => meter.made(escapeJavaScript(joined(args, meter))) },
  urlquery: { least: 0, most: MANY, call: (args, meter) => meter.made(escapeQuery(joined(args, meter))) },
};

export const FUNCTION_NAMES: ReadonlySet<string> = new Set(Object.keys(FUNCTIONS));

/** Calls a built-in function. Throws for a wrong number or kind of arguments. */
export function callFunction(
  name: string,
  args: readonly TemplateValue[],
  meter: TemplateMeter,
): TemplateValue {
  const found = FUNCTIONS[name];
  if (found === undefined) throw new TemplateFault(`there is no function ${name}`);
  const { least, most, call } = found;
  if (args.length >= least && args.length <= most) return call(args, meter);
  const expected =
    least === most ? String(least) : most === MANY ? `at least ${least}` : `${least} to ${most}`;
  throw new TemplateFault(`${name} takes ${expected} arguments, not ${args.length}`);
}

function equals(a: TemplateValue, b: TemplateValue, meter: TemplateMeter): boolean {
  if (typeof a === 'string' && typeof b === 'string') meter.read(Math.min(a.length, b.length));
  if (a === undefined || b === undefined) return a === b;
  if (typeof a === typeof b && typeof a !== 'object') return a === b;
  throw new TemplateFault(`${typeName(a)} and ${typeName(b)} cannot be compared`);
}

function compare(a: TemplateValue, b: TemplateValue, meter: TemplateMeter): number {
  if (typeof a === 'string' && typeof b === 'string') {
    meter.read(Math.min(a.length, b.length));
    return compareByteOrder(a, b);
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b);
  throw new TemplateFault(`${typeName(a)} and ${typeName(b)} have no order`);
}

/** The length of a text is in bytes. */
function lengthOf(value: TemplateValue, meter: TemplateMeter): number {
  if (typeof value === 'string') return bytesOf(value, meter).length;
  if (isTemplateList(value)) return value.length;
  if (isTemplateMap(value)) return value.size;
  throw new TemplateFault(`a ${typeName(value)} has no length`);
}

function indexable(value: TemplateValue): TemplateValue {
  if (value === undefined) throw new TemplateFault('nil cannot be indexed');
  return value;
}

/** An element of a list, the byte of a text, or the value of a map's key, `''` when a map of texts has none. */
function elementOf(value: TemplateValue, key: TemplateValue, meter: TemplateMeter): TemplateValue {
  if (isTemplateMap(value)) {
    if (typeof key !== 'string')
      throw new TemplateFault(`the key of a map is a string, not a ${typeName(key)}`);
    meter.read(value.size);
    return value.has(key) ? value.get(key) : zeroOf(value);
  }
  if (isTemplateList(value)) return value[position(key, value.length - 1)];
  if (typeof value === 'string') {
    const bytes = bytesOf(value, meter);
    return BigInt(bytes[position(key, bytes.length - 1)] ?? 0);
  }
  throw new TemplateFault(`a ${typeName(value)} cannot be indexed`);
}

/** What Go gives for a key that is not there depends on the type of the map's values. */
function zeroOf(map: ReadonlyMap<string, TemplateValue>): TemplateValue {
  return [...map.values()].every((one) => typeof one === 'string') ? '' : undefined;
}

function position(key: TemplateValue, last: number): number {
  if (typeof key !== 'bigint') throw new TemplateFault(`a position is an int, not a ${typeName(key)}`);
  if (key >= 0n && key <= BigInt(last)) return Number(key);
  throw new TemplateFault(`position ${key} is out of range: the last is ${last}`);
}

function bytesOf(text: string, meter: TemplateMeter): Uint8Array {
  meter.read(text.length);
  return new TextEncoder().encode(text);
}

function sliceOf(
  value: TemplateValue,
  bounds: readonly TemplateValue[],
  meter: TemplateMeter,
): TemplateValue {
  const text = typeof value === 'string';
  if (!text && !isTemplateList(value)) throw new TemplateFault(`a ${typeName(value)} cannot be sliced`);
  if (text && bounds.length > 2) throw new TemplateFault('a string cannot be sliced with three positions');
  const items = text ? bytesOf(value, meter) : value;
  const [start = 0, end = items.length, capacity = end] = bounds.map((bound) =>
    position(bound, items.length),
  );
  if (start > end || end > capacity) throw new TemplateFault(`cannot slice from ${start} to ${end}`);
  if (!(items instanceof Uint8Array)) {
    meter.read(end - start);
    return items.slice(start, end);
  }
  return meter.made(new TextDecoder('utf-8', { ignoreBOM: true }).decode(items.subarray(start, end)));
}

function textOf(value: TemplateValue): string {
  if (typeof value === 'string') return value;
  throw new TemplateFault(`expected a string, found a ${typeName(value)}`);
}

function joined(args: readonly TemplateValue[], meter: TemplateMeter): string {
  return sprint(
    args.map((one) => (one === undefined ? printed(one, meter) : one)),
    meter,
  );
}

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => HTML[character] ?? character);
}

function escapeJavaScript(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} \u007f]|[\\'"<>&=]/gu, (character) => {
    if (`\\'"`.includes(character)) return `\\${character}`;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

function escapeQuery(text: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(text));
  const escaped = encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll('%20', '+');
}
