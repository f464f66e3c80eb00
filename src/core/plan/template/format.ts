import { TemplateFault } from './fault.ts';
import type { TemplateMeter } from './meter.ts';
import {
  isTemplateList,
  isTemplateMap,
  sortedEntries,
  typeName,
  type TemplateRecord,
  type TemplateValue,
} from './values.ts';

/** Widest field and largest precision. */
const MAX_WIDTH = 1000;
/** So much of a directive is shown. */
const LONGEST_SHOWN = 40;

/** `%-10.3s`, taken apart. */
interface Directive {
  readonly flags: string;
  /** `%+v`: structs are printed with the names of their fields, and the plus is spent. */
  readonly named: boolean;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

const PLAIN: Directive = { flags: '', named: false, width: 0, precision: undefined, verb: 'v' };
const DIRECTIVE = /%([-+ 0#]*)(\d*)(?:\.(\d*))?(.?)|[^%]+/gsu;

/** What an action prints: the value in Go's default format, `<no value>` for a missing one. */
export function printed(value: TemplateValue, meter: TemplateMeter): string {
  return value === undefined ? meter.made('<no value>') : format(value, PLAIN, meter);
}

/** Go's `fmt.Sprint`: a space between two operands when neither is a string. */
export function sprint(values: readonly TemplateValue[], meter: TemplateMeter): string {
  return values.reduce<string>((text, value, index) => {
    const spaced = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    return `${text}${spaced ? ' ' : ''}${format(value, PLAIN, meter)}`;
  }, '');
}

/** Go's `fmt.Sprintln`: always a space between, and a line break at the end. */
export function sprintln(values: readonly TemplateValue[], meter: TemplateMeter): string {
  return `${values.map((value) => format(value, PLAIN, meter)).join(' ')}\n`;
}

/**
 * Go's `fmt.Sprintf` with the flags `-`, `+`, space and `0`, width, precision and the verbs
 * `v s d q t x X o b c U`. As in Go a wrong argument is named in the text: `%!d(string=x)`. Throws for `#`,
 * `*`, `[1]` and the verbs of Go that are not among these: what a template works on holds no floats.
 */
export function sprintf(template: string, values: readonly TemplateValue[], meter: TemplateMeter): string {
  meter.read(template.length);
  let used = 0;
  let text = '';
  for (const [piece, flags, width = '', precision, verb] of template.matchAll(DIRECTIVE)) {
    if (flags === undefined) text += meter.made(piece);
    else if (verb === '%') text += meter.made('%');
    else if (verb === '' || verb === undefined) text += meter.made('%!(NOVERB)');
    else {
      const named = verb === 'v' && flags.includes('+');
      const directive = {
        flags: named ? flags.replaceAll('+', '') : flags,
        named,
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        verb,
      };
      ensureSupported(piece.slice(0, LONGEST_SHOWN), directive);
      text +=
        used < values.length ? format(values[used], directive, meter) : meter.made(`%!${verb}(MISSING)`);
      used += 1;
    }
  }
  return used < values.length ? text + extra(values.slice(used), meter) : text;
}

function ensureSupported(piece: string, { flags, width, precision, verb }: Directive): void {
  if (flags.includes('#') || (flags.includes('+') && verb === 'q') || '*[TpwOeEfFgG'.includes(verb))
    throw new TemplateFault(`printf: ${piece} is not supported`);
  if (Math.max(width, precision ?? 0) > MAX_WIDTH)
    throw new TemplateFault(`printf: ${piece} is wider than ${MAX_WIDTH}`);
}

function extra(values: readonly TemplateValue[], meter: TemplateMeter): string {
  const shown = values.map((value) =>
    value === undefined ? '<nil>' : `${scalarName(value)}=${format(value, PLAIN, meter)}`,
  );
  return `%!(EXTRA ${shown.join(', ')})`;
}

/** Counts what it makes where it is made, so that nothing large is put together before it is refused. */
function format(value: TemplateValue, directive: Directive, meter: TemplateMeter): string {
  if (value === undefined)
    return meter.made(directive.verb === 'v' ? pad('<nil>', directive) : `%!${directive.verb}(<nil>)`);
  if (typeof value === 'object') {
    meter.step();
    return formatParts(value, directive, meter);
  }
  const text = formatScalar(value, directive, meter);
  if (text !== undefined) return meter.made(text);
  const shown = format(value, { ...directive, verb: 'v' }, meter);
  return `%!${directive.verb}(${scalarName(value)}=${shown})`;
}

function formatParts(value: TemplateValue & object, directive: Directive, meter: TemplateMeter): string {
  if (isTemplateList(value)) return `[${value.map((one) => nested(one, directive, meter)).join(' ')}]`;
  if (isTemplateMap(value)) {
    meter.step(value.size);
    const entries = sortedEntries(value).map(
      ([key, one]) => `${format(key, directive, meter)}:${nested(one, directive, meter)}`,
    );
    return `map[${entries.join(' ')}]`;
  }
  return formatRecord(value, directive, meter);
}

/** `%+v` prints the names of the fields. */
function formatRecord(value: TemplateRecord, directive: Directive, meter: TemplateMeter): string {
  const fields = Object.entries(value).map(
    ([name, one]) => `${directive.named ? `${name}:` : ''}${nested(one, directive, meter)}`,
  );
  return `{${fields.join(' ')}}`;
}

function nested(value: TemplateValue, directive: Directive, meter: TemplateMeter): string {
  meter.step();
  return value === undefined ? meter.made('<nil>') : format(value, directive, meter);
}

/** Go would print the name of its own type, which is none of ours. */
function scalarName(value: TemplateValue): string {
  if (typeof value === 'object')
    throw new TemplateFault(`printf: no verb prints a ${typeName(value)} that is left over`);
  return typeName(value);
}

function formatScalar(
  value: boolean | bigint | string,
  directive: Directive,
  meter: TemplateMeter,
): string | undefined {
  if (typeof value === 'bigint') return formatInteger(value, directive);
  if (typeof value === 'string') {
    // A precision may leave little of what had to be read whole.
    meter.read(value.length);
    return formatText(value, directive);
  }
  return 'vt'.includes(directive.verb) ? pad(String(value), directive) : undefined;
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInteger(value: bigint, directive: Directive): string | undefined {
  const { verb, precision } = directive;
  if (verb === 'c') return pad(characterOf(value), directive);
  if (verb === 'q') return pad(quote(characterOf(value), "'"), directive);
  const unpadded = { ...directive, flags: directive.flags.replaceAll('0', '') };
  if (verb === 'U') {
    const hex = BigInt.asUintN(64, value).toString(16).toUpperCase();
    return pad(`U+${hex.padStart(Math.max(4, precision ?? 0), '0')}`, unpadded);
  }
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const magnitude = (value < 0n ? -value : value).toString(base);
  const digits = verb === 'X' ? magnitude.toUpperCase() : magnitude;
  const sign = signOf(value < 0n, directive);
  if (precision === undefined) return padNumber(sign, digits, directive);
  if (precision === 0 && value === 0n) return ' '.repeat(directive.width);
  return pad(sign + digits.padStart(precision, '0'), unpadded);
}

function characterOf(value: bigint): string {
  const valid = value >= 0n && value <= 0x10ffffn && (value < 0xd800n || value > 0xdfffn);
  return valid ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function signOf(negative: boolean, { flags }: Directive): string {
  if (negative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function formatText(value: string, directive: Directive): string | undefined {
  const { verb, precision, flags } = directive;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut, directive);
    case 'q':
      return pad(quote(cut, '"'), directive);
    case 'x':
    case 'X': {
      const bytes = [...new TextEncoder().encode(value)].slice(0, precision);
      const hex = bytes
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(flags.includes(' ') ? ' ' : '');
      return pad(verb === 'X' ? hex.toUpperCase() : hex, directive);
    }
    default:
      return undefined;
  }
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
/** What Go's `unicode.IsPrint` holds for printable. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function quote(text: string, mark: '"' | "'"): string {
  const characters = [...text].map((character) => {
    if (character === mark) return `\\${mark}`;
    return SHORT_ESCAPES[character] ?? (PRINTABLE.test(character) ? character : escapePoint(character));
  });
  return mark + characters.join('') + mark;
}

function escapePoint(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x1_0000
    ? `\\u${point.toString(16).padStart(4, '0')}`
    : `\\U${point.toString(16).padStart(8, '0')}`;
}

/** Zeros go between the sign and the digits. */
function padNumber(sign: string, digits: string, directive: Directive): string {
  const { flags, width } = directive;
  if (!flags.includes('0') || flags.includes('-')) return pad(sign + digits, directive);
  return sign + digits.padStart(width - sign.length, '0');
}

/** Widths count characters, not bytes or UTF-16 units. */
function pad(text: string, { flags, width }: Directive): string {
  const missing = Math.max(0, width - [...text].length);
  if (flags.includes('-')) return text + ' '.repeat(missing);
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}
