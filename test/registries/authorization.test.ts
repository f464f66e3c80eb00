import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { pushTo } from '../helpers/push-image.ts';
import { forward, json, type Answer, type Seen, type StandIn } from '../helpers/registry-stand-in.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, aTlsStandIn, askAt, basicLogin, DIGEST_ONLY } from './asking.ts';

const USER = { username: 'lynceus', password: 'pa:ss wörd' };
const LOGIN = basicLogin(USER.username, USER.password);
const WRONG = basicLogin(USER.username, 'wrong');

describe('a registry that wants a user name and a password', () => {
  let docker: DockerRegistry;

  beforeAll(async () => {
    docker = await startDockerRegistry({ htpasswd: USER });
    await pushTo(docker, 'acme/api', '1.0', { auth: USER });
  });

  afterAll(() => docker.stop());

  test('gets them once it has asked, and from then on at once', async () => {
    const asking = askAt(docker.url);

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    expect(asking.requests()).toEqual(['tags 401', 'tags 200']);

    await asking.describe('1.0', DIGEST_ONLY, LOGIN);
    expect(asking.requests().slice(2)).toEqual(['manifest 200']);
  });

  test('refuses others, who are told so without a second try', async () => {
    const asking = askAt(docker.url);

    const stranger = await errorOf(asking.listTags(ANONYMOUS));
    const liar = await errorOf(asking.listTags(WRONG));

    expect([stranger.code, stranger.message]).toEqual([
      'registry-denied',
      expect.stringContaining('anybody without a login'),
    ]);
    expect([liar.code, liar.message]).toEqual([
      'registry-denied',
      expect.stringContaining('the login env:TEST'),
    ]);
    expect(asking.requests()).toEqual(['tags 401', 'tags 401']);
  });
});

describe('a registry that wants tokens', () => {
  let docker: DockerRegistry;

  beforeAll(async () => {
    docker = await startDockerRegistry({ token: { ...USER, anonymousPull: true }, tls: true });
    await pushTo(docker, 'acme/api', '1.0', { auth: USER, platforms: ['linux/amd64'] });
    await pushTo(docker, 'acme/web', '2.0', { auth: USER });
  });

  afterAll(() => docker.stop());

  function ask() {
    return askAt(docker.url, { endpoint: { caData: docker.ca } });
  }

  test('costs three requests for the first list and one for each after it', async () => {
    const asking = ask();

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    expect(asking.requests()).toEqual(['tags 401', 'token 200', 'tags 200']);

    await asking.listTags(LOGIN);
    await asking.describe('1.0', DIGEST_ONLY, LOGIN);
    expect(asking.requests().slice(3)).toEqual(['tags 200', 'manifest 200']);
  });

  test('is not asked in vain for another image: its token server is known by then', async () => {
    const asking = ask();
    await asking.listTags(LOGIN);

    expect((await asking.listTags(LOGIN, 'acme/web')).tags).toEqual(['2.0']);
    expect(asking.requests().slice(3)).toEqual(['token 200', 'tags 200']);
    expect(docker.tokens?.asked.slice(-1)).toEqual(['repository:acme/web:pull']);
  });

  test('lets everybody in where it may, with a token of their own', async () => {
    const asking = ask();

    await asking.listTags(LOGIN);
    expect((await asking.listTags(ANONYMOUS)).tags).toEqual(['1.0']);
    expect(asking.requests().slice(3)).toEqual(['token 200', 'tags 200']);
  });

  test('refuses a wrong password at its token server', async () => {
    const asking = ask();

    const error = await errorOf(asking.listTags(WRONG));

    expect([error.code, error.message]).toEqual([
      'registry-denied',
      `${docker.host} refuses a token for repository:acme/api:pull to the login env:TEST: status 401 (UNAUTHORIZED)`,
    ]);
    expect(asking.requests()).toEqual(['tags 401', 'token 401']);
  });

  test('gives one token to all who ask at the same time', async () => {
    const asking = ask();
    await asking.listTags(LOGIN);
    asking.clock.advance(301_000);
    const before = asking.requests().length;

    await Promise.all([
      asking.describe('1.0', DIGEST_ONLY, LOGIN),
      asking.listTags(LOGIN),
      asking.listTags(LOGIN),
    ]);

    expect(asking.requests().slice(before).toSorted()).toEqual(['manifest 200', 'tags 200', 'token 200']);
  });

  test('is told by each request that counts, with how long it took', async () => {
    const asking = ask();
    await asking.listTags(LOGIN);

    expect(asking.events[1]).toEqual({
      registry: docker.host,
      kind: 'token',
      status: 200,
      seconds: expect.any(Number) as number,
    });
  });
});

