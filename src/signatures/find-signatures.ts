import type { SignatureFinding } from '../core/gates/signature-finding.ts';
import type { AttestationRule, SignaturePolicy } from '../core/gates/signature-policy.ts';
import { joinKey } from '../core/identity/key.ts';
import type { SignatureFlaw } from '../core/reasons/signature-flaw.ts';
import { LynceusError } from '../errors.ts';
import type { SignaturePlace, SignatureSource, VerifyRequest } from '../ports/signatures.ts';
import type { Expected, MaterialCheck } from './check-material.ts';
import type { TrustRoots } from './trust-root/trust-roots.ts';

/** In the order in which they are asked; cosign 3 and cosign 2 write to one of them each. */
const PLACES: readonly SignaturePlace[] = ['referrers', 'referrers-tag', 'signature-tag', 'attestation-tag'];

/** A reason tells the first few. */
const MOST_FLAWS = 10;

interface FindOptions {
  readonly source: SignatureSource;
  readonly trustRoots: TrustRoots;
}

/**
 * Whether all that a policy asks for is beside an image, place by place until it is found. Throws `LynceusError` when a place or the
 * trust root cannot be read, and when what is missing may be among what was left out.
 */
export async function findSignatures(
  request: VerifyRequest,
  { source, trustRoots }: FindOptions,
  signal: AbortSignal,
): Promise<SignatureFinding> {
  // Only who verifies pays for loading it.
  const { checkMaterial } = await import('./check-material.ts');
  const { repository, login, digest, criteria } = request;
  const { policy } = criteria;
  const expected = await expectedOf(request, trustRoots, signal);
  const open = new Set(demandsOf(policy).map(createSearch));
  const attestations = policy.attestations.flatMap(({ types }) => types);
  let leftOut: string | undefined;
  for (const place of PLACES) {
    if (![...open].some(({ demand }) => mayBeIn(place, demand))) continue;
    const asked = {
      repository,
      login,
      digest,
      place,
      ...(attestations.length === 0 ? {} : { attestations }),
    };
    const set = await source.signaturesIn(asked, signal);
    for (const material of set.materials) {
      for (const search of open)
        if (search.take(checkMaterial(material, { ...expected, ...search.demand }))) open.delete(search);
      if (open.size === 0) return { kind: 'signed' };
    }
    leftOut ??= set.leftOut;
  }
  if (leftOut !== undefined) throw tooMuch(leftOut);
  const [first] = open;
  return first === undefined ? { kind: 'signed' } : first.finding();
}

async function expectedOf(
  { digest, criteria: { policy, keys } }: VerifyRequest,
  trustRoots: TrustRoots,
  signal: AbortSignal,
): Promise<Omit<Expected, 'attestation'>> {
  const byKey = { digest, pem: keys.pem };
  const { signers, require, trustRoot } = policy;
  if (signers.length === 0) return byKey;
  return { ...byKey, keyless: { signers, require, trustRoot: await trustRoots.get(trustRoot, signal) } };
}

/** The signature of the image, if it must have one, and then each attestation. */
function demandsOf({ requireSignature, attestations }: SignaturePolicy): readonly Demand[] {
  return [...(requireSignature ? [{}] : []), ...attestations.map((attestation) => ({ attestation }))];
}

interface Demand {
  readonly attestation?: AttestationRule;
}

function mayBeIn(place: SignaturePlace, { attestation }: Demand): boolean {
  if (place === 'signature-tag') return attestation === undefined;
  return place !== 'attestation-tag' || attestation !== undefined;
}

interface Search {
  readonly demand: Demand;
  /** Whether what is wanted was found. */
  take(check: MaterialCheck): boolean;
  finding(): SignatureFinding;
}

function createSearch(demand: Demand): Search {
  const { attestation } = demand;
  const flaws = new Map<string, SignatureFlaw>();
  return {
    demand,
    take(check) {
      if (check.kind === 'flawed' && flaws.size < MOST_FLAWS) flaws.set(flawKey(check.flaw), check.flaw);
      return check.kind === 'signed';
    },
    finding() {
      const all = [...flaws.values()];
      const lack = { flaws: all, ...(attestation === undefined ? {} : { attestation: attestation.type }) };
      const isUnsigned = all.every(({ kind }) => kind === 'attestation');
      return { kind: isUnsigned ? 'unsigned' : 'unfit', ...lack };
    },
  };
}

function flawKey(flaw: SignatureFlaw): string {
  switch (flaw.kind) {
    case 'other-key':
    case 'keyless':
    case 'keyed':
      return joinKey(flaw.kind);
    case 'other-digest':
      return joinKey(flaw.kind, flaw.digest);
    case 'issuer':
    case 'identity':
    case 'builder':
    case 'source-repository':
      return joinKey(flaw.kind, flaw.found);
    case 'attestation':
      return joinKey(flaw.kind, flaw.type);
    case 'certificate':
    case 'log':
    case 'timestamp':
    case 'malformed':
      return joinKey(flaw.kind, flaw.detail);
  }
}

/** What is valid may be among what was left out. */
function tooMuch(leftOut: string): LynceusError {
  return new LynceusError(
    'registry-response-too-large',
    `no valid signature was found, and not all that is there was read: ${leftOut}`,
    { hint: 'delete what does not belong to the image from its repository' },
  );
}
