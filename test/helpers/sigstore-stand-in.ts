import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import type { CosignProofs, SignatureMaterial } from '../../src/ports/signatures.ts';

export const GITHUB = 'https://token.actions.githubusercontent.com';
export const WORKFLOW = 'https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main';
export const SIGN_STATEMENT = 'https://sigstore.dev/cosign/sign/v1';

const LOG_URL = 'https://rekor.acme.example';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const MINUTE = 60_000;

/** A Fulcio, a Rekor, a certificate log and a timestamp authority of one's own, whose keys nobody else has. */
export interface SigstoreStandIn {
  /** A `trusted_root.json`, perhaps with parts of another in place of its own. */
  trustRoot(changes?: Readonly<Record<string, unknown>>): string;
  /** What its trust root has, to be mixed with that of another. */
  readonly parts: TrustRootParts;
  readonly at: Date;
  sign(payload: string, wish?: Wish): Promise<Signed>;
}

export interface TrustRootParts {
  readonly certificateAuthorities: readonly unknown[];
  readonly tlogs: readonly unknown[];
  readonly ctlogs: readonly unknown[];
  readonly timestampAuthorities: readonly unknown[];
}

/** How something is signed; a right signature unless said. */
export interface Wish {
  readonly issuer?: string;
  /** The first Fulcio wrote it in another way. */
  readonly oldIssuer?: true;
  readonly identity?: string;
  /** When the certificate was made, the entry was logged and the timestamp given, in milliseconds from `at`. */
  readonly certifiedAt?: number;
  readonly loggedAt?: number;
  readonly stampedAt?: number;
  readonly withoutSct?: true;
  /** Of whom the certificate log is. */
  readonly ctLogOf?: SigstoreStandIn;
  /** Which kind of log has the entry; `rekor` unless said. */
  readonly log?: 'rekor' | 'rekor-2' | 'rekor-2-hashed' | 'none';
  readonly timestamp?: boolean;
  /** Bytes of which the entry and the timestamp are in place of the right ones. */
  readonly loggedPayload?: string;
}

/** What somebody signed, in each form that cosign has had. */
export interface Signed {
  readonly bundle: Record<string, unknown>;
  readonly simple: Extract<SignatureMaterial, { kind: 'simple-signing' }>;
  readonly envelope: Extract<SignatureMaterial, { kind: 'envelope' }>;
}

