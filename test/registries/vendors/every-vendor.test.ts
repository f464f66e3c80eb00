import { describe, expect, test } from 'vitest';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import type { Login } from '../../../src/ports/logins.ts';
import type { Vendor } from '../../../src/registries/vendors/vendor-place.ts';
import { json, type Answer, type Seen, type StandIn } from '../../helpers/registry-stand-in.ts';
import { errorOf } from '../../helpers/thrown.ts';
import {
  azureTags,
  dockerHubTags,
  githubVersions,
  gitlabTags,
  harborArtifacts,
  quayTags,
  type MakeVendor,
  type VendorTag,
} from '../../helpers/vendor-stand-ins.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin, type Asking } from '../asking.ts';

const SOMEBODY = basicLogin('somebody', 'pass:word');
const BASIC = `Basic ${Buffer.from('somebody:pass:word').toString('base64')}`;

interface Row {
  readonly name: string;
  readonly vendor: Vendor;
  readonly make: MakeVendor;
  readonly login: Login;
  /** On a host of its own. */
  readonly elsewhere?: true;
  /** What its requests carry as proof. */
  readonly proof: string | undefined;
  /** Its list holds the names as well, so that the distribution API is not asked. */
  readonly alone?: true;
}

const ROWS: readonly Row[] = [
  {
    name: 'GitHub',
    vendor: 'github',
    make: githubVersions(),
    login: SOMEBODY,
    elsewhere: true,
    proof: 'Bearer pass:word',
  },
  {
    name: 'Docker Hub, public',
    vendor: 'docker-hub',
    make: dockerHubTags(),
    login: ANONYMOUS,
    elsewhere: true,
    proof: undefined,
  },
  {
    name: 'Docker Hub, private',
    vendor: 'docker-hub',
    make: dockerHubTags('pass:word'),
    login: SOMEBODY,
    elsewhere: true,
    proof: 'Bearer a.hub.token',
  },
  { name: 'Quay, public', vendor: 'quay', make: quayTags(), login: ANONYMOUS, proof: undefined },
  {
    name: 'Quay, by an OAuth token',
    vendor: 'quay',
    make: quayTags('oauth'),
    login: basicLogin('$oauthtoken', 'oauth'),
    proof: 'Bearer oauth',
  },
  { name: 'Harbor, public', vendor: 'harbor', make: harborArtifacts(), login: ANONYMOUS, proof: undefined },
  { name: 'Harbor, private', vendor: 'harbor', make: harborArtifacts(BASIC), login: SOMEBODY, proof: BASIC },
  { name: 'Azure', vendor: 'azure', make: azureTags(), login: ANONYMOUS, proof: undefined, alone: true },
  { name: 'GitLab', vendor: 'gitlab', make: gitlabTags(), login: ANONYMOUS, proof: undefined, alone: true },
];

const PATH = 'acme/team/api';
const HUB_PATH = 'acme/api';

const TAGS: readonly VendorTag[] = Array.from({ length: 7 }, (_, index) => ({
  tag: `1.${index}`,
  digest: `sha256:${String(index + 1).repeat(64)}`,
  pushed: `2026-03-0${index + 1}T12:00:00Z`,
}));

const FACTS: ReadonlyMap<string, TagFacts> = new Map(
  TAGS.map(({ tag, digest, pushed }) => [tag, { digest, images: undefined, pushed: Date.parse(pushed) }]),
);

const NAMES = TAGS.map(({ tag }) => tag);

interface World {
  readonly asking: Asking;
  /** Requests to the vendor's interface, tokens left out. */
  readonly vendorLines: () => readonly Seen[];
  readonly distributionLines: () => readonly string[];
  readonly logged: readonly string[];
  readonly list: (detail?: 'names' | 'facts') => ReturnType<Asking['registry']['listTags']>;
}

type Break = (answer: Answer, count: number) => Answer;

