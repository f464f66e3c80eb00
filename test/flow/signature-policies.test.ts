import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfiguredPolicy } from '../../src/core/gates/configured-policy.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { load } from '../config/given.ts';
import { pushImage } from '../helpers/push-image.ts';
import { pushBundles, pushLegacy } from '../helpers/push-signature.ts';
import { fixtureDigest, fixtureKey, pushFixture } from '../helpers/signature-fixtures.ts';
import { aConfiguredPolicy } from '../helpers/signature-policies.ts';
import {
  createSigstoreStandIn,
  GITHUB,
  SIGN_STATEMENT,
  WORKFLOW,
  type SigstoreStandIn,
  type Wish,
} from '../helpers/sigstore-stand-in.ts';

const V1 = 'https://slsa.dev/provenance/v1';
const SOURCE = 'https://github.com/acme/shop';
const UPDATED = ['updated', 'newer-version'] as const;
const INVALID = ['held', 'signature-invalid'] as const;
const MISSING = ['held', 'signature-missing'] as const;
const UNASKED = ['held', 'gate-unavailable'] as const;
const KEPT = '1.0.0';

interface World {
  readonly registry: string;
  /** Of the image repository; without a registry. */
  readonly path: string;
  readonly digest: string;
  readonly ours: SigstoreStandIn;
  readonly theirs: SigstoreStandIn;
}

interface Row {
  readonly name: string;
  /** Names of policies that the configuration has for the image; `keyless` unless said. */
  readonly policies?: readonly string[];
  readonly annotation?: string;
  /** Puts what is beside the image 1.1.0. */
  readonly sign: (world: World) => Promise<void>;
  /** A repository of the fixtures in place of an image of our own. */
  readonly from?: string;
  readonly ends: readonly [outcome: string, code: string];
  readonly reason?: RegExp;
}

const nothing = () => Promise.resolve();

function bundled(wish: Wish = {}, by: 'ours' | 'theirs' = 'ours'): Row['sign'] {
  return async (world) => {
    const { bundle } = await world[by].sign(statement(world.digest), wish);
    await pushBundles(world.registry, world.path, world.digest, [{ text: JSON.stringify(bundle) }]);
  };
}

function simple(wish: Wish = {}): Row['sign'] {
  return async ({ registry, path, digest, ours }) => {
    const payload = {
      critical: {
        type: 'cosign container image signature',
        image: { 'docker-manifest-digest': digest },
        identity: { 'docker-reference': path },
      },
    };
    await pushLegacy(registry, path, digest, (await ours.sign(JSON.stringify(payload), wish)).simple);
  };
}

function attested(form: 'bundle' | 'envelope', source = SOURCE, type = V1): Row['sign'] {
  return async ({ registry, path, digest, ours }) => {
    const workflow = { repository: source };
    const predicate = { buildDefinition: { externalParameters: { workflow } } };
    const signed = await ours.sign(statement(digest, type, predicate));
    if (form === 'envelope') return await pushLegacy(registry, path, digest, signed.envelope);
    await pushBundles(registry, path, digest, [{ text: JSON.stringify(signed.bundle), type }]);
  };
}

function raw(text: string): Row['sign'] {
  return ({ registry, path, digest }) => pushBundles(registry, path, digest, [{ text }]);
}

function statement(digest: string, predicateType = SIGN_STATEMENT, predicate: object = {}): string {
  const subject = [{ digest: { sha256: digest.replace('sha256:', '') } }];
  return JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate });
}

