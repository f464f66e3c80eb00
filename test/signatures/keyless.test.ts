import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  AttestationRule,
  KeylessProofs,
  KeylessSigner,
  TextRule,
} from '../../src/core/gates/signature-policy.ts';
import type { SignatureFlaw } from '../../src/core/reasons/signature-flaw.ts';
import type { SignatureMaterial } from '../../src/ports/signatures.ts';
import { checkMaterial, type MaterialCheck } from '../../src/signatures/check-material.ts';
import { createContent } from '../../src/signatures/signature-content.ts';
import { parseTrustRoot } from '../../src/signatures/trust-root/trust-root.ts';
import { fixtureKey } from '../helpers/signature-fixtures.ts';
import {
  createSigstoreStandIn,
  GITHUB,
  SIGN_STATEMENT,
  WORKFLOW,
  type Signed,
  type SigstoreStandIn,
  type Wish,
} from '../helpers/sigstore-stand-in.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER = `sha256:${'cd'.repeat(32)}`;
const MINUTE = 60_000;
const SIGNED: MaterialCheck = { kind: 'signed' };

const exact = (text: string): TextRule => ({ kind: 'exact', text });
const matching = (expression: string): TextRule => ({ kind: 'expression', expression });

const RELEASES: KeylessSigner = { issuer: exact(GITHUB), identity: exact(WORKFLOW) };

let ours: SigstoreStandIn;
let theirs: SigstoreStandIn;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([createSigstoreStandIn(), createSigstoreStandIn()]);
});

function statement(digest: string, predicateType = SIGN_STATEMENT, predicate: object = {}): string {
  const subject = [{ name: 'image', digest: { sha256: digest.replace('sha256:', '') } }];
  return JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate });
}

function simpleSigning(digest: string): string {
  const image = { 'docker-manifest-digest': digest };
  return JSON.stringify({ critical: { type: 'cosign container image signature', image }, optional: null });
}

interface Asked {
  readonly signers?: readonly KeylessSigner[];
  readonly require?: Partial<KeylessProofs>;
  readonly trustRoot?: () => string;
  readonly pem?: readonly string[];
  readonly attestation?: AttestationRule;
}

function check(material: SignatureMaterial, asked: Asked = {}): MaterialCheck {
  const { signers = [RELEASES], require = {}, trustRoot = () => ours.trustRoot(), pem = [] } = asked;
  const keyless = {
    signers,
    require: { log: true, timestamp: false, sct: true, ...require },
    trustRoot: parseTrustRoot(trustRoot(), 'here'),
  };
  const { attestation } = asked;
  return checkMaterial(material, {
    digest: DIGEST,
    pem,
    ...(signers.length === 0 ? {} : { keyless }),
    ...(attestation === undefined ? {} : { attestation }),
  });
}

/** The three ways in which cosign has kept what is signed. */
const FORMS: readonly [
  name: string,
  payload: (digest: string) => string,
  form: (signed: Signed) => SignatureMaterial,
][] = [
  ['a bundle', (digest) => statement(digest), ({ bundle }) => ({ kind: 'bundle', bytes: json(bundle) })],
  ['simple signing', simpleSigning, ({ simple }) => simple],
  ['an envelope', (digest) => statement(digest), ({ envelope }) => envelope],
];

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function shown(found: MaterialCheck): string {
  if (found.kind !== 'flawed') return found.kind;
  const { flaw } = found;
  if ('detail' in flaw) return `${flaw.kind}: ${flaw.detail}`;
  return 'found' in flaw ? `${flaw.kind}: ${flaw.found} for ${flaw.expected.join(' or ')}` : flaw.kind;
}

