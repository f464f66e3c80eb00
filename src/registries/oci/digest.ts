import { createHash } from 'node:crypto';
import { isDigest } from '../../core/image/grammar.ts';

const ALGORITHMS = new Set(['sha256', 'sha384', 'sha512']);

/** `sha256:…` of these bytes. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Whether the bytes are what the digest says. `false` as well for an algorithm that is not known here: what cannot be
 * checked is not believed.
 */
export function matchesDigest(bytes: Buffer, digest: string): boolean {
  const [algorithm = '', encoded] = digest.split(':');
  return ALGORITHMS.has(algorithm) && createHash(algorithm).update(bytes).digest('hex') === encoded;
}

/** The digest a registry names in `Docker-Content-Digest`; `undefined` when there is none, or none that could be checked. */
export function digestFromHeader(header: string | undefined): string | undefined {
  const digest = header?.trim() ?? '';
  return isDigest(digest) && ALGORITHMS.has(digest.split(':')[0] ?? '') ? digest : undefined;
}
