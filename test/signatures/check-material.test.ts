import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SignatureMaterial } from '../../src/ports/signatures.ts';
import { checkMaterial } from '../../src/signatures/check-material.ts';

const DIGEST = `sha256:${'12'.repeat(32)}`;
const OTHER = `sha256:${'34'.repeat(32)}`;
const OURS = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const THEIRS = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const PEM = [OURS.publicKey.export({ type: 'spki', format: 'pem' }).toString()];

const SIGN = 'https://sigstore.dev/cosign/sign/v1';
const IN_TOTO = 'application/vnd.in-toto+json';

function payloadOf(digest: unknown, type: unknown = 'cosign container image signature'): string {
  return JSON.stringify({
    critical: { identity: {}, image: { 'docker-manifest-digest': digest }, type },
    optional: null,
  });
}

function simple(
  payload: string,
  key: KeyObject = OURS.privateKey,
): Extract<SignatureMaterial, { kind: 'simple-signing' }> {
  const bytes = Buffer.from(payload);
  return { kind: 'simple-signing', payload: bytes, signature: sign('sha256', bytes, key).toString('base64') };
}

function statement(digest: string, predicateType = SIGN): string {
  const subject = [{ name: '', digest: { sha256: digest.slice('sha256:'.length) } }];
  return JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: {} });
}

interface BundleWish {
  readonly payload?: string;
  readonly payloadType?: string;
  readonly key?: KeyObject;
  readonly material?: object;
  readonly change?: (bundle: Record<string, unknown>) => unknown;
}

function bundle({
  payload = statement(DIGEST),
  payloadType = IN_TOTO,
  key = OURS.privateKey,
  material = { publicKey: { hint: 'a' } },
  change = (one) => one,
}: BundleWish = {}): SignatureMaterial {
  const signed = Buffer.from(
    `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`,
  );
  const envelope = {
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [{ sig: sign('sha256', signed, key).toString('base64') }],
  };
  const content = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: material,
    dsseEnvelope: envelope,
  };
  return { kind: 'bundle', bytes: Buffer.from(JSON.stringify(change(content))) };
}

const SIGNED = { kind: 'signed' };
const flawed = (flaw: object) => ({ kind: 'flawed', flaw });
const malformed = flawed({ kind: 'malformed', detail: expect.any(String) });
const tampered: BundleWish['change'] = (one) => ({
  ...one,
  dsseEnvelope: {
    ...(one['dsseEnvelope'] as object),
    payload: Buffer.from(statement(OTHER)).toString('base64'),
  },
});

describe('checkMaterial', () => {
  test.each<[string, SignatureMaterial, unknown]>([
    ['a signature of this digest', simple(payloadOf(DIGEST)), SIGNED],
    ['one in the older form', simple(payloadOf(DIGEST, 'atomic container signature')), SIGNED],
    ['one of another digest', simple(payloadOf(OTHER)), flawed({ kind: 'other-digest', digest: OTHER })],
    ['one of no digest', simple(payloadOf(undefined)), flawed({ kind: 'other-digest', digest: '' })],
    ['one of a list of digests', simple(payloadOf([DIGEST])), flawed({ kind: 'other-digest', digest: '' })],
    ['one of another type', simple(payloadOf(DIGEST, 'receipt')), malformed],
    ['one by another key', simple(payloadOf(DIGEST), THEIRS.privateKey), flawed({ kind: 'other-key' })],
    [
      'one whose payload was changed',
      { ...simple(payloadOf(OTHER)), payload: Buffer.from(payloadOf(DIGEST)) },
      flawed({ kind: 'other-key' }),
    ],
    ['one that is empty', { ...simple(payloadOf(DIGEST)), signature: '' }, flawed({ kind: 'other-key' })],
    ['one of a payload that is no JSON', simple('digest'), malformed],
    ['a bundle for this digest', bundle(), SIGNED],
    [
      'a bundle for another digest',
      bundle({ payload: statement(OTHER) }),
      flawed({ kind: 'other-digest', digest: OTHER }),
    ],
    [
      'a bundle for several, this one last',
      bundle({
        payload: JSON.stringify({
          predicateType: SIGN,
          subject: [OTHER, DIGEST].map((one) => ({ digest: { sha256: one.slice('sha256:'.length) } })),
        }),
      }),
      SIGNED,
    ],
    [
      'a bundle whose digest has another algorithm',
      bundle({
        payload: JSON.stringify({
          predicateType: SIGN,
          subject: [{ digest: { sha512: DIGEST.slice('sha256:'.length) } }],
        }),
      }),
      flawed({ kind: 'other-digest', digest: '' }),
    ],
    ['a bundle by another key', bundle({ key: THEIRS.privateKey }), flawed({ kind: 'other-key' })],
    ['a bundle whose payload was changed', bundle({ change: tampered }), flawed({ kind: 'other-key' })],
    [
      'a bundle that is an attestation',
      bundle({ payload: statement(DIGEST, 'https://slsa.dev/provenance/v1') }),
      flawed({ kind: 'attestation', type: 'https://slsa.dev/provenance/v1' }),
    ],
    [
      'a bundle with a certificate',
      bundle({ key: THEIRS.privateKey, material: { certificate: { rawBytes: 'AAAA' } } }),
      flawed({ kind: 'keyless' }),
    ],
    ['a bundle of something else', bundle({ payloadType: 'text/plain' }), malformed],
    ['a bundle that is not a statement', bundle({ payload: '[]' }), malformed],
    [
      'a bundle without an envelope',
      bundle({ change: (all) => ({ ...all, dsseEnvelope: undefined }) }),
      malformed,
    ],
    [
      'a bundle without signatures',
      bundle({
        change: (one) => ({ ...one, dsseEnvelope: { ...(one['dsseEnvelope'] as object), signatures: [] } }),
      }),
      malformed,
    ],
    ['a bundle that is a list', bundle({ change: () => [] }), malformed],
    ['a bundle that is no JSON', { kind: 'bundle', bytes: Buffer.from('{') }, malformed],
    [
      'a bundle that nests deeply',
      { kind: 'bundle', bytes: Buffer.from(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) },
      malformed,
    ],
    [
      'an attestation that was not fetched',
      { kind: 'attestation', type: 'x' },
      flawed({ kind: 'attestation', type: 'x' }),
    ],
  ])('%s', (_, material, expected) => {
    expect(checkMaterial(material, { digest: DIGEST, pem: PEM })).toEqual(expected);
  });
});
