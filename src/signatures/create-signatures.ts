import { LRUCache } from 'lru-cache';
import type { SignatureFinding } from '../core/gates/signature-finding.ts';
import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { joinKey } from '../core/identity/key.ts';
import type { SecretField } from '../core/policy.ts';
import type { SignatureFlaw } from '../core/reasons/reason.ts';
import { LynceusError } from '../errors.ts';
import type { SignaturePlace, Signatures, SignatureSource, VerifyRequest } from '../ports/signatures.ts';
import { readKeys } from './read-keys.ts';

/** In the order in which they are asked; cosign 3 and cosign 2 write to one of them each. */
const PLACES: readonly SignaturePlace[] = ['referrers', 'referrers-tag', 'signature-tag'];

/** Digests whose signature was found valid, which they stay. Some hundred bytes each. */
const MOST_REMEMBERED = 10_000;

/** A reason tells the first few. */
const MOST_FLAWS = 10;

export interface SignaturesOptions {
  readonly source: SignatureSource;
  /** The text in a field of a Secret. Throws `LynceusError` when there is none that may be a key. */
  readonly readKey: (secret: SecretField, signal: AbortSignal) => Promise<string>;
}

/**
 * Verifies signatures of images by public keys. A valid one is remembered for the life of the process; that there is none is asked
 * again each time, because an image is signed after it was pushed.
 */
export function createSignatures({ source, readKey }: SignaturesOptions): Signatures {
  const signed = new LRUCache<string, true>({ max: MOST_REMEMBERED });

  async function look(request: VerifyRequest, signal: AbortSignal): Promise<SignatureFinding> {
    // Only who verifies pays for loading it.
    const { checkMaterial } = await import('./check-material.ts');
    const { repository, login, digest, keys } = request;
    const flaws = new Map<string, SignatureFlaw>();
    let leftOut: string | undefined;
    for (const place of PLACES) {
      const set = await source.signaturesIn({ repository, login, digest, place }, signal);
      for (const material of set.materials) {
        const check = checkMaterial(material, { digest, pem: keys.pem });
        if (check.kind === 'signed') return { kind: 'signed' };
        if (flaws.size < MOST_FLAWS) flaws.set(flawKey(check.flaw), check.flaw);
      }
      leftOut ??= set.leftOut;
    }
    if (leftOut !== undefined) throw tooMuch(leftOut);
    const all = [...flaws.values()];
    const isUnsigned = all.every(({ kind }) => kind === 'attestation');
    return { kind: isUnsigned ? 'unsigned' : 'unfit', flaws: all };
  }

  return {
    async keysIn(secret, signal) {
      const { namespace, name, field } = secret;
      return readKeys(await readKey(secret, signal), `Secret ${namespace}/${name}, field ${field}`);
    },
    async verify(request, signal) {
      const { repository, digest, keys } = request;
      const key = joinKey(imageRepositoryKey(repository), digest, keys.id);
      if (signed.has(key)) return { kind: 'signed' };
      const finding = await look(request, signal);
      if (finding.kind === 'signed') signed.set(key, true);
      return finding;
    },
  };
}

function flawKey(flaw: SignatureFlaw): string {
  switch (flaw.kind) {
    case 'other-key':
    case 'keyless':
      return joinKey(flaw.kind);
    case 'other-digest':
      return joinKey(flaw.kind, flaw.digest);
    case 'attestation':
      return joinKey(flaw.kind, flaw.type);
    case 'malformed':
      return joinKey(flaw.kind, flaw.detail);
  }
}

/** The valid signature may be among what was left out. */
function tooMuch(leftOut: string): LynceusError {
  return new LynceusError(
    'registry-response-too-large',
    `no valid signature was found, and not all that is there was read: ${leftOut}`,
    { hint: 'delete what does not belong to the image from its repository' },
  );
}
