import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { RFC3161Timestamp } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { LynceusError, messageOf } from '../../errors.ts';
import { isJsonObject, parseJson } from '../../http/json.ts';

/** Certificates and keys by which keyless signatures are verified. */
export interface TrustRoot {
  readonly material: TrustMaterial;
  /**
   * An entry of a log that is known, without what is not the log's own; `undefined` for an entry of another log, which proves
   * nothing and does no harm.
   */
  knownEntry(entry: TransparencyLogEntry): TransparencyLogEntry | undefined;
  knowsTimestamp(timestamp: RFC3161Timestamp): boolean;
}

/** What keys and names of logs are in a checkpoint: the first four bytes of the log's ID. */
const HINT = 4;

/**
 * Reads a `trusted_root.json` (Sigstore's protobuf `TrustedRoot`). Throws `trust-root-invalid`; `where` names the place
 * of the text.
 */
export function parseTrustRoot(text: string, where: string): TrustRoot {
  const material = readMaterial(text, where);
  if (material.certificateAuthorities.length === 0)
    throw invalid(where, 'it has no certificateAuthorities, by which certificates are verified');
  const ids = material.tlogs.map(({ logID }) => logID);
  return {
    material,
    knownEntry(entry) {
      const own = withPlainNames(entry);
      const known = ids.some((id) => id.equals(entry.logId.keyId) || isHinted(own, id));
      return known ? own : undefined;
    },
    knowsTimestamp: ({ signerSerialNumber, signerIssuer }) =>
      material.timestampAuthorities.some(({ certChain: [leaf] }) => {
        return leaf?.serialNumber.equals(signerSerialNumber) === true && leaf.issuer.equals(signerIssuer);
      }),
  };
}

function readMaterial(text: string, where: string): TrustMaterial {
  try {
    const json = parseJson(Buffer.from(text));
    if (!isJsonObject(json)) throw new Error('it is no JSON object');
    return toTrustMaterial(TrustedRoot.fromJSON(json));
  } catch (thrown) {
    throw invalid(where, messageOf(thrown).slice(0, LONGEST_DETAIL), thrown);
  }
}

const LONGEST_DETAIL = 200;

function invalid(where: string, found: string, cause?: unknown): LynceusError {
  return new LynceusError(
    'trust-root-invalid',
    `${where}: expected a trusted_root.json of Sigstore, but ${found}`,
    { hint: 'cosign trusted-root create makes one', cause },
  );
}

/** A line of a checkpoint that is a signature: "— NAME BASE64" (C2SP, "signed note"). */
const SIGNATURE_LINE = /^— (\S+) (\S+)$/;
/** Host and path. The verifier takes the name for a regular expression, and whoever may push has written it. */
const PLAIN_NAME = /^[\w./:-]{1,256}$/;

/** The entry without lines of its checkpoint that are signed under a name that is no name of a log. */
function withPlainNames(entry: TransparencyLogEntry): TransparencyLogEntry {
  const { inclusionProof } = entry;
  const checkpoint = inclusionProof?.checkpoint;
  if (inclusionProof === undefined || checkpoint === undefined) return entry;
  const lines = checkpoint.envelope.split('\n').filter((line) => {
    const [, name] = SIGNATURE_LINE.exec(line) ?? [];
    return name === undefined ? !line.includes('—') : PLAIN_NAME.test(name);
  });
  return { ...entry, inclusionProof: { ...inclusionProof, checkpoint: { envelope: lines.join('\n') } } };
}

function isHinted({ inclusionProof }: TransparencyLogEntry, id: Buffer): boolean {
  const lines = inclusionProof?.checkpoint?.envelope.split('\n') ?? [];
  return lines.some((line) => {
    const [, , signature = ''] = SIGNATURE_LINE.exec(line) ?? [];
    return Buffer.from(signature, 'base64').subarray(0, HINT).equals(id.subarray(0, HINT));
  });
}
