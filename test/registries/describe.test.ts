import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TagFacts } from '../../src/core/tags/facts.ts';
import { formatPlatform } from '../../src/core/image/platform.ts';
import { createRecords } from '../../src/registries/cache/records.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { pushArtifact, pushTo, type PushedImage } from '../helpers/push-image.ts';
import { forward, type Answer, type Handler } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, DIGEST_ONLY, EVERYTHING, IMAGES } from './asking.ts';

const JANUARY = '2024-01-02T03:04:05.678Z';
const LABELS = { 'org.opencontainers.image.version': '1.0', empty: '' };

/** Platform, build time and labels of each image, as text. */
function shown({ images }: TagFacts): readonly string[] | undefined {
  return images?.map(({ platform, created, labels }) =>
    [
      platform === undefined ? '?' : formatPlatform(platform),
      created === undefined ? '' : new Date(created).toISOString(),
      ...Object.keys(labels),
    ].join(' '),
  );
}

describe('what a real registry has under a tag', () => {
  let docker: DockerRegistry;
  let single: PushedImage;
  let index: PushedImage;

  beforeAll(async () => {
    docker = await startDockerRegistry();
    single = await pushTo(docker, 'acme/api', 'single', {
      created: JANUARY,
      labels: LABELS,
      platform: 'linux/arm/v7',
    });
    index = await pushTo(docker, 'acme/api', 'index', {
      platforms: ['linux/amd64', 'linux/arm64/v8', 'windows/amd64'],
      created: JANUARY,
      labels: LABELS,
      attestations: true,
    });
    await pushTo(docker, 'acme/api', 'docker-list', {
      platforms: ['linux/amd64'],
      docker: true,
      created: JANUARY,
    });
    await pushTo(docker, 'acme/api', 'docker-single', { docker: true, created: JANUARY });
    await pushTo(docker, 'acme/api', 'timeless');
    await pushTo(docker, 'acme/api', 'go-zero', { created: '0001-01-01T00:00:00Z' });
    await pushTo(docker, 'acme/api', 'epoch', { created: '1970-01-01T00:00:00Z' });
    await pushTo(docker, 'acme/api', 'nonsense', { created: 'last tuesday' });
    await pushArtifact(docker.url, 'acme/api', 'chart', 'helm-chart');
    await pushArtifact(docker.url, 'acme/api', `sha256-${'0'.repeat(64)}.sig`, 'cosign-signature');
    await pushArtifact(docker.url, 'acme/api', 'report', 'artifact');
  });

  afterAll(() => docker.stop());

  test('is told by its digest alone with one HEAD', async () => {
    const asking = askAt(docker.url);

    expect(await asking.describe('single', DIGEST_ONLY)).toEqual({
      digest: single.digest,
      images: undefined,
    });
    expect(await asking.describe('index', DIGEST_ONLY)).toEqual({ digest: index.digest, images: undefined });
    expect(asking.requests()).toEqual(['manifest 200', 'manifest 200']);
  });

  test('is the images of an index with one GET, without their attestations', async () => {
    const asking = askAt(docker.url);

    const facts = await asking.describe('index', IMAGES);

    expect(facts.digest).toBe(index.digest);
    expect(shown(facts)).toEqual(['linux/amd64 ', 'linux/arm64/v8 ', 'windows/amd64 ']);
    expect(facts.images?.map(({ digest }) => digest)).toEqual(Object.values(index.images));
    expect(asking.requests()).toEqual(['manifest 200']);
  });

  test('is build times and labels of the wanted platforms only', async () => {
    const asking = askAt(docker.url);

    const facts = await asking.describe('index', {
      images: true,
      created: [{ os: 'linux', architecture: 'arm64' }],
    });

    expect(shown(facts)).toEqual([
      'linux/amd64 ',
      `linux/arm64/v8 ${JANUARY} org.opencontainers.image.version empty`,
      'windows/amd64 ',
    ]);
    expect(facts.images?.[1]?.labels).toEqual(LABELS);
    expect(asking.requests()).toEqual(['manifest 200', 'manifest 200', 'blob 200']);
  });

  test.each([
    ['of all platforms when none is named', [], 3],
    ['of none when none fits', [{ os: 'linux', architecture: 's390x' }], 0],
    ['of the named variant', [{ os: 'linux', architecture: 'arm64', variant: 'v8' }], 1],
    ['of no other variant', [{ os: 'linux', architecture: 'arm64', variant: 'v9' }], 0],
  ])('is build times %s', async (_which, created, count) => {
    const facts = await askAt(docker.url).describe('index', { images: false, created });

    expect(facts.images?.filter((image) => image.created !== undefined).length).toBe(count);
    expect(facts.images?.length).toBe(3);
  });

  test('is a single image with the platform that its configuration names', async () => {
    const asking = askAt(docker.url);

    const facts = await asking.describe('single', IMAGES);

    expect([facts.digest, facts.images?.[0]?.digest]).toEqual([single.digest, single.digest]);
    expect(shown(facts)).toEqual([`linux/arm/v7 ${JANUARY} org.opencontainers.image.version empty`]);
    expect(asking.requests()).toEqual(['manifest 200', 'blob 200']);
  });

  test.each([
    ['docker-list', [`linux/amd64 ${JANUARY}`]],
    ['docker-single', [`linux/amd64 ${JANUARY}`]],
    ['timeless', ['linux/amd64 ']],
    ['go-zero', ['linux/amd64 ']],
    ['epoch', ['linux/amd64 1970-01-01T00:00:00.000Z']],
    ['nonsense', ['linux/amd64 ']],
    ['chart', []],
    [`sha256-${'0'.repeat(64)}.sig`, []],
    ['report', []],
  ])('of %s is %j', async (tag, expected) => {
    expect(shown(await askAt(docker.url).describe(tag, EVERYTHING))).toEqual(expected);
  });

  test.each([
    ['its digest', DIGEST_ONLY],
    ['its images', IMAGES],
  ])('and does not exist is an error, asked for %s', async (_what, needs) => {
    const error = await errorOf(askAt(docker.url).describe('missing', needs));

    expect([error.code, error.message]).toEqual([
      'registry-not-found',
      expect.stringMatching(/does not know the tag 127\.0\.0\.1:\d+\/acme\/api:missing: status 404/),
    ]);
  });

  test('is asked with one HEAD from the second time on, as long as it stays what it was', async () => {
    const asking = askAt(docker.url);
    await pushTo(docker, 'acme/api', 'moving', { created: JANUARY });
    const first = await asking.describe('moving', EVERYTHING);
    const before = asking.requests().length;

    expect(await asking.describe('moving', EVERYTHING)).toEqual(first);
    expect(asking.requests().slice(before)).toEqual(['manifest 200']);

    const moved = await pushTo(docker, 'acme/api', 'moving', { created: '2025-01-01T00:00:00Z' });
    const second = await asking.describe('moving', EVERYTHING);

    expect(second.digest).toBe(moved.digest);
    expect(shown(second)).toEqual(['linux/amd64 2025-01-01T00:00:00.000Z']);
    expect(asking.requests().slice(before + 1)).toEqual(['manifest 200', 'manifest 200', 'blob 200']);
  });

  test('costs nothing more for another tag of the same image', async () => {
    const asking = askAt(docker.url);
    await pushTo(docker, 'acme/api', 'twin', { created: JANUARY, labels: LABELS, platform: 'linux/arm/v7' });
    await asking.describe('single', EVERYTHING);
    const before = asking.requests().length;

    await asking.describe('twin', EVERYTHING);

    expect(asking.requests().slice(before)).toEqual(['manifest 200']);
  });

  test('is believed to be what it was where tags never move, and only there', async () => {
    await pushTo(docker, 'acme/api', 'fixed', { created: JANUARY });
    const immutable = askAt(docker.url, { endpoint: { immutableTags: true } });
    const usual = askAt(docker.url);
    const [first] = await Promise.all([
      immutable.describe('fixed', EVERYTHING),
      usual.describe('fixed', EVERYTHING),
    ]);
    const moved = await pushTo(docker, 'acme/api', 'fixed', { created: '2025-01-01T00:00:00Z' });

    const before = immutable.requests().length;
    expect(await immutable.describe('fixed', EVERYTHING)).toEqual(first);
    expect((await immutable.describe('fixed', DIGEST_ONLY)).digest).toBe(first.digest);
    expect(immutable.requests()).toHaveLength(before);
    expect((await usual.describe('fixed', EVERYTHING)).digest).toBe(moved.digest);
  });

  test('is still right when the memory for it is far too small', async () => {
    const asking = askAt(docker.url, { records: createRecords(2000) });

    for (let turn = 0; turn < 3; turn++) {
      expect(shown(await asking.describe('index', EVERYTHING))?.length).toBe(3);
      expect(shown(await asking.describe('single', EVERYTHING))?.length).toBe(1);
    }
  });

  test('is asked once by all who ask at the same time', async () => {
    const asking = askAt(docker.url);

    const answers = await Promise.all(Array.from({ length: 20 }, () => asking.describe('index', IMAGES)));

    expect(new Set(answers.map(({ digest }) => digest))).toEqual(new Set([index.digest]));
    expect(asking.requests()).toEqual(['manifest 200']);
  });

  test('comes from a registry that hides its digest all the same, hashed here', async () => {
    const server = await aStandIn(async (seen) => {
      const answer = await forward(seen, docker.url);
      return 'status' in answer
        ? { ...answer, headers: { ...answer.headers, 'docker-content-digest': [] } }
        : answer;
    });
    const asking = askAt(server.url);

    expect((await asking.describe('index', DIGEST_ONLY)).digest).toBe(index.digest);
    expect(asking.requests()).toEqual(['manifest 200', 'manifest 200']);
    expect((await asking.describe('single', IMAGES)).digest).toBe(single.digest);
  });

  test.each([405, 404, 403, 400])('comes from a registry that answers HEAD with %i', async (status) => {
    const server = await aStandIn((seen) =>
      seen.method === 'HEAD' ? { status } : forward(seen, docker.url),
    );

    expect((await askAt(server.url).describe('index', DIGEST_ONLY)).digest).toBe(index.digest);
  });

  test.each([
    ['a manifest', '/manifests/'],
    ['an image configuration', '/blobs/'],
  ])('is not believed when %s does not match its digest', async (_what, path) => {
    const server = await aStandIn(async (seen) => {
      const answer = await forward(seen, docker.url);
      if (!('status' in answer) || !seen.target.includes(path)) return answer;
      return {
        ...answer,
        headers: { ...answer.headers, 'content-length': [] },
        body: `${answer.body?.toString()} `,
      };
    });

    const error = await errorOf(askAt(server.url).describe('single', EVERYTHING).then(shown));
    const second = await errorOf(askAt(server.url).describe('index', EVERYTHING));

    expect([error.code, second.code]).toEqual(['registry-response-invalid', 'registry-response-invalid']);
    expect(second.message).toMatch(/does not match its digest sha256:[0-9a-f]{64}$/);
  });
});

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A registry that has these contents under their digests, and the last one as the tag `odd`. */
function holding(contents: readonly string[], contentType = 'application/json'): Handler {
  const byDigest = new Map(contents.map((text) => [digestOf(text), text]));
  return ({ target }): Answer => {
    const reference = target.split('/').at(-1) ?? '';
    const body = reference === 'odd' ? contents.at(-1) : byDigest.get(reference);
    return body === undefined
      ? { status: 404 }
      : { status: 200, headers: { 'content-type': contentType }, body };
  };
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

describe('what an odd registry has under a tag', () => {
  const config = text({
    os: 'linux',
    architecture: 'riscv64',
    created: '2024-05-05T05:05:05+02:00',
    config: { Labels: { a: 'b', n: 1 } },
  });
  const image = text({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
    layers: [],
  });
  const entry = { mediaType: OCI_MANIFEST, digest: digestOf(image), size: image.length };

  function indexOf(...manifests: readonly unknown[]): string {
    return text({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  }

  async function describeOdd(contents: readonly string[], contentType?: string): Promise<TagFacts> {
    const server = await aStandIn(holding(contents, contentType));
    return askAt(server.url).describe('odd', EVERYTHING);
  }

  test('may be an index whose entries name no platform: their configurations do', async () => {
    const facts = await describeOdd([config, image, indexOf(entry)]);

    expect(shown(facts)).toEqual(['linux/riscv64 2024-05-05T03:05:05.000Z a']);
  });

  test('has the platform that the index names, not the one of the configuration', async () => {
    const platform = { os: 'linux', architecture: 'riscv64', variant: 'rva23' };
    const facts = await describeOdd([config, image, indexOf({ ...entry, platform })]);

    expect(shown(facts)).toEqual(['linux/riscv64/rva23 2024-05-05T03:05:05.000Z a']);
  });

  test.each([
    [
      'an attestation by its annotation',
      {
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
        platform: { os: 'linux', architecture: 'amd64' },
      },
    ],
    ['an attestation by its platform', { platform: { os: 'unknown', architecture: 'unknown' } }],
    [
      'something with an artifact type',
      { artifactType: 'application/vnd.acme.sbom', platform: { os: 'linux', architecture: 'amd64' } },
    ],
    ['something of an unknown type', { mediaType: 'application/vnd.acme.thing' }],
  ])('is not %s', async (_what, changes) => {
    const facts = await describeOdd([config, image, indexOf(entry, { ...entry, ...changes })]);

    expect(facts.images?.length).toBe(1);
  });

  test('may be an index of indexes, three deep and no deeper', async () => {
    const nest = (inner: string): string =>
      indexOf({ mediaType: OCI_INDEX, digest: digestOf(inner), size: inner.length });
    const one = indexOf(entry);
    const [two, three] = [nest(one), nest(nest(one))];

    expect(shown(await describeOdd([config, image, one, two, three]))?.length).toBe(1);
    await expect(describeOdd([config, image, one, two, three, nest(three)])).rejects.toMatchObject({
      code: 'registry-response-invalid',
      message: expect.stringMatching(/nests deeper than 3 levels$/) as string,
    });
  });

  test('is refused when it would take hundreds of requests', async () => {
    const images = Array.from({ length: 150 }, (_, index) => ({
      config: text({ os: 'linux', architecture: 'amd64', config: { Labels: { index: `${index}` } } }),
    }));
    const contents = images.flatMap(({ config: own }) => [
      own,
      text({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: OCI_CONFIG, digest: digestOf(own), size: 1 },
        layers: [],
      }),
    ]);
    const entries = contents
      .filter((_, index) => index % 2 === 1)
      .map((one) => ({ mediaType: OCI_MANIFEST, digest: digestOf(one), size: 1 }));

    await expect(describeOdd([...contents, indexOf(...entries)])).rejects.toMatchObject({
      code: 'registry-response-too-large',
    });
  });

  test.each([
    ['by its Content-Type', { schemaVersion: 2, manifests: [entry] }, `${OCI_INDEX}; charset=utf-8`],
    ['by its shape, when nobody names its type', { schemaVersion: 2, manifests: [entry] }, 'text/plain'],
    [
      'by its own type, whatever the Content-Type',
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] },
      OCI_MANIFEST,
    ],
  ])('is known for an index %s', async (_how, content, contentType) => {
    expect((await describeOdd([config, image, text(content)], contentType)).images?.length).toBe(1);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['linux/amd64', { os: 'Linux', architecture: 'x86_64' }, 'linux/amd64'],
    ['linux/amd64/v1', { os: 'linux', architecture: 'AMD64', variant: 'v1' }, 'linux/amd64/v1'],
    ['linux/arm64', { os: 'linux', architecture: 'aarch64' }, 'linux/arm64'],
    ['linux/arm64/8', { os: 'linux', architecture: 'arm64', variant: '8' }, 'linux/arm64/v8'],
    ['linux/armhf', { os: 'linux', architecture: 'armhf' }, 'linux/arm/v7'],
    ['linux/arm/7', { os: 'linux', architecture: 'arm', variant: '7' }, 'linux/arm/v7'],
    ['windows', { os: 'Windows', architecture: 'x86-64', variant: '' }, 'windows/amd64'],
    ['riscv64', { os: 'linux', architecture: 'riscv64' }, 'linux/riscv64'],
  ])(
    'has the platform %s by its usual name, in an index and in a configuration',
    async (_what, fields, name) => {
      const own = text({ ...fields, created: JANUARY });
      const single = text({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: OCI_CONFIG, digest: digestOf(own) },
        layers: [],
      });

      expect(shown(await describeOdd([own, single]))).toEqual([`${name} ${JANUARY}`]);
      expect(
        shown(await describeOdd([config, image, indexOf({ ...entry, platform: fields })]))?.[0]?.split(
          ' ',
        )[0],
      ).toBe(name);
    },
  );

  test.each<readonly [string, Readonly<Record<string, unknown>>, readonly string[], number]>([
    ['application/octet-stream', {}, [OCI_LAYER], 1],
    ['application/json', {}, ['application/vnd.docker.image.rootfs.diff.tar.gzip'], 1],
    ['application/json; charset=utf-8', {}, ['application/vnd.oci.image.layer.v1.tar+zstd'], 1],
    ['text/plain', {}, [OCI_LAYER, 'application/octet-stream'], 1],
    ['', {}, [OCI_LAYER], 1],
    [OCI_CONFIG.toUpperCase(), {}, [OCI_LAYER], 1],
    [OCI_CONFIG, {}, [], 1],
    ['application/json', {}, [], 0],
    ['application/json', {}, ['application/vnd.in-toto+json'], 0],
    ['application/octet-stream', { artifactType: 'application/vnd.acme.report' }, [OCI_LAYER], 0],
    ['application/vnd.unknown.config.v1+json', {}, [OCI_LAYER], 0],
    ['application/vnd.docker.plugin.v1+json', {}, ['application/vnd.docker.image.rootfs.diff.tar.gzip'], 0],
    ['application/vnd.oci.empty.v1+json', {}, [OCI_LAYER], 0],
  ])('is an image or none: configuration %s, %j, layers %j', async (mediaType, more, layers, count) => {
    const odd = text({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...more,
      config: { ...(mediaType === '' ? {} : { mediaType }), digest: digestOf(config) },
      layers: layers.map((type) => ({ mediaType: type, digest: digestOf('layer'), size: 5 })),
    });

    expect((await describeOdd([config, odd])).images?.length).toBe(count);
    expect((await describeOdd([config, image])).images?.length).toBe(1);
  });

  test.each([
    ["has Docker's schema 1", text({ schemaVersion: 1, name: 'acme/api', history: [] })],
    [
      "has Docker's schema 1",
      text({ mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
    ],
    ['is an index and an image at once', text({ schemaVersion: 2, manifests: [], config: {}, layers: [] })],
    ['is not a JSON object', '{"schemaVersion": 2, "manif'],
    ['is not a JSON object', '[]'],
    ['has the unknown type "application/json"', '{}'],
    ['is an index without a list', text({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: 'x' })],
    [
      'is an index with an entry that has no digest',
      indexOf({ mediaType: OCI_MANIFEST, digest: 'sha256:abc' }),
    ],
    ['is a manifest without a config', text({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] })],
  ])('is refused when it %s', async (reason, content) => {
    await expect(describeOdd([content])).rejects.toMatchObject({
      code: 'registry-response-invalid',
      message: expect.stringContaining(reason) as string,
    });
  });

  test('is refused when its configuration is no JSON', async () => {
    const broken = text({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf('x') },
      layers: [],
    });

    await expect(describeOdd(['x', broken])).rejects.toMatchObject({ code: 'registry-response-invalid' });
  });

  test('is refused when a manifest has more than 4 MiB', async () => {
    const large = indexOf({ ...entry, annotations: { long: 'x'.repeat(5_000_000) } });

    await expect(describeOdd([large])).rejects.toMatchObject({
      code: 'registry-response-too-large',
      message: expect.stringContaining('4194304 bytes') as string,
    });
  });

  test('is refused when the registry names another digest than that of what it sends', async () => {
    const server = await aStandIn(() => ({
      status: 200,
      headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      body: image,
    }));

    expect((await errorOf(askAt(server.url).describe('odd', IMAGES))).code).toBe('registry-response-invalid');
  });

  test.each(['nonsense', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e'])(
    'is hashed here when the registry names the digest %s',
    async (digest) => {
      const server = await aStandIn(({ method }) => ({
        status: 200,
        headers: { 'docker-content-digest': digest },
        ...(method === 'HEAD' ? {} : { body: image }),
      }));

      expect((await askAt(server.url).describe('odd', DIGEST_ONLY)).digest).toBe(digestOf(image));
    },
  );

  test('is nothing that another repository has under the same digest', async () => {
    let digest = digestOf(image);
    const server = await aStandIn(({ method, target }) => {
      if (target.includes('/blobs/')) return { status: 200, body: config };
      if (method === 'GET' && target.endsWith(digest)) return { status: 404 };
      return {
        status: 200,
        headers: { 'docker-content-digest': digest },
        ...(method === 'GET' ? { body: contentOf(target) } : {}),
      };
    });
    const contentOf = (target: string): string => (target.includes('/mine/') ? image : `${image} `);
    const { registry } = askAt(server.url);
    const describePath = (path: string) =>
      registry.describe(
        {
          repository: { registry: server.host, path },
          login: ANONYMOUS,
          reference: 'odd',
          needs: IMAGES,
        },
        new AbortController().signal,
      );
    await describePath('mine/api');
    digest = digestOf(`${image} `);
    await describePath('theirs/api');

    digest = digestOf(image);

    expect((await errorOf(describePath('theirs/api'))).code).toBe('registry-not-found');
  });

  test('may be named by a SHA-512 digest', async () => {
    const digest = `sha512:${createHash('sha512').update(image).digest('hex')}`;
    const server = await aStandIn(({ target }) => ({
      status: 200,
      headers: { 'docker-content-digest': digest },
      body: target.includes('/blobs/') ? config : image,
    }));

    expect((await askAt(server.url).describe('odd', IMAGES)).digest).toBe(digest);
  });

  test('is an error when one of its parts cannot be had, never fewer images', async () => {
    const missing = {
      mediaType: OCI_MANIFEST,
      digest: digestOf('gone'),
      size: 4,
      platform: { os: 'linux', architecture: 'arm64' },
    };

    await expect(describeOdd([config, image, indexOf(entry, missing)])).rejects.toMatchObject({
      code: 'registry-not-found',
    });
  });
});