/** A registry with two tags a page at its vendor's interface, which `broken` may change. */
async function aWorld(row: Row, broken: Break = (answer) => answer): Promise<World> {
  const path = row.vendor === 'docker-hub' ? HUB_PATH : PATH;
  const vendor = row.make(path, TAGS, 2);
  let count = 0;
  const serve = async (seen: Seen): Promise<Answer> => {
    const answer = await vendor.handler(seen);
    if (seen.url.pathname === '/v2/auth/token') return answer;
    count += 1;
    return broken(answer, count);
  };
  const front = await aStandIn((seen) =>
    row.elsewhere !== true && vendor.takes(seen) ? serve(seen) : json({ name: path, tags: NAMES }),
  );
  const other: StandIn | undefined = row.elsewhere === true ? await aStandIn(serve) : undefined;
  const logged: string[] = [];
  const log = (level: string) => (message: string) => void logged.push(`${level} ${message}`);
  const asking = askAt(front.url, {
    endpoint: { api: row.vendor },
    path,
    log: { debug: log('debug'), warn: log('warn') },
    ...(other === undefined ? {} : { interfaceUrls: { [row.vendor]: other.url } }),
  });
  const { signal } = new AbortController();
  return {
    asking,
    logged,
    vendorLines: () =>
      (other ?? front).seen.filter((seen) => vendor.takes(seen) && seen.url.pathname !== '/v2/auth/token'),
    distributionLines: () =>
      front
        .lines()
        .filter((line) => line.includes('/tags/list?'))
        .filter((line) => line.startsWith('GET /v2/')),
    list: (detail) =>
      asking.registry.listTags(
        { repository: { registry: front.host, path }, login: row.login, ...(detail && { detail }) },
        signal,
      ),
  };
}

describe.each(ROWS)("$name's interface", (row) => {
  test('tells every tag with its digest and time, page after page', async () => {
    const { list, vendorLines, distributionLines } = await aWorld(row);

    const listing = await list();

    expect([...listing.tags].toSorted()).toEqual(NAMES);
    expect(listing.facts).toEqual(FACTS);
    expect(vendorLines().length).toBeGreaterThan(2);
    expect(distributionLines()).toHaveLength(row.alone === true ? 0 : 1);
  });

  test('gets the proof that is meant for it, and no other', async () => {
    const { list, vendorLines } = await aWorld(row);

    await list();

    expect(new Set(vendorLines().map(({ headers }) => headers.authorization))).toEqual(new Set([row.proof]));
  });

  test('costs nothing more for who is content with the names', async () => {
    const { list, vendorLines, distributionLines } = await aWorld(row);

    expect((await list('names')).tags).toEqual(NAMES);
    expect(row.alone === true ? distributionLines() : vendorLines()).toEqual([]);
  });

  test.each([401, 403, 404])('is done without for an hour after a %i', async (status) => {
    const { asking, list, vendorLines, logged } = await aWorld(row, () => ({ status, body: '{}' }));

    const listing = await list();

    expect(listing.tags).toEqual(NAMES);
    expect(listing.facts).toEqual(new Map());
    const asked = vendorLines().length;
    await list();
    expect(vendorLines()).toHaveLength(asked);
    asking.clock.advance(3_600_001);
    await list();
    expect(vendorLines().length).toBeGreaterThan(asked);
    expect(logged.filter((line) => !line.startsWith('debug '))).toEqual([]);
  });

  test.each([
    ['a web page', '<html>Sign in</html>'],
    ['half of an answer', '[{"name":"1.0"'],
    ['another object', '{"tags":"none","results":{}}'],
    ['a list of texts', '["1.0","1.1"]'],
    ['entries without a name', '[{}]'],
  ])('is done without, and that is said, when it answers %s', async (_, body) => {
    const { list, logged } = await aWorld(row, () => ({ status: 200, body }));

    const listing = await list();

    expect(listing.tags).toEqual(NAMES);
    expect(listing.facts).toEqual(new Map());
    expect(logged.filter((line) => line.startsWith('warn ')).length).toBeGreaterThan(0);
  });

  test.each<readonly [string, Answer, string]>([
    ['refused', { status: 403, body: '{}' }, 'registry-denied'],
    ['not found', { status: 404, body: '{}' }, 'registry-not-found'],
    ['half of an answer', { status: 200, body: '[{"name":' }, 'registry-response-invalid'],
    ['a server error', { status: 500, body: '' }, 'registry-failed'],
    [
      'too many requests',
      { status: 429, headers: { 'retry-after': '1' }, body: '' },
      'registry-rate-limited',
    ],
    ['a connection that breaks', { reset: 'half-way' }, 'registry-unreachable'],
  ])('fails when its second page is %s', async (_, answer, code) => {
    const { list } = await aWorld(row, (good, count) => (count === 1 ? good : answer));

    expect(await errorOf(list())).toMatchObject({ code });
  });

  test.each<readonly [string, Answer, string]>([
    ['a server error', { status: 503, body: '' }, 'registry-failed'],
    [
      'too many requests',
      { status: 429, headers: { 'retry-after': '1' }, body: '' },
      'registry-rate-limited',
    ],
  ])('fails when its first page is %s, since that passes', async (_, answer, code) => {
    const { list } = await aWorld(row, () => answer);

    expect(await errorOf(list())).toMatchObject({ code });
  });

  test('is asked again after a server error', async () => {
    const { list } = await aWorld(row, (good, count) => (count === 2 ? { status: 503, body: '' } : good));

    expect((await list()).facts).toEqual(FACTS);
  });
});

