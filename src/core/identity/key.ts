/**
 * One text of several parts, different for different parts: `['a', undefined]` and `['a', '']` too. The one way to make a key
 * of more than one value, so that nothing depends on how a value happens to be written as JSON.
 */
export function joinKey(...parts: readonly (string | undefined)[]): string {
  return parts.map((part) => (part === undefined ? '-' : `${part.length}:${part}`)).join(' ');
}

/** Orders by the first part that differs. Both have the same number of parts. */
export function compareParts(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at < 0) return 0;
  return (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}