describe('a token', () => {
  /** A registry that takes the tokens of its own server and counts them: `t1`, `t2`, … */
  async function setUp(
    tokenAnswer: (count: number) => Answer = (count) => json({ token: `t${count}` }),
    good: (token: string) => boolean = () => true,
  ) {
    let url = '';
    let count = 0;
    const server = await aStandIn((seen) => {
      if (seen.url.pathname === '/token') return tokenAnswer(++count);
      const token = /^Bearer (.+)$/.exec(seen.headers.authorization ?? '')?.[1];
      if (token !== undefined && good(token)) return json({ tags: [token] });
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="${url}/token",service="s"` } };
    });
    url = server.url;
    // Midnight of the new year: what is issued before or after it is in the rows.
    return { server, asking: askAt(server.url, { startAt: Date.parse('2026-01-01T00:00:00Z') }) };
  }

  test.each([
    ['as long as it says', { token: 'a', expires_in: 300 }, 289, 291],
    ['a minute when it does not say', { token: 'a' }, 49, 51],
    ['a minute when it says nonsense', { token: 'a', expires_in: 'soon' }, 49, 51],
    ['never longer than a day', { token: 'a', expires_in: 1e12 }, 86_389, 86_391],
    ['from when it was issued', { token: 'a', expires_in: 300, issued_at: '2025-12-31T23:58:20Z' }, 189, 191],
    [
      'from now when it comes from the future',
      { token: 'a', expires_in: 300, issued_at: '2999-01-01T00:00:00Z' },
      289,
      291,
    ],
    ['under its other name', { access_token: 'a', expires_in: 300 }, 289, 291],
  ])('is used again %s', async (_how, answer, good, tooLate) => {
    const { asking } = await setUp(() => json(answer));
    await asking.listTags();

    asking.clock.advance(good * 1000);
    await asking.listTags();
    expect(asking.requests()).toEqual(['tags 401', 'token 200', 'tags 200', 'tags 200']);

    asking.clock.advance((tooLate - good) * 1000);
    await asking.listTags();
    expect(asking.requests().slice(4)).toEqual(['token 200', 'tags 200']);
  });

  test('that was kept and is refused is replaced once', async () => {
    const revoked = new Set<string>();
    const { asking } = await setUp(undefined, (token) => !revoked.has(token));
    await asking.listTags();
    revoked.add('t1');

    expect((await asking.listTags()).tags).toEqual(['t2']);
    expect(asking.requests().slice(3)).toEqual(['tags 401', 'token 200', 'tags 200']);
  });

  test('that is fresh and is refused is not replaced', async () => {
    const { asking } = await setUp(undefined, () => false);

    expect((await errorOf(asking.listTags())).code).toBe('registry-denied');
    expect(asking.requests()).toEqual(['tags 401', 'token 200', 'tags 401']);
  });

  test.each([
    ['no JSON', { status: 200, body: 'token' }, 'registry-response-invalid'],
    ['no token', json({ token: '' }), 'registry-response-invalid'],
    ['a token that would end the header', json({ token: 'a\r\nx: y' }), 'registry-response-invalid'],
    ['a token that is a number', json({ token: 1 }), 'registry-response-invalid'],
    ['far too much', { status: 200, body: ' '.repeat(300_000) }, 'registry-response-too-large'],
    ['429', { status: 429, headers: { 'retry-after': '60' } }, 'registry-rate-limited'],
    ['500', { status: 500 }, 'registry-failed'],
    ['404', { status: 404 }, 'registry-not-found'],
  ] as const)('server that answers %s fails the list', async (_what, answer, code) => {
    const { asking } = await setUp(() => answer);

    expect((await errorOf(asking.listTags())).code).toBe(code);
  });

  test('for an identity token is asked for with the OAuth 2 form', async () => {
    const { server, asking } = await setUp();

    await asking.listTags(basicLogin('<token>', 'identity'));

    const asked = server.seen.find(({ url }) => url.pathname === '/token');
    expect([asked?.method, asked?.headers.authorization]).toEqual(['POST', undefined]);
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'identity',
      client_id: 'lynceus',
      service: 's',
      scope: 'repository:acme/api:pull',
    });
  });
});

describe('a challenge', () => {
  /** Refuses whoever shows no proof, takes any proof. A bare refusal has its challenge only under `/v2/`. */
  async function setUp(challenge: (url: string) => string | readonly string[] | undefined, bare?: number) {
    const tokens = await aStandIn(() => json({ token: 'good' }));
    const server = await aStandIn(({ url, headers }) => {
      if (headers.authorization !== undefined) return json({ tags: ['1.0'] });
      if (bare !== undefined && url.pathname !== '/v2/') return { status: bare };
      const header = challenge(tokens.url);
      return { status: 401, headers: header === undefined ? {} : { 'www-authenticate': header } };
    });
    return { tokens, server, asking: askAt(server.url) };
  }

  test.each([
    [
      'of both kinds in one header',
      (url: string) => `Basic realm="a", Bearer realm="${url}/t?a=1,2",scope="repository:acme/api:pull,push"`,
    ],
    ['of both kinds in two headers', (url: string) => ['Basic realm="a"', `Bearer realm="${url}/t"`]],
    [
      'in odd letters and spaces',
      (url: string) => ` bEARER   REALM = "${url}/t" ,Service="a \\"b\\""  , error="invalid_token"`,
    ],
    ['among unknown ones', (url: string) => `Negotiate, NTLM abc==, Bearer realm="${url}/t"`],
  ])('%s is met with a token', async (_how, header) => {
    const { asking, tokens } = await setUp(header);

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    expect(tokens.seen.length).toBe(1);
    expect(tokens.seen[0]?.url.searchParams.get('scope')).toBe('repository:acme/api:pull');
  });

  test('keeps the query of the token server and gives it service and scope', async () => {
    const { asking, tokens } = await setUp((url) => `Bearer realm="${url}/t?a=1",service="r&d"`);

    await asking.listTags();

    expect(tokens.lines()).toEqual(['GET /t?a=1&service=r%26d&scope=repository%3Aacme%2Fapi%3Apull']);
  });

  test('whose token server cannot be trusted is met with the password when that is offered too', async () => {
    const { asking, tokens, server } = await setUp(
      () => `Bearer realm="ftp://tokens.example/", Basic realm="a"`,
    );

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    expect(tokens.seen).toEqual([]);
    expect(server.seen.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  test.each([
    'ftp://tokens.example/t',
    'http://tokens.example/t',
    'tokens.example',
    '',
    'http://user:s3cret@tokens.example/t',
  ])('whose token server is %j is refused', async (realm) => {
    const { asking } = await setUp(() => `Bearer realm="${realm}"`);

    const error = await errorOf(asking.listTags(LOGIN));

    expect([error.code, error.message]).toEqual([
      'registry-response-invalid',
      expect.stringContaining('cannot be trusted with a login'),
    ]);
    expect(error.line).not.toContain('s3cret');
  });

  test('for a password is of no use to somebody without a login', async () => {
    const { asking } = await setUp(() => 'Basic realm="a"');

    expect((await errorOf(asking.listTags())).code).toBe('registry-denied');
    expect(asking.requests()).toEqual(['tags 401']);
  });

  test.each([401, 403, 404])(
    'that comes only from /v2/ is asked for there when a login gets a bare %i',
    async (status) => {
      const { asking } = await setUp(() => 'Basic realm="a"', status);

      expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
      expect(asking.requests()).toEqual([`tags ${status}`, 'ping 401', 'tags 200']);
    },
  );

  test('that comes only from /v2/ is not looked for without a login', async () => {
    const { asking } = await setUp(() => 'Basic realm="a"', 404);

    expect((await errorOf(asking.listTags())).code).toBe('registry-not-found');
    expect(asking.requests()).toEqual(['tags 404']);
  });

  test('that is not there at all leaves the refusal', async () => {
    const { asking } = await setUp(() => undefined, 404);

    expect((await errorOf(asking.listTags(LOGIN))).code).toBe('registry-not-found');
  });

  test('for a wider scope is met with a token for it, for reading only', async () => {
    let url = '';
    const scopes: (string | null)[] = [];
    const server = await aStandIn((seen) => {
      if (seen.url.pathname === '/token') {
        const scope = seen.url.searchParams.get('scope');
        scopes.push(scope);
        return json({ token: scope });
      }
      if (seen.headers.authorization?.includes('metadata_read') === true) return json({ tags: ['1.0'] });
      const wanted = seen.headers.authorization === undefined ? 'pull' : 'metadata_read,delete';
      return {
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${url}/token",scope="repository:other:${wanted}"` },
      };
    });
    url = server.url;

    expect((await askAt(url).listTags()).tags).toEqual(['1.0']);
    expect(scopes).toEqual(['repository:acme/api:pull', 'repository:acme/api:pull,metadata_read']);
  });
});

