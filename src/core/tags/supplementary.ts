/**
 * `sha256-<hex>` is how a registry without the referrers API lists what belongs to a manifest (OCI distribution
 * spec, "Referrers Tag Schema": at most 64 characters of the digest), and how cosign names signatures,
 * attestations and SBOMs, with a suffix such as `.sig`, `.att` or `.sbom`.
 */
const SUPPLEMENTARY = /^(?:sha256-[0-9a-f]{64}|sha384-[0-9a-f]{64,96}|sha512-[0-9a-f]{64,128})(?:[._-].*)?$/;

/**
 * Whether a tag names what belongs to another image (a signature, an attestation, an SBOM) and so is never a
 * version of it. Counter-example: `sha-4f2a9c1`, which many pipelines give to an image.
 */
export function isSupplementaryTag(tag: string): boolean {
  return SUPPLEMENTARY.test(tag);
}