export async function createSigstoreStandIn(): Promise<SigstoreStandIn & { readonly ctLogKeys: KeyPair }> {
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + MINUTE);
  const keys = { ca: keyPair(), ctLog: keyPair(), log: keyPair(), tsa: keyPair() };
  const later = (shift = 0) => new Date(at.getTime() + shift);
  const authority = await initializeCA(keys.ca, undefined, at);
  const stamps = await initializeTSA(keys.tsa, at);
  const [authorities, stampers] = [once<typeof authority>(), once<typeof stamps>()];
  const logs = once<Awaited<ReturnType<typeof initializeTLog>>>();
  const parts: TrustRootParts = {
    certificateAuthorities: [authorityOf([authority.rootCertificate])],
    tlogs: [logOf(keys.log.publicKey)],
    ctlogs: [logOf(keys.ctLog.publicKey)],
    timestampAuthorities: [authorityOf([stamps.intCertificate, stamps.rootCertificate])],
  };

  async function certify(publicKey: KeyObject, wish: Wish): Promise<Buffer> {
    const { issuer = GITHUB, identity = WORKFLOW } = wish;
    const ctLogKeys = (wish.ctLogOf as { readonly ctLogKeys?: KeyPair } | undefined)?.ctLogKeys ?? keys.ctLog;
    const when = later(wish.certifiedAt);
    const ca = await authorities(
      `${when.getTime()} ${wish.withoutSct} ${ctLogKeys === keys.ctLog}`,
      async () => {
        const ctLog = wish.withoutSct ? undefined : await initializeCTLog(ctLogKeys, when);
        // The same authority: its root has the same key and name.
        return await initializeCA(keys.ca, ctLog, when);
      },
    );
    const oid = wish.oldIssuer ? '1.3.6.1.4.1.57264.1.1' : '1.3.6.1.4.1.57264.1.8';
    const extension = { oid, value: issuer, ...(wish.oldIssuer ? { legacy: true } : {}) };
    const request = { publicKey: spki(publicKey), subjectAltName: identity, extensions: [extension] };
    return bytesOf(await ca.issueCertificate(request));
  }

  async function entryOf(body: object, wish: Wish): Promise<Record<string, unknown> | undefined> {
    const { log = 'rekor' } = wish;
    if (log === 'none') return undefined;
    const when = later(wish.loggedAt);
    const rekor = await logs(String(when.getTime()), () => initializeTLog(LOG_URL, keys.log, when));
    // Its type is of a package that it does not come with.
    const made = (await rekor.log(body)) as Readonly<Record<string, LoggedEntry>>;
    const [entry] = Object.values(made);
    if (entry === undefined) throw new Error('the log made no entry');
    const { kind, apiVersion: version } = body as { readonly kind: string; readonly apiVersion: string };
    const { inclusionProof, signedEntryTimestamp } = entry.verification;
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
      kindVersion: { kind, version },
      integratedTime: log === 'rekor' ? String(entry.integratedTime) : '0',
      ...(log === 'rekor' ? { inclusionPromise: { signedEntryTimestamp } } : {}),
      inclusionProof: {
        logIndex: '0',
        treeSize: '1',
        rootHash: Buffer.from(inclusionProof.rootHash, 'hex').toString('base64'),
        hashes: [],
        checkpoint: { envelope: inclusionProof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
  }

  async function stampOf(signature: Buffer, wish: Wish): Promise<string | undefined> {
    if (wish.timestamp !== true) return undefined;
    const artifactHash = createHash('sha256').update(signature).digest();
    const when = later(wish.stampedAt);
    const tsa = await stampers(String(when.getTime()), () => initializeTSA(keys.tsa, when));
    const request = { artifactHash, hashAlgorithmOID: SHA256, nonce: 1, policyOID: '1.3.6.1.4.1.57264.2' };
    return bytesOf(await tsa.timestamp(request)).toString('base64');
  }

  return {
    at,
    parts,
    ctLogKeys: keys.ctLog,
    trustRoot: (changes = {}) =>
      JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        ...parts,
        ...changes,
      }),
    async sign(payload, wish = {}) {
      const own = keyPair();
      const certificate = await certify(own.publicKey, wish);
      const pem = pemOf(certificate);
      const make = (bytes: Buffer): Buffer => sign('sha256', bytes, own.privateKey);
      const logged = wish.loggedPayload ?? payload;

      const sealed = make(preAuthEncoding(payload));
      const loggedSeal = wish.loggedPayload === undefined ? sealed : make(preAuthEncoding(logged));
      const body = { rekor: dsse1, none: dsse1, 'rekor-2': dsse2, 'rekor-2-hashed': hashedRekord2 }[
        wish.log ?? 'rekor'
      ];
      const entry = await entryOf(body(logged, loggedSeal, pem), wish);
      const stamp = await stampOf(loggedSeal, wish);
      const dsseEnvelope = {
        payload: Buffer.from(payload).toString('base64'),
        payloadType: IN_TOTO,
        signatures: [{ sig: sealed.toString('base64'), keyid: '' }],
      };

      const plain = make(Buffer.from(payload));
      const loggedPlain = wish.loggedPayload === undefined ? plain : make(Buffer.from(logged));
      const proofsOf = async (entryBody: object, signature: Buffer): Promise<CosignProofs> => {
        const cosignStamp = await stampOf(signature, wish);
        return {
          certificate: pem,
          entry: rekorBundle(await entryOf(entryBody, wish)),
          timestamp: cosignStamp === undefined ? '' : JSON.stringify({ SignedRFC3161Timestamp: cosignStamp }),
        };
      };
      return {
        bundle: {
          mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
          verificationMaterial: {
            certificate: { rawBytes: certificate.toString('base64') },
            tlogEntries: entry === undefined ? [] : [entry],
            timestampVerificationData: {
              rfc3161Timestamps: stamp === undefined ? [] : [{ signedTimestamp: stamp }],
            },
          },
          dsseEnvelope,
        },
        simple: {
          kind: 'simple-signing',
          payload: Buffer.from(payload),
          signature: plain.toString('base64'),
          proofs: await proofsOf(hashedRekord(logged, loggedPlain, pem), loggedPlain),
        },
        envelope: {
          kind: 'envelope',
          bytes: Buffer.from(JSON.stringify(dsseEnvelope)),
          proofs: await proofsOf(intoto(logged, loggedSeal, pem), loggedSeal),
        },
      };
    },
  };
}

