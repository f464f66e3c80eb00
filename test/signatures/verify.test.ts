import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignatureFinding } from '../../src/core/gates/signature-finding.ts';
import { signaturePoliciesOf } from '../../src/core/gates/configured-policy.ts';
import type { SignatureSource } from '../../src/ports/signatures.ts';
import { createSignatures } from '../../src/signatures/create-signatures.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { forward, json, type Handler, type Seen } from '../helpers/registry-stand-in.ts';
import { fixtureDigest, fixtureKey, fixtureManifests, pushFixture } from '../helpers/signature-fixtures.ts';
import { ANONYMOUS, aStandIn, askAt, type Asking } from '../registries/asking.ts';

/** Repository; names of keys; what is found. */
const ROWS: readonly [string, readonly string[], SignatureFinding][] = [
  ['bundle/p256', ['p256'], { kind: 'signed' }],
  ['bundle/p384', ['p384'], { kind: 'signed' }],
  ['bundle/p521', ['p521'], { kind: 'signed' }],
  ['bundle/rsa', ['rsa'], { kind: 'signed' }],
  ['bundle/ed25519', ['ed25519'], { kind: 'signed' }],
  ['legacy/p256', ['p256'], { kind: 'signed' }],
  ['legacy/p384', ['p384'], { kind: 'signed' }],
  ['legacy/p521', ['p521'], { kind: 'signed' }],
  ['legacy/rsa', ['rsa'], { kind: 'signed' }],
  ['legacy/ed25519', ['ed25519'], { kind: 'signed' }],
  ['cosign2/p256', ['p256'], { kind: 'signed' }],
  ['cosign2/rsa', ['rsa'], { kind: 'signed' }],
  ['cosign2/ed25519', ['ed25519'], { kind: 'signed' }],
  ['cosign2/referrer', ['p256'], { kind: 'signed' }],
  ['cosign2/referrer', ['other'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['index/whole', ['p256'], { kind: 'signed' }],
  // Several signatures, of which the first is another key's.
  ['bundle/two-keys', ['p256'], { kind: 'signed' }],
  ['legacy/two-keys', ['p256'], { kind: 'signed' }],
  ['both/other-first', ['p256'], { kind: 'signed' }],
  // Several keys in one text.
  ['bundle/p256', ['other', 'rsa', 'p256'], { kind: 'signed' }],
  ['bundle/p256', ['other'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['legacy/p256', ['other'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['bundle/p256', ['rsa', 'ed25519', 'p384'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['legacy/rsa', ['p256', 'ed25519'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['legacy/ed25519', ['rsa'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['bundle/other', ['p256'], { kind: 'unfit', flaws: [{ kind: 'other-key' }] }],
  ['unsigned', ['p256'], { kind: 'unsigned', flaws: [] }],
  // One image of an index is signed, and the index is not.
  ['index/one-image', ['p256'], { kind: 'unsigned', flaws: [] }],
  // What the same key states of an image is no signature of it.
  [
    'attested',
    ['p256'],
    { kind: 'unsigned', flaws: [{ kind: 'attestation', type: 'https://example.org/scan/v1' }] },
  ],
];

describe('signatures in a real registry', () => {
  let docker: DockerRegistry;
  beforeAll(async () => {
    docker = await startDockerRegistry();
    for (const repository of new Set(ROWS.map(([one]) => one))) await pushFixture(docker.url, repository);
  });
  afterAll(() => docker.stop());

  test.each(ROWS)('%s with the keys %j', async (repository, keys, expected) => {
    expect(await found(askAt(docker.url), repository, keys)).toEqual(expected);
  });

  // The registry has no such list, so this one is made of the tag that stands for it.
  test.each(ROWS.filter(([one]) => !/^(?:legacy|cosign2)\/(?!referrer)/.test(one)))(
    '%s with the keys %j, by a list of referrers',
    async (repository, keys, expected) => {
      const server = await aStandIn(withReferrers(docker.url));
      expect(await found(askAt(server.url), repository, keys)).toEqual(expected);
      const tag = fixtureDigest(repository).replace(':', '-');
      if (expected.kind === 'signed' && repository !== 'both/other-first')
        expect(server.lines().filter((line) => line.includes(`manifests/${tag}`))).toEqual([]);
    },
  );

  test('what is valid is remembered, what is not is asked again', async () => {
    const asking = askAt(docker.url);
    const signatures = verifier(asking);
    const ask = (repository: string) => find(signatures, asking, { repository, keys: ['p256'] });
    await ask('bundle/p256');
    const once = asking.requests().length;
    await ask('bundle/p256');
    expect(asking.requests()).toHaveLength(once);
    await ask('unsigned');
    const twice = asking.requests().length;
    await ask('unsigned');
    expect(asking.requests().length).toBeGreaterThan(twice);
    // Another key is another question.
    expect(await find(signatures, asking, { repository: 'bundle/p256', keys: ['other'] })).toMatchObject({
      kind: 'unfit',
    });
  });
});

function verifier({ registry }: Pick<Asking, 'registry'>, readKey = keysOf) {
  return createSignatures({
    source: registry satisfies SignatureSource,
    readKey: (place) => readKey(place.kind === 'secret' ? place.secret : { field: '' }),
    observer: { signatureRefused: () => undefined },
    trustRoots: { get: () => Promise.reject(new Error('a key needs none')) },
  });
}

/** The name of a field of a Secret is here the names of keys. */
function keysOf({ field }: { readonly field: string }): Promise<string> {
  return Promise.resolve(field.split(' ').map(fixtureKey).join(''));
}

async function found(asking: Asking, repository: string, keys: readonly string[]): Promise<SignatureFinding> {
  return await find(verifier(asking), asking, { repository, keys });
}

async function find(
  signatures: ReturnType<typeof createSignatures>,
  { host }: Asking,
  { repository: path, keys }: { readonly repository: string; readonly keys: readonly string[] },
): Promise<SignatureFinding> {
  const { signal } = new AbortController();
  const secret = { namespace: 'shop', name: 'cosign', field: keys.join(' ') };
  const [policy] = signaturePoliciesOf({ verification: { secret } });
  if (policy === undefined) throw new Error('there is no policy');
  const criteria = await signatures.criteriaOf(policy, signal);
  const repository = { registry: host, path };
  return await signatures.verify(
    { repository, login: ANONYMOUS, digest: fixtureDigest(path), criteria },
    signal,
  );
}

/** The same registry with the list of referrers that the OCI distribution spec has since 1.1. */
function withReferrers(registryUrl: string): Handler {
  return (seen: Seen) => {
    const [, repository = '', digest = ''] = /^\/v2\/(.*)\/referrers\/(.*)$/.exec(seen.url.pathname) ?? [];
    if (repository === '') return forward(seen, registryUrl);
    const listed = fixtureManifests(repository)[digest.replace(':', '-')]?.content;
    const { manifests = [] } = JSON.parse(listed ?? '{}') as { readonly manifests?: readonly object[] };
    const type = 'application/vnd.oci.image.index.v1+json';
    return json({ schemaVersion: 2, mediaType: type, manifests }, { 'content-type': type });
  };
}