describe.each(FORMS)('a keyless signature in %s', (_, payload, form) => {
  test.each<[string, Wish, Asked, string | RegExp]>([
    ['by whom it must be', {}, {}, 'signed'],
    ['whose issuer Fulcio wrote as its first versions did', { oldIssuer: true }, {}, 'signed'],
    [
      'by the second of those who may',
      {},
      { signers: [{ issuer: exact('https://accounts.example'), identity: exact('a@b.example') }, RELEASES] },
      'signed',
    ],
    [
      'by whom an expression matches',
      {},
      {
        signers: [
          {
            issuer: matching('https://token\\..*'),
            identity: matching('https://github\\.com/acme/.*@refs/heads/main'),
          },
        ],
      },
      'signed',
    ],
    [
      'whose identity an expression matches in part only',
      {},
      { signers: [{ issuer: exact(GITHUB), identity: matching('github\\.com/acme/shop') }] },
      `identity: ${WORKFLOW} for /github\\.com/acme/shop/`,
    ],
    [
      'by an identity around the right one',
      { identity: `https://evil.example/?${WORKFLOW}` },
      {},
      `identity: https://evil.example/?${WORKFLOW} for "${WORKFLOW}"`,
    ],
    [
      'by another provider',
      { issuer: 'https://gitlab.example' },
      {},
      `issuer: https://gitlab.example for "${GITHUB}"`,
    ],
    [
      'by the right identity of the wrong provider',
      { issuer: 'https://gitlab.example' },
      {
        signers: [
          RELEASES,
          { issuer: exact('https://gitlab.example'), identity: exact('https://gitlab.example/acme') },
        ],
      },
      `identity: ${WORKFLOW} for "https://gitlab.example/acme"`,
    ],
    ['without an issuer', { issuer: '' }, {}, `issuer:  for "${GITHUB}"`],
    ['long after its certificate', { loggedAt: 11 * MINUTE }, {}, /^certificate: .*expired/],
    ['before its certificate', { certifiedAt: 5 * MINUTE }, {}, /^certificate: .*not valid/],
    ['whose certificate nobody logged', { withoutSct: true }, {}, /^certificate: expected 1 SCTs, got 0/],
    ['whose certificate need not be logged', { withoutSct: true }, { require: { sct: false } }, 'signed'],
    ['without an entry', { log: 'none' }, {}, 'log: there is no entry'],
    ['without an entry, but a timestamp', { log: 'none', timestamp: true }, {}, 'log: there is no entry'],
    [
      'without an entry, but a timestamp, where that is enough',
      { log: 'none', timestamp: true },
      { require: { log: false } },
      'signed',
    ],
    [
      'with neither, where the log is not asked for',
      { log: 'none' },
      { require: { log: false } },
      'timestamp: there is no timestamp',
    ],
    [
      'with an entry and no timestamp, where the log is not asked for',
      {},
      { require: { log: false } },
      'timestamp: there is no timestamp',
    ],
    ['with both', { timestamp: true }, { require: { timestamp: true } }, 'signed'],
    [
      'with an entry alone, where a timestamp must be',
      {},
      { require: { timestamp: true } },
      'timestamp: there is no timestamp',
    ],
    [
      'with a timestamp long after its certificate',
      { log: 'none', timestamp: true, stampedAt: 11 * MINUTE },
      { require: { log: false } },
      /^certificate: .*expired/,
    ],
    [
      'with a timestamp long after its certificate beside a right entry',
      { timestamp: true, stampedAt: 11 * MINUTE },
      {},
      /^certificate: .*expired/,
    ],
    ['where a key would do, too', {}, { pem: [fixtureKey('p256')] }, 'signed'],
    ['where only a key will do', {}, { signers: [], pem: [fixtureKey('p256')] }, 'keyless'],
  ])('%s', async (__, wish, asked, expected) => {
    const signed = await ours.sign(payload(DIGEST), wish);
    const found = check(form(signed), asked);
    if (typeof expected === 'string') expect(shown(found)).toBe(expected);
    else expect(shown(found)).toMatch(expected);
  });

  test('of another digest', async () => {
    const signed = await ours.sign(payload(OTHER));
    expect(check(form(signed))).toEqual({ kind: 'flawed', flaw: { kind: 'other-digest', digest: OTHER } });
  });

  test('with the entry of another payload', async () => {
    const signed = await ours.sign(payload(DIGEST), { loggedPayload: payload(OTHER) });
    expect(shown(check(form(signed)))).toMatch(/^log: .*mismatch/);
  });

  test('with the timestamp of another payload', async () => {
    const wish = { log: 'none', timestamp: true, loggedPayload: payload(OTHER) } as const;
    const found = check(form(await ours.sign(payload(DIGEST), wish)), { require: { log: false } });
    expect(shown(found)).toBe('timestamp: timestamp could not be verified');
  });

  test('of an authority that nobody knows', async () => {
    const mixed = () => ours.trustRoot({ certificateAuthorities: theirs.parts.certificateAuthorities });
    const found = check(form(await ours.sign(payload(DIGEST))), { trustRoot: mixed });
    expect(shown(found)).toMatch(
      /^certificate: Failed to verify certificate chain: no (?:valid|trusted) certificate path/,
    );
  });

  test('whose certificate log nobody knows', async () => {
    const found = check(form(await ours.sign(payload(DIGEST), { ctLogOf: theirs })));
    expect(shown(found)).toBe('certificate: SCT verification failed');
  });

  test('whose log nobody knows', async () => {
    const found = check(form(await ours.sign(payload(DIGEST))), {
      trustRoot: () => ours.trustRoot({ tlogs: theirs.parts.tlogs }),
    });
    expect(shown(found)).toBe('log: none of its 1 entries is of a log that the trust root knows');
  });

  test('whose timestamp is of somebody whom nobody knows, and is not asked for', async () => {
    const signed = form(await ours.sign(payload(DIGEST), { timestamp: true }));
    const trustRoot = () => ours.trustRoot({ timestampAuthorities: theirs.parts.timestampAuthorities });
    // Both authorities have the same name and number, so that it is known, and not valid.
    expect(shown(check(signed, { trustRoot }))).toMatch(/^timestamp/);
    expect(check(signed, { trustRoot: () => ours.trustRoot({ timestampAuthorities: [] }) })).toEqual(SIGNED);
  });

  test('of another instance altogether', async () => {
    const found = check(form(await theirs.sign(payload(DIGEST))));
    expect(shown(found)).toMatch(/^log: /);
  });

  test('that fits for good: the time of the log counts', async () => {
    const signed = form(await ours.sign(payload(DIGEST), { loggedAt: 9 * MINUTE }));
    expect(check(signed)).toEqual(SIGNED);
  });
});