/** Made once for each key. */
function once<T>(): (key: string, make: () => Promise<T>) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key, make) => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
}

/** The answer of Rekor to a new entry. */
interface LoggedEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: { readonly rootHash: string; readonly checkpoint: string };
  };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function keyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function spki(key: KeyObject): Buffer<ArrayBuffer> {
  return Buffer.from(key.export({ type: 'spki', format: 'der' }));
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function authorityOf(certificates: readonly ArrayBufferView[]): unknown {
  const rawBytes = certificates.map((one) => ({ rawBytes: bytesOf(one).toString('base64') }));
  return {
    subject: { organization: 'acme', commonName: 'acme' },
    uri: 'https://fulcio.acme.example',
    certChain: { certificates: rawBytes },
    validFor: { start: new Date(0).toISOString() },
  };
}

function logOf(key: KeyObject): unknown {
  const rawBytes = spki(key);
  return {
    baseUrl: LOG_URL,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: rawBytes.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: new Date(0).toISOString() },
    },
    logId: { keyId: createHash('sha256').update(rawBytes).digest('base64') },
  };
}

const IN_TOTO = 'application/vnd.in-toto+json';

function preAuthEncoding(payload: string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${bytes.length} `), bytes]);
}

function sha256(text: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(text).digest(encoding);
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function base64(text: string | Buffer): string {
  return Buffer.from(text as string).toString('base64');
}

/** The kinds of entries that signers of images make (Rekor, "Pluggable types"). */
function dsse1(payload: string, signature: Buffer, pem: string): object {
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: sha256(payload, 'hex') },
      signatures: [{ signature: base64(signature), verifier: base64(pem) }],
    },
  };
}

function dsse2(payload: string, signature: Buffer, pem: string): object {
  const rawBytes = base64(pem);
  return {
    apiVersion: '0.0.2',
    kind: 'dsse',
    spec: {
      dsseV002: {
        payloadHash: { algorithm: 'SHA2_256', digest: sha256(payload, 'base64') },
        signatures: [
          {
            content: base64(signature),
            verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes } },
          },
        ],
      },
    },
  };
}

/** Of an envelope: its signed bytes are hashed, not what is in it. */
function hashedRekord2(payload: string, signature: Buffer, pem: string): object {
  const rawBytes = base64(pem);
  return {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: {
          algorithm: 'SHA2_256',
          digest: createHash('sha256').update(preAuthEncoding(payload)).digest('base64'),
        },
        signature: {
          content: base64(signature),
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes } },
        },
      },
    },
  };
}

function hashedRekord(payload: string, signature: Buffer, pem: string): object {
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: sha256(payload, 'hex') } },
      signature: { content: base64(signature), publicKey: { content: base64(pem) } },
    },
  };
}

function intoto(payload: string, signature: Buffer, pem: string): object {
  return {
    apiVersion: '0.0.2',
    kind: 'intoto',
    spec: {
      content: {
        envelope: {
          payloadType: IN_TOTO,
          signatures: [{ publicKey: base64(pem), sig: base64(base64(signature)) }],
        },
        payloadHash: { algorithm: 'sha256', value: sha256(payload, 'hex') },
      },
    },
  };
}

/** An entry as cosign keeps it in an annotation. */
function rekorBundle(entry: Record<string, unknown> | undefined): string {
  if (entry === undefined) return '';
  const { canonicalizedBody, integratedTime, logIndex, logId, inclusionPromise } =
    TransparencyLogEntry.fromJSON(entry);
  return JSON.stringify({
    SignedEntryTimestamp: inclusionPromise?.signedEntryTimestamp.toString('base64'),
    Payload: {
      body: canonicalizedBody.toString('base64'),
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: logId?.keyId.toString('hex'),
    },
  });
}