describe('a login', () => {
  function proofsIn(server: StandIn): readonly Seen[] {
    return server.seen.filter(({ headers }) => headers.authorization !== undefined);
  }

  test('never arrives at a storage host that a blob is redirected to', async () => {
    const plain = await startDockerRegistry();
    onTestFinished(() => plain.stop());
    await pushTo(plain, 'acme/api', '1.0', { created: '2024-01-01T00:00:00Z' });
    const storage = await aStandIn((seen) => forward(seen, plain.url));
    const server = await aStandIn((seen) => {
      if (seen.headers.authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } };
      if (seen.target.includes('/blobs/'))
        return { status: 307, headers: { location: storage.url + seen.target } };
      return forward({ ...seen, headers: { accept: seen.headers.accept } }, plain.url);
    });

    const facts = await askAt(server.url).describe('1.0', { images: true, created: [] }, LOGIN);

    expect(facts.images?.[0]?.created).toBe(Date.parse('2024-01-01T00:00:00Z'));
    expect(storage.seen.length).toBe(1);
    expect(proofsIn(storage)).toEqual([]);
  });

  test('never arrives at a host that asks for it after a redirect', async () => {
    const other = await aStandIn(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="give it to me"' },
    }));
    const server = await aStandIn(({ target }) => ({
      status: 307,
      headers: { location: other.url + target },
    }));

    expect((await errorOf(askAt(server.url).listTags(LOGIN))).code).toBe('registry-denied');
    expect([proofsIn(server), proofsIn(other)]).toEqual([[], []]);
  });

  test('never arrives at a token server over plain HTTP when the registry has HTTPS', async () => {
    const tokens = await aStandIn(() => json({ token: 'x' }));
    const { server, ca } = await aTlsStandIn(() => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token"` },
    }));

    const error = await errorOf(askAt(server.url, { endpoint: { caData: ca } }).listTags(LOGIN));

    expect(error.line).toMatch(
      /token server that cannot be trusted with a login: http:\/\/\S+\/token .*https:\/\//,
    );
    expect(tokens.seen).toEqual([]);
  });

  /** A registry over TLS whose token server, over TLS as well, has another name. */
  async function aForeignTokenServer(name = 'localhost') {
    const tokens = await aTlsStandIn(() => json({ token: 'good' }));
    const realm = `https://${name}:${new URL(tokens.server.url).port}`;
    const { server, ca } = await aTlsStandIn(({ headers }) =>
      headers.authorization === 'Bearer good'
        ? json({ tags: ['1.0'] })
        : { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}/token"` } },
    );
    return { tokens: tokens.server, server, ca, realm };
  }

  test.each([
    ['a login', LOGIN],
    ['nobody', ANONYMOUS],
  ])('on another host is not asked, for %s', async (_who, login) => {
    const { tokens, server, ca, realm } = await aForeignTokenServer();

    const error = await errorOf(askAt(server.url, { endpoint: { caData: ca } }).listTags(login));

    expect(error).toMatchObject({ code: 'registry-response-invalid', retryable: false });
    expect(error.hint).toContain(`token_servers: ["${realm}"]`);
    expect(tokens.seen).toEqual([]);
  });

  test.each([
    ['is named by the entry', 'localhost', (realm: string) => ({ tokenServers: [realm] })],
    ['has another port of the same host', '127.0.0.1', () => ({})],
    ['is on the host of the image names', 'localhost', () => ({ prefix: 'localhost:5000' })],
  ])('is asked when it %s', async (_why, name, entryOf) => {
    const { tokens, server, ca, realm } = await aForeignTokenServer(name);
    const entry: Partial<RegistryEndpoint> = entryOf(realm);
    const asking = askAt(server.url, { endpoint: { caData: ca, insecure: true, ...entry } });
    const repository = { registry: entry.prefix ?? asking.host, path: 'acme/api' };

    const listing = await asking.registry.listTags({ repository, login: LOGIN }, AbortSignal.timeout(9_000));
    expect(listing.tags).toEqual(['1.0']);
    expect(proofsIn(tokens).length).toBe(1);
  });

  describe('for a token server that is not trusted by itself', () => {
    /** A registry over TLS whose token server has none, on another host. */
    async function aPlainTokenServer() {
      const tokens = await aStandIn(() => json({ token: 'good' }));
      const realm = tokens.url.replace('127.0.0.1', 'localhost');
      const { server, ca } = await aTlsStandIn(({ headers }) =>
        headers.authorization === 'Bearer good'
          ? json({ tags: ['1.0'] })
          : { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}/token"` } },
      );
      return { tokens, server, ca, origin: realm };
    }

    test('is sent there when the entry of the registry allows its origin', async () => {
      const { tokens, server, ca, origin } = await aPlainTokenServer();
      const endpoint = { caData: ca, tokenServers: ['http://other.example', origin] };

      expect((await askAt(server.url, { endpoint }).listTags(LOGIN)).tags).toEqual(['1.0']);
      expect(proofsIn(tokens).length).toBe(1);
    });

    test.each([
      ['nothing', () => []],
      ['another port', () => ['http://localhost:1']],
      ['another scheme', (origin: string) => [origin.replace('http:', 'https:')]],
      ['another name of the host', (origin: string) => [origin.replace('localhost', '127.0.0.1')]],
      ['a host that begins so', (origin: string) => [origin.replace(/:\d+$/, '')]],
    ])('is not sent there when the entry allows %s', async (_what, allowed) => {
      const { tokens, server, ca, origin } = await aPlainTokenServer();
      const endpoint = { caData: ca, tokenServers: allowed(origin) };

      const error = await errorOf(askAt(server.url, { endpoint }).listTags(LOGIN));

      expect(error.line).toContain(`cannot be trusted with a login: ${origin}/token`);
      expect(error.hint).toContain('token_servers');
      expect(tokens.seen).toEqual([]);
    });
  });

  test('of one image is not used for another one with a login of its own', async () => {
    const server = await aStandIn((seen) =>
      seen.headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } }
        : json({
            tags: [Buffer.from(seen.headers.authorization.slice(6), 'base64').toString().replace(':', '.')],
          }),
    );
    const asking = askAt(server.url);

    const lists = await Promise.all([
      asking.listTags(basicLogin('a', '1', 'env:A')),
      asking.listTags(basicLogin('b', '2', 'env:B')),
      asking.listTags(basicLogin('a', '1', 'env:A')),
    ]);

    expect(lists.map(({ tags }) => tags)).toEqual([['a.1'], ['b.2'], ['a.1']]);
  });

  test('that is refused is read again once, and the newer one is used', async () => {
    const server = await aStandIn((seen) =>
      seen.headers.authorization === `Basic ${btoa('u:new')}`
        ? json({ tags: ['1.0'] })
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } },
    );
    const renewals: string[] = [];
    const asking = askAt(server.url, {
      renewLogin: (_repository, refused) => {
        renewals.push(refused.identity);
        return Promise.resolve(basicLogin('u', 'new', refused.identity));
      },
    });

    expect((await asking.listTags(basicLogin('u', 'old'))).tags).toEqual(['1.0']);
    expect(renewals).toEqual(['env:TEST']);
  });

  test.each([
    ['brings nothing new', 2, () => Promise.resolve(undefined)],
    ['fails', 2, () => Promise.reject(new Error('s3cret'))],
    ['brings another wrong one', 3, () => Promise.resolve(basicLogin('u', 'also wrong'))],
  ])('that is refused stays refused when reading it again %s', async (_what, requests, renewLogin) => {
    const server = await aStandIn(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="a"' },
    }));

    const error = await errorOf(askAt(server.url, { renewLogin }).listTags(LOGIN));

    expect([error.code, server.seen.length]).toEqual(['registry-denied', requests]);
    expect(error.line).not.toContain('s3cret');
  });

  test('is of no concern when there is none: nobody reads it again', async () => {
    const server = await aStandIn(() => ({ status: 401 }));
    const renewLogin = () => Promise.reject(new Error('asked'));

    expect((await errorOf(askAt(server.url, { renewLogin }).listTags())).code).toBe('registry-denied');
  });
});
