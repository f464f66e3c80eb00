import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRegistryAnswers } from '../../src/app/decide-images.ts';
import type { CycleRun } from '../../src/app/services.ts';
import type { Decision } from '../../src/core/selection/decision.ts';
import { describeReason } from '../../src/core/reasons/describe-reason.ts';
import type { Strategy } from '../../src/core/policy.ts';
import type { Answer } from '../helpers/registry-stand-in.ts';
import { SILENT } from '../helpers/logs.ts';
import { aTracked, LINUX_AMD64 } from '../helpers/policies.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { ANONYMOUS, aStandIn, askAt, type Asking } from '../registries/asking.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const AMD64 = { os: 'linux', architecture: 'amd64' };

/** One tag: the content that it names, and what belongs to that. */
interface Content {
  readonly type: string;
  readonly body: string;
  readonly parts?: readonly string[];
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function descriptor(mediaType: string, text: string): Readonly<Record<string, unknown>> {
  return { mediaType, digest: digestOf(text), size: text.length };
}

function manifestOf(configType: string, config: string, layerType = LAYER): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(configType, config),
    layers: [descriptor(layerType, 'layer')],
  });
}

function image(created: string, configType = CONFIG): Content {
  const config = JSON.stringify({ ...AMD64, created });
  return { type: MANIFEST, body: manifestOf(configType, config), parts: [config] };
}

function indexOf(...manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
}

const GOOD = { '1.0.0': image('2026-01-01T00:00:00Z'), '1.1.0': image('2026-02-01T00:00:00Z') };
const NEWEST = image('2026-03-01T00:00:00Z');
const HELM = 'application/vnd.cncf.helm';
const MISSING = { ...descriptor(MANIFEST, 'missing'), platform: AMD64 };

/** What can never be run, and what the reason says of it. */
const UNUSABLE: readonly (readonly [string, Content | Answer, RegExp])[] = [
  [
    "Docker's schema 1",
    {
      type: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      body: JSON.stringify({ schemaVersion: 1, history: [] }),
    },
    /1\.2\.0 cannot be used: .* has Docker's schema 1/,
  ],
  [
    'a Helm chart',
    {
      type: MANIFEST,
      body: manifestOf(`${HELM}.config.v1+json`, '{}', `${HELM}.chart.content.v1.tar+gzip`),
      parts: ['{}'],
    },
    /1\.2\.0 is a Helm chart, not a container image/,
  ],
  [
    'a signature',
    {
      type: MANIFEST,
      body: manifestOf(CONFIG, '{}', 'application/vnd.dev.cosign.simplesigning.v1+json'),
      parts: ['{}'],
    },
    /1\.2\.0 is a signature, not a container image/,
  ],
  [
    'an artifact',
    {
      type: MANIFEST,
      body: JSON.stringify({
        ...(JSON.parse(manifestOf('application/vnd.oci.empty.v1+json', '{}', 'text/csv')) as object),
        artifactType: 'application/vnd.acme.report',
      }),
      parts: ['{}'],
    },
    /1\.2\.0 is an artifact of the type "application\/vnd\.acme\.report", not a container image/,
  ],
  [
    'an index of attestations',
    {
      type: INDEX,
      body: indexOf({ ...descriptor(MANIFEST, 'x'), platform: { os: 'unknown', architecture: 'unknown' } }),
    },
    /1\.2\.0 is not a container image/,
  ],
  [
    'an index whose part is missing',
    { type: INDEX, body: indexOf(MISSING) },
    /1\.2\.0 cannot be used: .* lacks a part: .*MANIFEST_UNKNOWN/,
  ],
  [
    'an image whose configuration is missing',
    { type: MANIFEST, body: manifestOf(CONFIG, 'missing') },
    /1\.2\.0 cannot be used: .* lacks a part: .*image configuration/,
  ],
  [
    'an image whose configuration is no JSON',
    { type: MANIFEST, body: manifestOf(CONFIG, '<'), parts: ['<'] },
    /is not a JSON object/,
  ],
  ['no JSON', { type: MANIFEST, body: '{"schemaVersion": 2, "manif' }, /is not a JSON object/],
  ['of an unknown type', { type: 'application/vnd.acme', body: '{}' }, /has the unknown type/],
  [
    'an index and an image at once',
    { type: INDEX, body: JSON.stringify({ schemaVersion: 2, manifests: [], config: {} }) },
    /an index and an image at once/,
  ],
  ['larger than 4 MiB', { type: INDEX, body: indexOf('x'.repeat(4_500_000)) }, /more than 4194304 bytes/],
];