const ROWS: readonly Row[] = [
  { name: 'bundle', sign: bundled(), ends: UPDATED },
  { name: 'simple', sign: simple(), ends: UPDATED },
  { name: 'free', policies: [], sign: nothing, ends: UPDATED },
  {
    name: 'unsigned',
    sign: nothing,
    ends: MISSING,
    reason: /1\.1\.0 \(sha256:.* has no signature for the policy keyless/,
  },
  {
    name: 'identity',
    sign: bundled({ identity: 'https://github.com/evil/shop' }),
    ends: INVALID,
    reason:
      /valid for the policy keyless: one is by "https:\/\/github\.com\/evil\/shop", expected "https:\/\/github\.com\/acme/,
  },
  {
    name: 'issuer',
    sign: simple({ issuer: 'https://gitlab.example' }),
    ends: INVALID,
    reason: /whom "https:\/\/gitlab\.example" vouches for, expected "https:\/\/token\.actions/,
  },
  {
    name: 'not-logged',
    sign: bundled({ log: 'none' }),
    ends: INVALID,
    reason: /not proven to be in a transparency log: there is no entry/,
  },
  {
    name: 'elsewhere',
    sign: bundled({}, 'theirs'),
    ends: INVALID,
    reason: /none of its 1 entries is of a log that the trust root knows/,
  },
  {
    name: 'by-key',
    from: 'bundle/p256',
    sign: nothing,
    ends: INVALID,
    reason: /has no certificate: it was made with a key/,
  },
  {
    name: 'for-key',
    policies: ['key'],
    sign: bundled(),
    ends: INVALID,
    reason: /policy key: one is keyless/,
  },
  { name: 'key', policies: ['key'], from: 'legacy/p256', sign: nothing, ends: UPDATED },
  { name: 'either', policies: ['either'], from: 'bundle/p256', sign: nothing, ends: UPDATED },
  { name: 'either-keyless', policies: ['either'], sign: bundled(), ends: UPDATED },
  {
    name: 'both',
    policies: ['keyless', 'key'],
    sign: bundled(),
    ends: INVALID,
    reason: /valid for the policy key: one is keyless/,
  },
  { name: 'named', annotation: 'named', sign: bundled(), ends: INVALID, reason: /policy named: one is by/ },
  { name: 'named-again', annotation: 'keyless, keyless', sign: bundled(), ends: UPDATED },
  {
    name: 'named-wrong',
    annotation: 'keyles',
    sign: bundled(),
    ends: ['failed', 'annotation-invalid'],
    reason: /found "keyles" \(did you mean keyless\?\)/,
  },
  { name: 'provenance', policies: ['provenance'], sign: attested('bundle'), ends: UPDATED },
  { name: 'provenance-2', policies: ['provenance'], sign: attested('envelope'), ends: UPDATED },
  {
    name: 'other-source',
    policies: ['provenance'],
    sign: attested('bundle', 'https://github.com/evil/shop'),
    ends: INVALID,
    reason:
      /no attestation "slsaprovenance" of .* was built from "https:\/\/github\.com\/evil\/shop", expected "https:\/\/github\.com\/acme\/shop"/,
  },
  {
    name: 'other-type',
    policies: ['provenance'],
    sign: attested('bundle', SOURCE, 'https://cyclonedx.org/bom'),
    ends: MISSING,
    reason: /has no attestation "slsaprovenance" for the policy provenance/,
  },
  {
    name: 'attested-alone',
    sign: attested('bundle'),
    ends: MISSING,
    reason: /attestation of the type "https:\/\/slsa\.dev\/provenance\/v1", which is no signature/,
  },
  { name: 'broken', sign: raw('{"mediaType": '), ends: INVALID, reason: /one cannot be read/ },
  {
    name: 'huge',
    sign: raw(`"${'a'.repeat(10 * 1024 * 1024)}"`),
    ends: UNASKED,
    reason: /no valid signature was found, and not all that is there was read: .* has more than 524288 bytes/,
  },
  {
    name: 'no-root',
    policies: ['no-root'],
    sign: bundled(),
    ends: UNASKED,
    reason: /file \/nowhere\/root\.json of a signature policy cannot be read \(ENOENT\)/,
  },
  { name: 'no-key', policies: ['no-key'], sign: bundled(), ends: UNASKED, reason: /\/nowhere\/cosign\.pub/ },
  {
    name: 'bad-root',
    policies: ['bad-root'],
    sign: bundled(),
    ends: UNASKED,
    reason: /expected a trusted_root\.json of Sigstore, but/,
  },
];

describe('policies of signatures', () => {
  const { root, remove } = createGitRoot();
  let docker: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;
  let first: CycleReport;
  let second: CycleReport;
  const digests = new Map<string, string>();

  beforeAll(async () => {
    const [registry, server, ours, theirs] = await Promise.all([
      startDockerRegistry(),
      startGitHttpServer({ root }),
      createSigstoreStandIn(),
      createSigstoreStandIn(),
    ]);
    [docker, http] = [registry, server];
    world = createFlowWorld();
    for (const row of ROWS) {
      const path = `acme/${row.name}`;
      if (row.from === undefined) digests.set(row.name, (await pushImage(docker.url, path, '1.1.0')).digest);
      else {
        await pushFixture(docker.url, row.from, { to: path });
        digests.set(row.name, fixtureDigest(row.from));
      }
      await pushImage(docker.url, path, KEPT);
      await row.sign({ registry: docker.url, path, digest: digests.get(row.name) ?? '', ours, theirs });
      world.addApplication({
        name: row.name,
        repoURL: `${http.url}/policies.git`,
        path: row.name,
        annotations: {
          'image-list': `api=registry.test/acme/${row.name}:1.x`,
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
          ...(row.annotation === undefined ? {} : { 'api.signature-policy': row.annotation }),
        },
        source: { helm: {} },
      });
    }
    remote = createRemote(
      root,
      'policies.git',
      Object.fromEntries(ROWS.map(({ name }) => [`${name}/values.yaml`, `image:\n  tag: ${KEPT}\n`])),
    );
    writeFileSync(join(world.folder, 'root.json'), ours.trustRoot());
    writeFileSync(join(world.folder, 'bad.json'), '{"tlogs": 1}');
    writeFileSync(join(world.folder, 'cosign.pub'), fixtureKey('p256'));
    first = await run();
    second = await run();
  }, 120_000);

  afterAll(async () => {
    await Promise.all([docker.stop(), http.stop()]);
    world.remove();
    remove();
  });

  function policies(): readonly ConfiguredPolicy[] {
    const at = (file: string) => ({ kind: 'file', path: join(world.folder, file) }) as const;
    const exact = (text: string) => ({ kind: 'exact', text }) as const;
    const release = { issuer: exact(GITHUB), identity: exact(WORKFLOW) };
    const keyless = { keys: [], signers: [release], trustRoot: at('root.json') };
    const key = { keys: [at('cosign.pub')] };
    const source = { type: 'slsaprovenance', types: [V1], sourceRepository: exact(SOURCE) };
    const all = {
      keyless,
      key,
      either: { ...keyless, ...key },
      named: {
        ...keyless,
        signers: [{ ...release, identity: exact('https://elsewhere.example') }],
        onlyByName: true,
      },
      provenance: { ...keyless, requireSignature: false, attestations: [source] },
      'no-root': { ...keyless, trustRoot: { kind: 'file', path: '/nowhere/root.json' } },
      'bad-root': { ...keyless, trustRoot: at('bad.json') },
      'no-key': { keys: [{ kind: 'file', path: '/nowhere/cosign.pub' }] },
    } as const;
    return Object.entries(all).map(([name, changes]) => {
      const rows = ROWS.filter((row) => (row.policies ?? ['keyless']).includes(name));
      const images = rows.map((row) => `registry.test/acme/${row.name}`);
      return aConfiguredPolicy({ name, ...changes, images: images.length === 0 ? ['nobody/none'] : images });
    });
  }

  async function run(): Promise<CycleReport> {
    return await world.run({
      registries: [aRegistryConfig(docker.url, 'registry.test')],
      gates: { ...load({}).gates, signatures: policies() },
    });
  }

  test.each(ROWS)('$name', ({ name, ends, reason = /./ }) => {
    const result = first.images.find(({ application }) => application.name === name);
    expect([result?.outcome, result?.code, result?.reason]).toEqual([...ends, expect.stringMatching(reason)]);
    const signed = name === 'free' ? '1.1.0' : `1.1.0@${digests.get(name)}`;
    const tag = ends === UPDATED ? signed : KEPT;
    expect(readAt(remote, 'main', `${name}/values.yaml`)).toBe(`image:\n  tag: ${tag}\n`);
  });

  test('a second cycle writes nothing', () => {
    expect(second.images.filter(({ outcome }) => outcome === 'updated')).toEqual([]);
    expect(second.costs.gitPushes).toBe(0);
  });
});