describe.each(['rekor-2', 'rekor-2-hashed'] as const)(
  'a keyless signature in %s, whose entries have no time',
  (log) => {
    const bundled = ({ bundle }: Signed) => ({ kind: 'bundle', bytes: json(bundle) }) as const;

    test('needs a timestamp', async () => {
      const entryAlone = await ours.sign(statement(DIGEST), { log });
      expect(shown(check(bundled(entryAlone)))).toMatch(/^timestamp: expected 1 timestamps, got 0/);
      const stamped = await ours.sign(statement(DIGEST), { log, timestamp: true });
      expect(check(bundled(stamped))).toEqual(SIGNED);
    });

    test('with the entry of another payload', async () => {
      const wish = { log, timestamp: true, loggedPayload: statement(OTHER) } as const;
      expect(shown(check(bundled(await ours.sign(statement(DIGEST), wish))))).toMatch(/^(?:log|timestamp): /);
    });
  },
);

describe('what was tampered with', () => {
  type Change = (bundle: Record<string, unknown>) => unknown;
  const at = (path: readonly (string | number)[], value: (old: unknown) => unknown): Change => {
    return (bundle) => {
      const copy = structuredClone(bundle);
      let place: Record<string | number, unknown> = copy;
      for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
      const last = path.at(-1) ?? '';
      place[last] = value(place[last]);
      return copy;
    };
  };
  const ENTRY = ['verificationMaterial', 'tlogEntries', 0] as const;
  const flipped = (old: unknown): string => {
    const bytes = Buffer.from(String(old), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString('base64');
  };

  test.each<[string, Change, RegExp]>([
    [
      'the promise of the log',
      at([...ENTRY, 'inclusionPromise', 'signedEntryTimestamp'], flipped),
      /^log: inclusion promise/,
    ],
    [
      'the time of the log',
      at([...ENTRY, 'integratedTime'], (old) => String(Number(old) - 60)),
      /^(?:log|certificate): /,
    ],
    [
      'the number in the log',
      at([...ENTRY, 'logIndex'], (old) => String(Number(old) + 1)),
      /^log: inclusion promise/,
    ],
    [
      'the checkpoint of the log',
      at([...ENTRY, 'inclusionProof', 'checkpoint', 'envelope'], (old) =>
        String(old).replace('\n1\n', '\n2\n'),
      ),
      /^log: /,
    ],
    [
      'a hash of the proof',
      at([...ENTRY, 'inclusionProof', 'hashes'], () => [Buffer.alloc(32).toString('base64')]),
      /^log: invalid hash count/,
    ],
    [
      'the entry',
      at([...ENTRY, 'canonicalizedBody'], (old) =>
        base64(Buffer.from(String(old), 'base64').toString().replace('dsse', 'DSSE')),
      ),
      /^log: /,
    ],
    [
      'the kind of the entry',
      at([...ENTRY, 'kindVersion', 'kind'], () => 'hashedrekord'),
      /^log: kind\/version mismatch/,
    ],
    [
      'the signature',
      at(['dsseEnvelope', 'signatures', 0, 'sig'], flipped),
      /^(?:log: tlog entry signature mismatch|other-key)/,
    ],
    [
      'the payload',
      at(['dsseEnvelope', 'payload'], () => base64(statement(DIGEST, SIGN_STATEMENT, { more: true }))),
      /^log: DSSE payload hash mismatch/,
    ],
    ['the certificate', at(['verificationMaterial', 'certificate', 'rawBytes'], flipped), /^certificate: /],
    [
      'the certificate, which is none',
      at(['verificationMaterial', 'certificate', 'rawBytes'], () => 'AAAA'),
      /^malformed: /,
    ],
    [
      'signatures, of which there are two',
      at(['dsseEnvelope', 'signatures'], (old) => [...(old as unknown[]), ...(old as unknown[])]),
      /^malformed: invalid bundle/,
    ],
    ['signatures, of which there are none', at(['dsseEnvelope', 'signatures'], () => []), /^malformed: /],
    [
      'the timestamp',
      at(['verificationMaterial', 'timestampVerificationData'], () => ({
        rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }],
      })),
      /^malformed: /,
    ],
    [
      'the entry twice',
      at(['verificationMaterial', 'tlogEntries'], (old) => [...(old as unknown[]), ...(old as unknown[])]),
      /^timestamp: duplicate timestamp/,
    ],
    [
      'the entry, which proves nothing',
      at([...ENTRY], (old) => ({ ...(old as object), inclusionPromise: undefined })),
      /^timestamp: expected 1 timestamps/,
    ],
    ['the form of the whole', () => [], /^malformed: /],
  ])('%s', async (_, change, expected) => {
    const { bundle } = await ours.sign(statement(DIGEST));
    expect(check({ kind: 'bundle', bytes: json(bundle) })).toEqual(SIGNED);
    expect(shown(check({ kind: 'bundle', bytes: json(change(bundle)) }))).toMatch(expected);
  });

  test.each<[string, string, RegExp]>([
    ['a certificate that is none', 'certificate', /^malformed: /],
    ['an entry that is no JSON', 'entry', /^malformed: its entry of a transparency log cannot be read/],
    ['a timestamp that is no JSON', 'timestamp', /^malformed: its timestamp cannot be read/],
  ])('an annotation with %s', async (_, annotation, expected) => {
    const { simple } = await ours.sign(simpleSigning(DIGEST), { timestamp: true });
    expect(check(simple)).toEqual(SIGNED);
    const proofs = { certificate: '', entry: '', timestamp: '', ...simple.proofs, [annotation]: '{' };
    expect(shown(check({ ...simple, proofs }))).toMatch(expected);
  });

  test('an envelope with two signatures, of which one is right', async () => {
    const { envelope } = await ours.sign(statement(DIGEST));
    const { signatures, ...rest } = JSON.parse(envelope.bytes.toString()) as {
      readonly signatures: unknown[];
    };
    const twice = { ...envelope, bytes: json({ ...rest, signatures: [...signatures, { sig: 'AAAA' }] }) };
    expect(shown(check(twice))).toMatch(/^malformed: it has 2 signatures/);
  });

  test('a name in a checkpoint is no expression: whoever may push writes it', async () => {
    const { bundle } = await ours.sign(statement(DIGEST), { log: 'rekor-2', timestamp: true });
    const name = `${'(.*)*'.repeat(8)}x`;
    const renamed = at([...ENTRY, 'inclusionProof', 'checkpoint', 'envelope'], (old) =>
      String(old).replace(/— \S+ /, `— ${name} `),
    )(bundle);
    expect(shown(check({ kind: 'bundle', bytes: json(renamed) }))).toMatch(/^log: /);
  });

  function base64(text: string): string {
    return Buffer.from(text).toString('base64');
  }
});

