/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace';
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly value: unknown;
}

/**
 * Texts that are the same bytes in JSON whoever writes them. The API server compares a tested text with the stored one
 * byte for byte, and Go writes `&` as `\u0026`: a test for such a text fails although the texts are equal.
 */
const SAME_BYTES = /^[\p{L}\p{N} !#$%'()*+,\-./:;=?@[\]^_`{|}~]*$/u;

/** The pointer to what these keys and indexes lead to. */
export function pointerTo(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A test that the text is still there; none for a text that cannot be compared. */
export function testText(path: string, text: unknown): readonly PatchOperation[] {
  return typeof text === 'string' && SAME_BYTES.test(text) ? [{ op: 'test', path, value: text }] : [];
}