/** What may be a good image, if only it could be read. */
const UNREAD: readonly (readonly [string, Answer])[] = [
  ['a server error', { status: 501 }],
  ['a refusal', { status: 403 }],
  ['a page in its place', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['a page with the status 200', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  [
    'an error with the status 200',
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{"error":"log in"}' },
  ],
  [
    'other bytes than its digest says',
    { status: 200, headers: { 'docker-content-digest': digestOf('x') }, body: NEWEST.body },
  ],
];

const BY_TIME: readonly Strategy[] = [{ kind: 'newest-build' }, { kind: 'newest-pushed' }];
const STRATEGIES: readonly Strategy[] = [
  ...BY_TIME,
  { kind: 'semver', constraint: '' },
  { kind: 'alphabetical' },
];

type Tags = Readonly<Record<string, Content | Answer>>;

/** A registry with these tags. */
async function aRegistry(tags: Tags): Promise<Asking> {
  const contents = Object.values(tags).filter((one): one is Content => 'type' in one);
  const parts = contents.flatMap(({ type, body, parts: own = [] }) => [
    [digestOf(body), { type, body }] as const,
    ...own.map((part) => [digestOf(part), { type: 'application/octet-stream', body: part }] as const),
  ]);
  const byDigest = new Map(parts);
  const server = await aStandIn(({ method, target }): Answer => {
    if (target.includes('/tags/list')) return json({ name: 'acme/api', tags: Object.keys(tags) });
    const reference = target.split('/').at(-1) ?? '';
    const named = tags[reference];
    if (named !== undefined && !('type' in named))
      return method === 'HEAD' && 'status' in named ? { status: 405 } : named;
    const found = named ?? byDigest.get(reference);
    if (found === undefined) {
      const body = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] });
      return { status: 404, headers: { 'content-type': 'application/json' }, body };
    }
    return {
      status: 200,
      headers: { 'content-type': found.type, 'docker-content-digest': digestOf(found.body) },
      ...(method === 'HEAD' ? {} : { body: found.body }),
    };
  });
  return askAt(server.url);
}

async function choose(
  { registry, host, clock }: Asking,
  strategy: Strategy,
  present = '1.0.0',
): Promise<Decision> {
  const services = {
    logins: { find: () => Promise.resolve(ANONYMOUS) },
    registry,
    sightings: { of: () => new Map(), keep: () => undefined },
    platformDefaults: LINUX_AMD64,
    revalidate: 0,
  };
  const run: CycleRun = {
    clock,
    log: SILENT,
    concurrency: 2,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  };
  const tracked = aTracked({ image: `${host}/acme/api`, strategy, platforms: [AMD64] });
  const { find, choose } = createRegistryAnswers([tracked], services, run);
  const waiting = { application: tracked.application, signal: run.signal };
  const { image: reference, policy, observed, destination } = tracked;
  const { decision } = await choose(
    {
      image: reference,
      policy,
      observed,
      slot: destination.slot,
      presence: { kind: 'present', image: { name: undefined, tag: present, digest: undefined } },
    },
    await find(tracked, waiting),
    waiting,
  );
  return decision;
}

function told(decision: Decision): string {
  const version = decision.outcome === 'update' ? decision.to.tag : decision.candidate?.tag;
  return `${decision.outcome} ${decision.code} ${version ?? '-'}`;
}

describe('a tag that names', () => {
  test.each(UNUSABLE)('%s is no candidate, and the reason says so', async (what, odd, says) => {
    const asking = await aRegistry({ ...GOOD, '1.2.0': odd });

    // Those that choose by name read no part of an index.
    for (const strategy of what.startsWith('an index whose') ? BY_TIME : STRATEGIES) {
      const decision = await choose(asking, strategy);

      expect([strategy.kind, told(decision)]).toEqual([strategy.kind, 'update newer-version 1.1.0']);
      expect(describeReason(decision)).toMatch(/^1\.1\.0 is .* \(passed over: .*\); the target has 1\.0\.0$/);
      expect(describeReason(decision)).toMatch(says);
    }
    const current = await choose(asking, { kind: 'newest-build' }, '1.1.0');
    expect(told(current)).toBe('current up-to-date 1.1.0');
    expect(describeReason(current)).toMatch(says);
  });

  test.each(UNREAD)('%s keeps the image back', async (_what, odd) => {
    const asking = await aRegistry({ ...GOOD, '1.2.0': odd });

    for (const strategy of STRATEGIES)
      expect([strategy.kind, told(await choose(asking, strategy))]).toEqual([
        strategy.kind,
        'failed metadata-incomplete -',
      ]);
  });

  test('what can never be run is read once, and by HEAD from then on', async () => {
    const schema1 = UNUSABLE[0]?.[1] ?? NEWEST;
    const large = UNUSABLE.at(-1)?.[1] ?? NEWEST;
    const asking = await aRegistry({ ...GOOD, '1.2.0': schema1, '1.3.0': large });
    await choose(asking, { kind: 'newest-build' });
    const before = asking.requests().length;

    await choose(asking, { kind: 'newest-build' });

    expect(asking.requests().slice(before)).toEqual(['tags 200', ...Array<string>(4).fill('manifest 200')]);
  });

  test('an image is chosen', async () => {
    const asking = await aRegistry({ ...GOOD, '1.2.0': NEWEST });

    for (const strategy of STRATEGIES)
      expect(told(await choose(asking, strategy))).toBe('update newer-version 1.2.0');
  });
});
