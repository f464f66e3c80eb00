import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignatureFinding } from '../../src/core/gates/signature-finding.ts';
import type { AttestationRule, SignaturePolicy, TextRule } from '../../src/core/gates/signature-policy.ts';
import type { LynceusError } from '../../src/errors.ts';
import { createSignatures } from '../../src/signatures/create-signatures.ts';
import { createTrustRoots } from '../../src/signatures/trust-root/trust-roots.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { fixtureDigest, fixtureTrustRoot, pushFixture } from '../helpers/signature-fixtures.ts';
import { aConfiguredPolicy } from '../helpers/signature-policies.ts';
import { createSigstoreStandIn, GITHUB, WORKFLOW } from '../helpers/sigstore-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, askAt, type Asking } from '../registries/asking.ts';

const exact = (text: string): TextRule => ({ kind: 'exact', text });
const BUILDER = 'https://github.com/actions/runner/github-hosted';
const PROVENANCE: AttestationRule = {
  type: 'slsaprovenance',
  types: ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'],
  builder: exact(BUILDER),
  sourceRepository: exact('https://github.com/acme/shop'),
};

function aPolicy(changes: Partial<SignaturePolicy> = {}): SignaturePolicy {
  const signer = { issuer: exact(GITHUB), identity: exact(WORKFLOW) };
  return aConfiguredPolicy({
    keys: [],
    signers: [signer],
    trustRoot: { kind: 'file', path: '/root.json' },
    ...changes,
  });
}

describe.each(['keyless/cosign2', 'keyless/cosign3'])('what real cosign signed without a key: %s', (path) => {
  let docker: DockerRegistry;
  beforeAll(async () => {
    docker = await startDockerRegistry();
    await pushFixture(docker.url, path);
  });
  afterAll(() => docker.stop());

  function ask(
    policy: SignaturePolicy,
    { registry, host }: Pick<Asking, 'registry' | 'host'> = askAt(docker.url),
    trustRoot: () => Promise<string> = () => Promise.resolve(fixtureTrustRoot()),
  ) {
    const refused: string[] = [];
    let roots = 0;
    const trustRoots = createTrustRoots({
      readText: () => {
        roots += 1;
        return trustRoot();
      },
      readPublic: () => Promise.reject(new Error('there is none')),
    });
    const signatures = createSignatures({
      source: registry,
      readKey: () => Promise.reject(new Error('there is none')),
      trustRoots,
      observer: { signatureRefused: ({ policy: name }) => refused.push(name) },
    });
    const { signal } = new AbortController();
    const verify = async (): Promise<SignatureFinding> => {
      const criteria = await signatures.criteriaOf(policy, signal);
      const repository = { registry: host, path };
      return await signatures.verify(
        { repository, login: ANONYMOUS, digest: fixtureDigest(path), criteria },
        signal,
      );
    };
    return { verify, refused, roots: () => roots };
  }

  test.each<[string, Partial<SignaturePolicy>, object]>([
    ['its signature', {}, { kind: 'signed' }],
    ['its signature and its provenance', { attestations: [PROVENANCE] }, { kind: 'signed' }],
    ['its provenance alone', { requireSignature: false, attestations: [PROVENANCE] }, { kind: 'signed' }],
    [
      'another builder',
      { attestations: [{ ...PROVENANCE, builder: exact('https://example.org') }] },
      { kind: 'unfit', attestation: 'slsaprovenance', flaws: [{ kind: 'builder', found: BUILDER }] },
    ],
    [
      'an attestation of another type',
      { attestations: [{ type: 'https://cyclonedx.org/bom', types: ['https://cyclonedx.org/bom'] }] },
      { kind: 'unsigned', attestation: 'https://cyclonedx.org/bom', flaws: [] },
    ],
    [
      'another signer',
      { signers: [{ issuer: exact(GITHUB), identity: exact('https://github.com/acme/other') }] },
      {
        kind: 'unfit',
        flaws: expect.arrayContaining([expect.objectContaining({ kind: 'identity', found: WORKFLOW })]),
      },
    ],
    [
      'a timestamp, which it does not have',
      { require: { log: true, timestamp: true, sct: true } },
      {
        kind: 'unfit',
        flaws: expect.arrayContaining([{ kind: 'timestamp', detail: 'there is no timestamp' }]),
      },
    ],
  ])('%s', async (_, changes, expected) => {
    expect(await ask(aPolicy(changes)).verify()).toMatchObject(expected);
  });

  test('fits no other trust root', async () => {
    const { trustRoot } = await createSigstoreStandIn();
    const finding = await ask(aPolicy(), askAt(docker.url), () => Promise.resolve(trustRoot())).verify();
    expect(finding).toMatchObject({ kind: 'unfit' });
  });

  test('is asked for once, with its trust root; what does not fit is asked for again, and counted', async () => {
    const asking = askAt(docker.url);
    const good = ask(aPolicy(), asking);
    await good.verify();
    const once = asking.requests().length;
    expect(await good.verify()).toEqual({ kind: 'signed' });
    expect([asking.requests().length, good.roots(), good.refused]).toEqual([once, 1, []]);
    const bad = ask(aPolicy({ require: { log: true, timestamp: true, sct: true } }), asking);
    await bad.verify();
    await bad.verify();
    expect([bad.roots(), bad.refused]).toEqual([2, ['releases', 'releases']]);
  });

  test('is not let through when the trust root cannot be read', async () => {
    const broken = ask(aPolicy(), askAt(docker.url), () => Promise.resolve('{}'));
    const error: LynceusError = await errorOf(broken.verify());
    expect([error.code, broken.refused]).toEqual(['trust-root-invalid', []]);
    expect(error.line).toMatch(
      /^file \/root\.json: expected a trusted_root\.json of Sigstore, but it has no certificateAuthorities/,
    );
  });
});
