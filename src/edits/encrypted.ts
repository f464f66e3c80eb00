import { isMap, isScalar } from 'yaml';
import { LynceusError } from '../errors.ts';
import { textOfScalar } from './yaml/nodes.ts';
import { childOf, rootOf } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import type { Edit } from './yaml/edit.ts';

/** How files begin that are encrypted as a whole. */
const WHOLE_FILES: readonly { readonly start: string; readonly by: string }[] = [
  { start: '$ANSIBLE_VAULT;', by: 'ansible-vault' },
  { start: '\u0000GITCRYPT', by: 'git-crypt' },
  { start: 'age-encryption.org/', by: 'age' },
  { start: '-----BEGIN AGE ENCRYPTED FILE-----', by: 'age' },
  { start: '-----BEGIN PGP MESSAGE-----', by: 'OpenPGP' },
];

/** Values that stand for something that is decrypted or fetched when the file is used. */
const PROTECTED_VALUES: readonly { readonly pattern: RegExp; readonly found: string }[] = [
  { pattern: /^\s*ENC\[[A-Z0-9_]+,/, found: 'an encrypted value' },
  { pattern: /^\s*\$ANSIBLE_VAULT;/, found: 'an encrypted value' },
  { pattern: /^\s*-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----/, found: 'an encrypted value' },
  // helm-secrets by way of vals, and argocd-vault-plugin.
  { pattern: /^\s*(?:secret)?ref\+[a-z0-9]+:\/\//, found: 'a reference to a secret' },
  { pattern: /^\s*<path:[^>]*>/, found: 'a reference to a secret' },
];

/** The program that a file is encrypted with as a whole; `undefined` for any other file. */
export function encryptedBy(text: string): string | undefined {
  const begin = text.slice(0, 100).replace(/^\uFEFF?\s*/u, '');
  return WHOLE_FILES.find(({ start }) => begin.startsWith(start))?.by;
}

/** Refuses a file that is encrypted as a whole. Throws `target-unsupported`. */
export function checkReadable(file: string, text: string): void {
  const by = encryptedBy(text);
  if (by !== undefined) throw encryptedFile(file, by);
}

/**
 * Refuses a document under the MAC of SOPS: after any change of a value SOPS refuses to decrypt the file. Only with
 * `mac_only_encrypted` are plain values left out of it (getsops.io, "Message Authentication Code"). Comments never are in
 * it. Throws `target-unsupported`.
 */
export function checkNoMac(source: Source): void {
  if (!isUnderSops(source) || sopsValue(source, 'mac_only_encrypted') === 'true') return;
  throw new LynceusError(
    'target-unsupported',
    `${source.file} is encrypted with SOPS, and its MAC covers the plain values, too: SOPS would refuse the file once one is changed`,
    {
      hint: 'keep the version in a file of its own that is not encrypted, or encrypt this one anew with mac_only_encrypted: true',
    },
  );
}

/** Whether a document has the metadata of SOPS; a chart may have a key `sops` of its own. */
export function isUnderSops(source: Source): boolean {
  const isKnown = ['lastmodified', 'version'].some((key) => sopsValue(source, key) !== undefined);
  return isKnown && sopsValue(source, 'mac') !== undefined;
}

/** Refuses edits that add keys to a file of SOPS: its rules might want their values encrypted. Throws `key-missing`. */
export function checkNothingAdded(source: Source, edits: readonly Edit[]): void {
  if (!isUnderSops(source) || !edits.some(({ kind }) => kind === 'add' || kind === 'append')) return;
  throw new LynceusError('key-missing', `${source.file}: ${NOT_ADDED}`, {
    hint: 'write the key into the file first',
  });
}

export const NOT_ADDED = 'nothing is added to a file that is encrypted with SOPS';

/** What a value is that must not be overwritten; `undefined` for any other. */
export function protectedValue(text: string): string | undefined {
  return PROTECTED_VALUES.find(({ pattern }) => pattern.test(text))?.found;
}

function sopsValue(source: Source, key: string): string | undefined {
  const sops = isMap(source.root) ? childOf(source, rootOf(source), 'sops') : undefined;
  const node = sops && childOf(source, sops, key)?.node;
  return isScalar(node) ? textOfScalar(node) : undefined;
}

function encryptedFile(file: string, by: string): LynceusError {
  return new LynceusError('target-unsupported', `${file} is encrypted with ${by}`, {
    hint: 'keep the version in a file of its own that is not encrypted',
  });
}
