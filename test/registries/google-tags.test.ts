import { describe, expect, test } from 'vitest';
import { json } from '../helpers/registry-stand-in.ts';
import { aStandIn, askAt } from './asking.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;

async function listed(...manifests: readonly unknown[]) {
  const server = await aStandIn(({ url }) => {
    const page = Number(url.searchParams.get('page') ?? 0);
    const body = { child: [], manifest: manifests[page], name: 'p/r/api', tags: ['1.0', 'latest', '2.0'] };
    const link = `<?page=${page + 1}>; rel="next"`;
    return json(body, page + 1 < manifests.length ? { link } : {});
  });
  return (await askAt(server.url).listTags()).facts;
}

/** As gcr.io writes it; Artifact Registry has a number for the time. */
function manifest(tag: readonly unknown[], timeUploadedMs: unknown) {
  return {
    imageSizeBytes: '763789',
    layerId: '',
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    tag,
    timeCreatedMs: '1595895577054',
    timeUploadedMs,
  };
}

describe("a list of tags of Google's registries", () => {
  test('tells digests and times, as texts or as numbers', async () => {
    const facts = await listed({
      [ONE]: manifest(['1.0', 'latest'], '1597767277119'),
      [TWO]: manifest(['2.0'], 1597767277120),
    });

    expect(Object.fromEntries(facts)).toEqual({
      '1.0': { digest: ONE, images: undefined, pushed: 1597767277119 },
      latest: { digest: ONE, images: undefined, pushed: 1597767277119 },
      '2.0': { digest: TWO, images: undefined, pushed: 1597767277120 },
    });
  });

  test('tells them over several pages', async () => {
    const facts = await listed({ [ONE]: manifest(['1.0'], '1') }, { [TWO]: manifest(['2.0'], '2') });

    expect([...facts.keys()]).toEqual(['1.0', '2.0']);
  });

  test.each<readonly [string, unknown, readonly string[]]>([
    ['of a tag that is in no list', { [ONE]: manifest(['9.9'], '1') }, []],
    ['under something that is no digest', { latest: manifest(['1.0'], '1') }, []],
    ['of a manifest without tags', { [ONE]: manifest([], '1') }, []],
    [
      'of a tag that moved meanwhile',
      { [ONE]: manifest(['1.0'], '1'), [TWO]: manifest(['1.0', '2.0'], '2') },
      ['2.0'],
    ],
    ['in another shape', [{ [ONE]: manifest(['1.0'], '1') }], []],
    ['with tags that are no texts', { [ONE]: manifest([1, '1.0'], '1') }, ['1.0']],
    ['with entries that are none', { [ONE]: 'x', [TWO]: null }, []],
    ['in a text', 'manifests', []],
  ])('tells nothing %s', async (_, manifests, tags) => {
    expect([...(await listed(manifests)).keys()]).toEqual(tags);
  });

  test.each([undefined, '', 'yesterday', '-1', 0, 1.5, null, {}])('has no time in %j', async (time) => {
    expect((await listed({ [ONE]: manifest(['1.0'], time) })).get('1.0')).toEqual({
      digest: ONE,
      images: undefined,
    });
  });
});
