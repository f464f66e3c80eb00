/** A positive number as `0.digits` times ten to the power of `point`; no digits is zero. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * The digits of a float as Go's `%e`, `%f` and `%g` print them, without a sign. A precision of `undefined` means six
 * digits behind the point, for `g` as few as tell the number from its neighbours.
 */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number | undefined): string {
  const magnitude = Math.abs(value);
  if (verb === 'f') return fixed(exactDecimal(magnitude), precision ?? 6);
  if (verb === 'e') return scientific(exactDecimal(magnitude), precision ?? 6);
  return general(magnitude, precision);
}

function general(magnitude: number, precision: number | undefined): string {
  const decimal =
    precision === undefined
      ? shortestDecimal(magnitude)
      : round(exactDecimal(magnitude), Math.max(precision, 1));
  const { digits, point } = decimal;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= scientificFrom(decimal, precision))
    return scientific(decimal, Math.max(digits.length - 1, 0));
  return fixed(decimal, Math.max(digits.length - point, 0));
}

/** The exponent from which on `%g` prints one. */
function scientificFrom({ digits, point }: Decimal, precision: number | undefined): number {
  if (precision === undefined) return 6;
  const kept = Math.max(precision, 1);
  return kept > digits.length && digits.length >= point ? digits.length : kept;
}

function fixed(decimal: Decimal, precision: number): string {
  const { digits, point } = round(decimal, decimal.point + precision);
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision === 0) return whole;
  const rest = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${whole}.${rest.slice(0, precision).padEnd(precision, '0')}`;
}

function scientific(decimal: Decimal, precision: number): string {
  const { digits, point } = round(decimal, precision + 1);
  const exponent = digits === '' ? 0 : point - 1;
  const rest = precision === 0 ? '' : `.${digits.slice(1).padEnd(precision, '0')}`;
  return `${digits.slice(0, 1) || '0'}${rest}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Keeps the first `keep` digits; exactly half goes to the even neighbour, as in Go and unlike `toFixed`. */
function round({ digits, point }: Decimal, keep: number): Decimal {
  if (keep >= digits.length) return { digits, point };
  if (keep < 0) return { digits: '', point: 0 };
  const head = digits.slice(0, keep);
  const rest = digits.slice(keep);
  const half = /^50*$/.test(rest);
  const up = half ? /[13579]$/.test(head) : rest >= '5';
  const rounded = up ? String(BigInt(head || '0') + 1n) : head;
  const carried = up && rounded.length > head.length ? 1 : 0;
  const trimmed = rounded.replace(/0+$/, '');
  return { digits: trimmed, point: trimmed === '' ? 0 : point + carried };
}

function shortestDecimal(magnitude: number): Decimal {
  const [mantissa = '', exponent = '0'] = magnitude.toExponential().split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  return { digits, point: digits === '' ? 0 : Number(exponent) + 1 };
}

/** Every digit of the binary number, of which there may be a thousand. */
function exactDecimal(magnitude: number): Decimal {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, magnitude);
  const word = bits.getBigUint64(0);
  const stored = Number(word >> 52n);
  const mantissa = (word & 0xf_ffff_ffff_ffffn) | (stored === 0 ? 0n : 1n << 52n);
  const power = Math.max(stored, 1) - 1075;
  const scaled = power >= 0 ? mantissa << BigInt(power) : mantissa * 5n ** BigInt(-power);
  if (scaled === 0n) return { digits: '', point: 0 };
  const text = String(scaled);
  return { digits: text.replace(/0+$/, ''), point: text.length + Math.min(power, 0) };
}