describe('what is signed by keys on other curves than P-256', () => {
  test.each([
    ['P-384', 'sha384'],
    ['P-384', 'sha256'],
    ['P-521', 'sha512'],
  ])('%s with %s', (namedCurve, hash) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const signed = Buffer.from('signed');
    const signature = sign(hash, signed, privateKey);
    const material = {
      signed,
      payload: signed,
      signatures: [signature],
      payloadType: undefined,
      keyless: undefined,
    };
    const content = createContent(material, signature);
    const digestOf = (name: string, text = 'signed') => createHash(name).update(text).digest();
    expect(content.verifySignature(publicKey)).toBe(true);
    expect(content.verifySignature(generateKeyPairSync('ec', { namedCurve }).publicKey)).toBe(false);
    expect([content.compareDigest(digestOf(hash)), content.compareDigest(digestOf(hash, 'x'))]).toEqual([
      true,
      false,
    ]);
  });
});

const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';
const BUILDER = 'https://github.com/actions/runner/github-hosted';
const SOURCE = 'https://github.com/acme/shop';
const PROVENANCE: AttestationRule = { type: 'slsaprovenance', types: [V1, V02] };

const PREDICATES = {
  [V1]: {
    buildDefinition: {
      externalParameters: { workflow: { repository: SOURCE, ref: 'refs/heads/main' } },
      resolvedDependencies: [{ uri: `git+${SOURCE}@refs/heads/main` }],
    },
    runDetails: { builder: { id: BUILDER } },
  },
  [V02]: {
    builder: { id: BUILDER },
    invocation: { configSource: { uri: `git+${SOURCE}@refs/heads/main` } },
  },
};

