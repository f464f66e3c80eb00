/**
 * Compares as the bytes of UTF-8 compare: negative, zero (only for equal text) or positive. Not the language's own
 * `<`, which puts an emoji (two surrogates, U+D800 and up) before U+E000; and not `localeCompare`, for which
 * `B` comes after `a` and `10` depends on where the process runs.
 */
export function compareByteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters beyond U+FFFF: behind all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
