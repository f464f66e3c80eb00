import { describe, expect, test } from 'vitest';
import { json, pagedTags, type Answer } from '../helpers/registry-stand-in.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin } from './asking.ts';

const TAGS = ['1.0', '1.1', '1.2', '1.3', '1.4'];

function paged(link?: (target: string) => string) {
  return pagedTags(TAGS, { size: 2, ...(link === undefined ? {} : { link }) });
}

/** So much takes its time on a busy machine. */
const PATIENT = { timeouts: { response: 60_000, total: 120_000 } };

describe('a list of tags', () => {
  test('is asked for a thousand at a time and read to its end', async () => {
    const server = await aStandIn(paged());

    const listing = await askAt(server.url).listTags();

    expect(listing).toEqual({ tags: TAGS, order: 'unordered', facts: new Map() });
    expect(server.lines()).toEqual([
      'GET /v2/acme/api/tags/list?n=1000',
      'GET /v2/acme/api/tags/list?last=1.1&n=2',
      'GET /v2/acme/api/tags/list?last=1.3&n=2',
    ]);
  });

  test.each([
    ['a whole URL', (target: string, url: string) => `<${url}${target}>; rel="next"`],
    ['a relative one', (target: string) => `<list${target.slice(target.indexOf('?'))}>; rel="next"`],
    ['without quotes', (target: string) => `<${target}>; rel=next`],
    ['without brackets', (target: string) => `${target}; rel="next"`],
    ['a long one', (target: string) => `<${target}&cursor=${'x'.repeat(8000)}>; rel="next"`],
    ['without a relation', (target: string) => `<${target}>`],
    ['among others', (target: string) => `</v2/>; rel="start", <${target}>; rel="next"; title="a, b"`],
    [
      'with the scheme the proxy lost',
      (target: string, url: string) => `<${url.replace('http:', 'https:')}${target}>; rel="next"`,
    ],
    ['with the port the proxy lost', (target: string) => `<http://127.0.0.1${target}>; rel="next"`],
    [
      'with the host behind the proxy',
      (target: string) => `<http://nexus.internal:8081${target}>; rel="next"`,
    ],
    [
      'with the path and port of another server',
      (target: string) => `<https://10.0.0.7:5000/repository/docker${target}>; rel="next"`,
    ],
    [
      'with the path of another list, as Artifactory does',
      (target: string) => `<${target.replace('acme/api', 'other')}>; rel="next"`,
    ],
  ])('is read to its end when the next page is named by %s', async (_how, link) => {
    let url = '';
    const server = await aStandIn((seen) => paged((target) => link(target, url))(seen));
    url = server.url;

    expect((await askAt(url).listTags()).tags).toEqual(TAGS);
    expect(new Set(server.seen.map((seen) => seen.url.pathname))).toEqual(
      new Set(['/v2/acme/api/tags/list']),
    );
  });

  test('of 20,000 tags is complete', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `build-${index}`);
    const server = await aStandIn(pagedTags(many, { size: 1000 }));

    const asking = askAt(server.url);

    expect((await asking.listTags()).tags).toEqual(many);
    expect(asking.requests().length).toBe(20);
  });

  test.each([
    ['null', { tags: null }, []],
    ['empty', { tags: [] }, []],
    ['missing beside the name', { name: 'acme/api' }, []],
    ['null among others', { tags: [null, 'a', null, 'b'] }, ['a', 'b']],
    ['nothing but null', { tags: [null] }, []],
    ['behind a byte order mark', '\uFEFF{"name":"acme/api","tags":["a"]}', ['a']],
    ['with doubles', { tags: ['b', 'a', 'b'] }, ['b', 'a']],
    [
      'with texts that can be no tags',
      { tags: ['1.0', 'a b', '', '-x', 'x'.repeat(129), 'a\nb', '1+1'] },
      ['1.0'],
    ],
  ])('that is %s is a list', async (_what, body, tags) => {
    const server = await aStandIn(() =>
      typeof body === 'string' ? { status: 200, body } : json({ name: 'acme/api', ...body }),
    );

    expect((await askAt(server.url).listTags()).tags).toEqual(tags);
    expect(server.seen.length).toBe(1);
  });

  test.each([
    ['unsorted', 'unordered'],
    ['latest-first', 'latest-first'],
    ['latest-last', 'latest-last'],
  ] as const)(
    'of a registry that is said to be %s is %s, in the order of the registry',
    async (tagSortMode, order) => {
      const server = await aStandIn(() => json({ tags: ['b', 'c', 'a'] }));

      const listing = await askAt(server.url, { endpoint: { tagSortMode } }).listTags();

      expect([listing.order, listing.tags]).toEqual([order, ['b', 'c', 'a']]);
    },
  );

  test.each([400, 405])('is asked for in smaller pages when a thousand get a %i', async (status) => {
    const server = await aStandIn((seen) =>
      seen.url.searchParams.get('n') === '1000' ? { status } : json({ tags: TAGS }),
    );

    expect((await askAt(server.url).listTags()).tags).toEqual(TAGS);
    expect(server.seen.map(({ url }) => url.search)).toEqual(['?n=1000', '?n=100']);
  });

  test.each([
    [500, ['?n=500', '?last=1.1&n=2', '?last=1.3&n=2']],
    ['none', ['', '?last=1.1&n=2', '?last=1.3&n=2']],
    [undefined, ['?n=1000', '?last=1.1&n=2', '?last=1.3&n=2']],
  ] as const)('is asked for in pages of the size of its entry: %s', async (pageSize, searches) => {
    const server = await aStandIn(paged());

    const asking = askAt(server.url, { endpoint: { pageSize } });

    expect((await asking.listTags()).tags).toEqual(TAGS);
    expect(server.seen.map(({ url }) => url.search)).toEqual(searches);
  });

  test('is asked for without a page size when that of the entry gets a 400', async () => {
    const server = await aStandIn(({ url }) =>
      url.searchParams.has('n') ? { status: 400 } : json({ tags: TAGS }),
    );

    expect((await askAt(server.url, { endpoint: { pageSize: 5000 } }).listTags()).tags).toEqual(TAGS);
    expect(server.seen.map(({ url }) => url.search)).toEqual(['?n=5000', '']);
  });

  test('comes from the API path of the endpoint, with its namespace for short names', async () => {
    const server = await aStandIn(() => json({ tags: [] }));
    const endpoint = { apiUrl: `${server.url}/api/docker/virtual`, defaultNamespace: 'library' };

    await askAt(server.url, { endpoint }).listTags(ANONYMOUS, 'nginx');
    await askAt(server.url, { endpoint }).listTags(ANONYMOUS, 'acme/api');

    expect(server.seen.map(({ url }) => url.pathname)).toEqual([
      '/api/docker/virtual/v2/library/nginx/tags/list',
      '/api/docker/virtual/v2/acme/api/tags/list',
    ]);
  });

  test('follows a registry that redirects to a mirror, page after page', async () => {
    const mirror = await aStandIn((seen) => {
      const answer = paged((target) => `<${target.replace('/v2/', '/v2/mirror/')}>; rel="next"`)(seen);
      return answer;
    });
    const server = await aStandIn(({ target }) => ({
      status: 307,
      headers: { location: `${mirror.url}${target.replace('/v2/', '/v2/mirror/')}` },
    }));

    expect((await askAt(server.url).listTags()).tags).toEqual(TAGS);
    expect(server.seen.length).toBe(3);
  });
});