describe.each([V1, V02] as const)('an attestation of the type %s', (type) => {
  const payload = (predicate: object = PREDICATES[type], digest = DIGEST) =>
    statement(digest, type, predicate);

  test.each<[string, Partial<AttestationRule>, string]>([
    ['of anything', {}, 'signed'],
    ['of the builder', { builder: exact(BUILDER) }, 'signed'],
    ['of another builder', { builder: exact(`${BUILDER}/2`) }, `builder: ${BUILDER} for "${BUILDER}/2"`],
    [
      'of a builder that an expression matches',
      { builder: matching('https://github\\.com/actions/.*') },
      'signed',
    ],
    [
      'of a builder that it matches in part',
      { builder: matching('actions') },
      `builder: ${BUILDER} for /actions/`,
    ],
    ['from the source', { sourceRepository: exact(SOURCE) }, 'signed'],
    [
      'from the source, spelled as for SSH',
      { sourceRepository: exact('git@github.com:acme/shop.git') },
      'signed',
    ],
    ['from the source, matched', { sourceRepository: matching('https://github\\.com/acme/[^/]+') }, 'signed'],
    [
      'from another source',
      { sourceRepository: exact('https://github.com/acme/other') },
      `source-repository: ${SOURCE} for "https://github.com/acme/other"`,
    ],
    ['by both', { builder: exact(BUILDER), sourceRepository: exact(SOURCE) }, 'signed'],
    [
      'by the builder from another source',
      { builder: exact(BUILDER), sourceRepository: exact('https://github.com/acme/shop2') },
      `source-repository: ${SOURCE} for "https://github.com/acme/shop2"`,
    ],
  ])('%s', async (_, rule, expected) => {
    const { bundle, envelope } = await ours.sign(payload());
    const asked = { attestation: { ...PROVENANCE, ...rule } };
    expect(shown(check({ kind: 'bundle', bytes: json(bundle) }, asked))).toBe(expected);
    expect(shown(check(envelope, asked))).toBe(expected);
  });

  test.each<[string, () => Promise<SignatureMaterial>, AttestationRule, string]>([
    ['about another image', () => bundleOf(payload(PREDICATES[type], OTHER)), PROVENANCE, 'other-digest'],
    ['of another type', () => bundleOf(payload()), { type: 'x:y', types: ['x:y'] }, 'other'],
    [
      'that says nothing',
      () => bundleOf(payload({})),
      { ...PROVENANCE, builder: exact(BUILDER) },
      `builder:  for "${BUILDER}"`,
    ],
    [
      'of a source that is no remote',
      () => bundleOf(payload({ buildDefinition: { resolvedDependencies: [{ uri: 'file.tgz' }] } })),
      { ...PROVENANCE, sourceRepository: exact(SOURCE) },
      `source-repository: file.tgz for "${SOURCE}"`,
    ],
    [
      'that somebody else signed',
      () => bundleOf(payload(), { identity: 'https://evil.example/' }),
      PROVENANCE,
      `identity: https://evil.example/ for "${WORKFLOW}"`,
    ],
    ['in place of which there is a signature', () => bundleOf(statement(DIGEST)), PROVENANCE, 'other'],
    ['that was not fetched', () => Promise.resolve({ kind: 'attestation', type }), PROVENANCE, 'other'],
  ])('%s', async (_, make, attestation, expected) => {
    expect(shown(check(await make(), { attestation }))).toBe(expected);
  });

  test('is no signature', async () => {
    const flaw: SignatureFlaw = { kind: 'attestation', type };
    expect(check(await bundleOf(payload()))).toEqual({ kind: 'flawed', flaw });
  });

  async function bundleOf(text: string, wish: Wish = {}): Promise<SignatureMaterial> {
    return { kind: 'bundle', bytes: json((await ours.sign(text, wish)).bundle) };
  }
});
