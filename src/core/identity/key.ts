/**
 * One text of several parts, different for different parts: `['a', undefined]` and `['a', '']` too. The one way to make a key
 * of more than one value, so that nothing depends on how a value happens to be written as JSON.
 */
export function joinKey(...parts: readonly (string | undefined)[]): string {
  return parts.map((part) => (part === undefined ? '-' : `${part.length}:${part}`)).join(' ');
}