describe('a link of a page', () => {
  const linked = ROWS.filter(({ vendor }) => vendor !== 'quay' && vendor !== 'docker-hub');

  test.each(linked)('that names a host behind a proxy is followed where the list is: $name', async (row) => {
    const { list } = await aWorld(row, (good) => withLinkHost(good, 'http://behind.proxy:8080'));

    expect((await list()).facts).toEqual(FACTS);
  });

  test.each(linked)(
    'that names another host whose pages are not there fails the list: $name',
    async (row) => {
      const { list } = await aWorld(row, (good) =>
        withLink(good, '<https://evil.example/?page=2>; rel="next"'),
      );

      expect(await errorOf(list())).toMatchObject({ code: 'registry-response-invalid' });
    },
  );

  test.each(linked)('that leads back fails the list: $name', async (row) => {
    const { list } = await aWorld(row, (good) => withLink(good, '<?page=2>; rel="next"'));

    const error = await errorOf(list());

    expect(error.code).toBe('registry-response-invalid');
    expect(error.message).toContain('circle');
  });

  test('that names another host whose pages are not there fails the list: Docker Hub', async () => {
    const row = ROWS.find(({ vendor }) => vendor === 'docker-hub');
    const next = { next: 'https://evil.example/v2/namespaces/acme/repositories/api/tags?page=2' };
    const { list } = await aWorld(row as Row, (good) => withField(good, next));

    expect(await errorOf(list())).toMatchObject({ code: 'registry-response-invalid' });
  });

  test.each(ROWS.filter(({ alone }) => alone === true))(
    'that is missing behind a full page leaves the list to the registry itself: $name',
    async (row) => {
      const digest = `sha256:${'1'.repeat(64)}`;
      const pushed = '2026-03-01T12:00:00Z';
      const many = Array.from({ length: 1001 }, (_, index) => ({ tag: `b${index}`, digest, pushed }));
      const names = many.map(({ tag }) => tag);
      const vendor = row.make(PATH, many, 1000);
      const server = await aStandIn(async (seen) =>
        vendor.takes(seen) ? withLink(await vendor.handler(seen), '') : json({ name: PATH, tags: names }),
      );
      const asking = askAt(server.url, { endpoint: { api: row.vendor }, path: PATH });

      expect((await asking.listTags(row.login)).tags).toEqual(names);
      expect(server.seen.length).toBe(2);
    },
  );

  test('that leads back fails the list: Quay', async () => {
    const row = ROWS.find(({ vendor }) => vendor === 'quay');
    const { list } = await aWorld(row as Row, (good) => withField(good, { page: 1, has_additional: true }));

    expect(await errorOf(list())).toMatchObject({ code: 'registry-response-invalid' });
  });
});

function withLink(answer: Answer, link: string): Answer {
  return 'status' in answer ? { ...answer, headers: { ...answer.headers, link } } : answer;
}

function withLinkHost(answer: Answer, origin: string): Answer {
  const link = 'status' in answer ? answer.headers?.['link'] : undefined;
  if (typeof link !== 'string') return answer;
  return withLink(answer, link.replace(/<(?:https?:\/\/[^/]*)?/, `<${origin}`));
}

function withField(answer: Answer, fields: Record<string, unknown>): Answer {
  if (!('status' in answer)) return answer;
  const content = JSON.parse(String(answer.body)) as Record<string, unknown>;
  return { ...answer, body: JSON.stringify({ ...content, ...fields }) };
}