describe('a list of tags that is not whole is an error', () => {
  const FIRST: Answer = json(
    { tags: ['1.0'] },
    { link: '</v2/acme/api/tags/list?n=1000&last=1.0>; rel="next"' },
  );

  test.each([
    ['is not found', { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' }, 'registry-not-found'],
    ['is refused', { status: 403, body: '{"errors":[{"code":"DENIED"}]}' }, 'registry-denied'],
    ['is refused without a challenge', { status: 401 }, 'registry-denied'],
    ['is limited', { status: 429, headers: { 'retry-after': '3600' } }, 'registry-rate-limited'],
    ['fails for good', { status: 503 }, 'registry-failed'],
    ['fails oddly', { status: 418 }, 'registry-failed'],
    ['breaks off', { reset: 'half-way' }, 'registry-unreachable'],
    ['breaks off in its JSON', { status: 200, body: '{"tags":["1.0","1.' }, 'registry-response-invalid'],
    ['is not JSON', { status: 200, body: '<html>' }, 'registry-response-invalid'],
    ['is JSON of another kind', json([]), 'registry-response-invalid'],
    ['has neither name nor tags', json({ message: 'hello' }), 'registry-response-invalid'],
    ['is empty', json({}), 'registry-response-invalid'],
    ['has errors', json({ name: 'acme/api', errors: [{ code: 'DENIED' }] }), 'registry-response-invalid'],
    ['has a text for its tags', json({ name: 'acme/api', tags: '1.0' }), 'registry-response-invalid'],
    ['has a tag that is a number', json({ tags: ['1.0', 2] }), 'registry-response-invalid'],
    ['is too large', { status: 200, body: ' '.repeat(4 * 1024 * 1024 + 1) }, 'limit-exceeded'],
  ] as const)('when a page %s: the first or a later one', async (_what, answer, code) => {
    const first = await aStandIn(() => answer);
    const later = await aStandIn(({ url }) => (url.searchParams.has('last') ? answer : FIRST));

    expect((await errorOf(askAt(first.url).listTags())).code).toBe(code);
    expect((await errorOf(askAt(later.url).listTags())).code).toBe(code);
  });

  test.each([
    ['a web page', { status: 200, body: '<html>' }, /api_url is that of a registry/],
    ['a TLS port that is asked without TLS', { status: 400 }, /needs an api_url with https:\/\//],
  ] as const)('and %s has a hint', async (_what, answer, hint) => {
    const server = await aStandIn(() => answer);

    expect((await errorOf(askAt(server.url).listTags())).hint).toMatch(hint);
  });

  test.each([
    ['to a file', '<file:///etc/passwd?x>; rel="next"', /begins with file:$/],
    ['to itself', '</v2/acme/api/tags/list?n=1000>; rel="next"', /in a circle after 1 pages/],
    ['nowhere', '<http://[>; rel="next"', /is not a URL/],
    ['to no page', '</v2/acme/api/tags/list>; rel="next"', /names no page/],
  ])('when the next page leads %s', async (_where, link, message) => {
    const server = await aStandIn(() => json({ tags: ['1.0'] }, { link }));

    const error = await errorOf(askAt(server.url).listTags(basicLogin('u', 's3cret')));

    expect([error.code, error.message]).toEqual([
      'registry-response-invalid',
      expect.stringMatching(message),
    ]);
    expect(server.seen.length).toBe(1);
  });

  test.each([
    ['by the same link', () => '<http://evil.example/v2/acme/api/tags/list?last=1.0>; rel="next"'],
    ['by a link that is new each time', (count: number) => `<?page=${count}>; rel="next"`],
  ])('when its next page is the same again, %s', async (_how, link) => {
    let count = 0;
    const server = await aStandIn(() => json({ tags: ['1.0', '1.1'] }, { link: link(++count) }));

    const error = await errorOf(askAt(server.url).listTags(basicLogin('u', 's3cret')));

    expect([error.code, error.message, error.hint]).toEqual([
      'registry-response-invalid',
      expect.stringMatching(/in a circle after 2 pages$/),
      expect.stringContaining('proxy in front of it'),
    ]);
    expect(server.seen.length).toBe(2);
  });

  test('when its pages go round in a larger circle', async () => {
    const server = await aStandIn(({ url }) => {
      const turn = Number(url.searchParams.get('turn') ?? '0');
      return json({ tags: [`t${turn}`] }, { link: `<?turn=${(turn + 1) % 7}>; rel="next"` });
    });

    expect((await errorOf(askAt(server.url).listTags())).message).toMatch(/circle after 8 pages/);
  });

  test('when it never ends', async () => {
    const server = await aStandIn(({ url }) => {
      const turn = Number(url.searchParams.get('turn') ?? '0');
      return json({ tags: [] }, { link: `<?turn=${turn + 1}>; rel="next"` });
    });

    const error = await errorOf(askAt(server.url, PATIENT).listTags());

    expect([error.code, error.message]).toEqual([
      'limit-exceeded',
      expect.stringContaining('more than 200 pages'),
    ]);
    expect(server.seen.length).toBe(200);
  });

  test('when it has more tags than anybody can mean', async () => {
    const server = await aStandIn(() =>
      json({ tags: Array.from({ length: 50_001 }, (_, index) => `t${index}`) }),
    );

    const error = await errorOf(askAt(server.url, PATIENT).listTags());

    expect([error.code, error.hint]).toEqual([
      'limit-exceeded',
      expect.stringContaining('raise limits.tags'),
    ]);
  });

  test.each([
    ['tags', { tags: 1 }],
    ['pages', { pages: 1 }],
    ['pageMiB', { pageMiB: 0.00001 }],
  ] as const)(
    'when it is beyond the limit of %s, and is listed when that is raised',
    async (bound, lower) => {
      const server = await aStandIn(({ url }) =>
        url.searchParams.has('last')
          ? json({ tags: ['1.1'] })
          : json({ tags: ['1.0'] }, { link: `</v2/acme/api/tags/list?last=1.0>; rel="next"` }),
      );
      const limits = { tags: 2, pages: 2, pageMiB: 1 };

      const error = await errorOf(askAt(server.url, { limits: { ...limits, ...lower } }).listTags());

      expect([error.code, error.retryable]).toEqual(['limit-exceeded', false]);
      expect(error.hint).toContain(`raise limits.${bound}`);
      expect((await askAt(server.url, { limits }).listTags()).tags).toEqual(['1.0', '1.1']);
    },
  );
});

describe('an error about a list of tags says what to do', () => {
  test.each([
    [
      401,
      ANONYMOUS,
      /^\S+ refuses the tags of \S+\/acme\/api to anybody without a login: status 401 \(DENIED\)$/,
      /name a login/,
    ],
    [403, ANONYMOUS, /to anybody without a login: status 403 \(DENIED\)$/, /pull-secret/],
    [
      403,
      basicLogin('u', 'p', 'env:GHCR'),
      /, and does not ask for a login, so the login env:GHCR was not sent: status 403 \(DENIED\)$/,
      /WWW-Authenticate header with Basic or Bearer/,
    ],
    [
      404,
      ANONYMOUS,
      /does not know the tags of \S+\/acme\/api: status 404 \(DENIED\)$/,
      /private image when nobody is logged in/,
    ],
    [
      404,
      basicLogin('u', 'p', 'env:GHCR'),
      /does not know/,
      /^check the spelling; the login env:GHCR was not/,
    ],
    [500, ANONYMOUS, /failed to send the tags of \S+: status 500 \(DENIED\)$/, undefined],
  ])('%i', async (status, login, message, hint) => {
    const body =
      '{"errors":[{"code":"DENIED","message":"your token s3cret is bad"},{"code":"odd \\n code"}]}';
    const server = await aStandIn(() => ({ status, body }));

    const error = await errorOf(askAt(server.url).listTags(login));

    expect(error.message).toMatch(message);
    expect(error.hint ?? '').toMatch(hint ?? /^$/);
    expect(error.line).not.toContain('s3cret');
  });

  test('a failure that may pass is told from one that stays', async () => {
    const passing = await aStandIn(() => ({ status: 502 }));
    const staying = await aStandIn(() => ({ status: 400 }));

    expect((await errorOf(askAt(passing.url).listTags())).retryable).toBe(true);
    expect((await errorOf(askAt(staying.url).listTags())).retryable).toBe(false);
  });
});

describe('a registry in trouble', () => {
  test.each([
    ['a server error', { status: 502 }],
    ['a broken connection', { reset: 'at-once' }],
    ['a short Retry-After', { status: 429, headers: { 'retry-after': '3' } }],
  ] as const)('is asked again after %s', async (_what, trouble) => {
    let turn = 0;
    const server = await aStandIn(() => (turn++ === 0 ? trouble : json({ tags: TAGS })));
    const asking = askAt(server.url);

    expect((await asking.listTags()).tags).toEqual(TAGS);
    expect(server.seen.length).toBe(2);
  });

  test('that wants to be left alone for an hour is not asked again before', async () => {
    let limits = true;
    const server = await aStandIn(() =>
      limits ? { status: 429, headers: { 'retry-after': '3600' } } : json({ tags: TAGS }),
    );
    const asking = askAt(server.url);

    const first = await errorOf(asking.listTags());
    expect((await errorOf(asking.listTags())).line).toBe(first.line);
    expect(first.line).toMatch(/answered 429 for acme\/api, which is left alone until .*a lower `limit`/);
    expect(server.seen.length).toBe(1);
    // Another owner confirms it, and the next one does so again: by then it is the host.
    for (const path of ['other/image', 'third/image']) await errorOf(asking.listTags(ANONYMOUS, path));
    const fourth = await errorOf(asking.listTags(ANONYMOUS, 'fourth/image'));
    expect([first.code, fourth.code]).toEqual(['registry-rate-limited', 'registry-rate-limited']);
    expect(fourth.line).toMatch(/answered 429 and is left alone until/);
    expect(server.seen.length).toBe(3);

    limits = false;
    asking.clock.advance(3_600_000);
    expect((await asking.listTags()).tags).toEqual(TAGS);
  });

  test('does not hold up another registry', async () => {
    const busy = await aStandIn(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    const fine = await aStandIn(() => json({ tags: TAGS }));
    const { registry } = askAt(busy.url, { endpoints: [anEndpoint(busy.url), anEndpoint(fine.url)] });
    const listTags = (registryHost: string) =>
      registry.listTags(
        { repository: { registry: registryHost, path: 'acme/api' }, login: ANONYMOUS },
        new AbortController().signal,
      );
    await errorOf(listTags(busy.host));

    expect((await listTags(fine.host)).tags).toEqual(TAGS);
  });
});
