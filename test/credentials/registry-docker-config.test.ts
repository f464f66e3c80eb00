import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findDockerHelpers,
  findDockerLogin,
  listUnfit,
  parseDockerConfig,
} from '../../src/credentials/docker-config.ts';
import { parseUserPassword } from '../../src/credentials/user-password.ts';

function auth(text: string): { readonly auth: string } {
  return { auth: Buffer.from(text).toString('base64') };
}

/** The entry for an image out of entries that are named after their keys. */
function keyFor(image: string, keys: readonly string[], apiHost?: string): string | undefined {
  const config = parseDockerConfig(
    JSON.stringify({ auths: Object.fromEntries(keys.map((key) => [key, auth(`u:${key}`)])) }),
  );
  if (config === undefined) throw new Error('not read');
  const slash = image.indexOf('/');
  return findDockerLogin(config, { registry: image.slice(0, slash), path: image.slice(slash + 1) }, apiHost)
    ?.key;
}

describe('the entry of a Docker configuration for an image', () => {
  test.each([
    ['ghcr.io/acme/api', 'ghcr.io'],
    ['ghcr.io/acme/api', 'https://ghcr.io'],
    ['ghcr.io/acme/api', 'https://ghcr.io/'],
    ['ghcr.io/acme/api', 'https://ghcr.io/v2/'],
    ['ghcr.io/acme/api', 'HTTPS://GHCR.io/v1'],
    ['ghcr.io/acme/api', 'http://ghcr.io'],
    ['ghcr.io/acme/api', 'ghcr.io/acme'],
    ['ghcr.io/acme/api', 'https://ghcr.io/acme/'],
    ['ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['ghcr.io/acme/api', 'ghcr.io:443'],
    ['ghcr.io/acme/api', ' ghcr.io/ '],
    ['ghcr.io/acme/api', '//ghcr.io'],
    ['ghcr.io/acme/api', 'https://ghcr.io:443/v2/'],
    ['ghcr.io/acme/api', 'https://ghcr.io/v2/acme/'],
    ['ghcr.io/acme/api', 'HTTPS://GHCR.IO/Acme'],
    ['ghcr.io/acme/api', 'https://octocat@ghcr.io'],
    ['gcr.io/Proj/App', 'gcr.io/Proj'],
    ['myhost/api', 'myhost:443'],
    ['myhost:443/api', 'https://myhost'],
    ['acme.azurecr.io/api', 'https://*.azurecr.io:443'],
    ['docker.io/library/nginx', 'https://index.docker.io/v1/'],
    ['docker.io/library/nginx', 'index.docker.io'],
    ['docker.io/library/nginx', 'docker.io'],
    ['docker.io/library/nginx', 'https://registry-1.docker.io'],
    ['docker.io/library/nginx', 'docker.io/library'],
    ['reg.corp:5000/api', 'reg.corp:5000'],
    ['acme.azurecr.io/api', '*.azurecr.io'],
    ['acme.azurecr.io/api', 'ac*e.azurecr.io'],
    ['123.dkr.ecr.eu-west-1.amazonaws.com/api', '*.dkr.ecr.*.amazonaws.com'],
  ])('%s may have the key %s', (image, key) => {
    expect(keyFor(image, ['other.example', key])).toBe(key);
  });

  test.each([
    ['ghcr.io.evil.example/acme/api', 'ghcr.io'],
    ['ghcr.io/acmex/api', 'ghcr.io/acme'],
    ['ghcr.io/acme', 'ghcr.io/acme/api'],
    ['ghcr.io/acme/api', 'ghcr.io:80'],
    ['reg.corp:5000/api', 'reg.corp'],
    ['a.b.azurecr.io/api', '*.azurecr.io'],
    ['azurecr.io/api', '*.azurecr.io'],
    ['aa.example/api', 'a*a*a.example'],
    ['ghcr.io/acme/api', 'https://ghcr.io@evil.example'],
    ['ghcr.io/acme/api', 'ghcr.io:4430'],
    ['ghcr.io/acme/api', 'https://ghcr.io/v3/acme'],
    ['ghcr.io/acme/api', 'ghcr.io/v2/acme'],
    ['docker.io/library/nginx', 'https://index.docker.io/v1/access-token'],
    ['ghcr.io/acme/api', '*'],
    ['ghcr.io/acme/api', ''],
  ])('%s does not have the key %s', (image, key) => {
    expect(keyFor(image, [key])).toBeUndefined();
  });

  test.each([
    ['the longest path', ['ghcr.io', 'ghcr.io/acme', 'ghcr.io/ac', 'ghcr.io/acme/web'], 'ghcr.io/acme'],
    ['a path rather than the host itself', ['ghcr.io', '*.io/acme'], '*.io/acme'],
    ['the host itself rather than a pattern', ['*.io', 'ghcr.io'], 'ghcr.io'],
    ['the first of equals by the order of the keys', ['https://ghcr.io', 'ghcr.io/', 'ghcr.io'], 'ghcr.io'],
  ])('is the one with %s, in whatever order they stand', (_which, keys, expected) => {
    expect(keyFor('ghcr.io/acme/api', keys)).toBe(expected);
    expect(keyFor('ghcr.io/acme/api', keys.toReversed())).toBe(expected);
  });

  test('may be named after the host of the API, but the host of the image comes first', () => {
    expect(keyFor('reg.corp/api', ['harbor.corp'], 'harbor.corp')).toBe('harbor.corp');
    expect(keyFor('reg.corp/api', ['harbor.corp', 'reg.corp'], 'harbor.corp')).toBe('reg.corp');
    expect(keyFor('reg.corp/api', ['harbor.corp'])).toBeUndefined();
  });

  test('of a default registry that names do not mention is that of its API, never the one of Docker Hub', () => {
    const keys = ['docker.io', 'https://index.docker.io/v1/', '', 'https://'];

    expect(keyFor('/nginx', ['https://harbor.corp', ...keys], 'harbor.corp')).toBe('https://harbor.corp');
    expect(keyFor('/nginx', keys, 'harbor.corp')).toBeUndefined();
  });

  test('is never one for another host, whatever the keys', () => {
    const host = fc.constantFrom(
      'ghcr.io',
      'a.ghcr.io',
      'ghcr.io.example',
      'ghcr',
      'ghcr.io:5000',
      '*.ghcr.io',
      'gh*.io',
    );
    const path = fc.constantFrom('', '/', '/acme', '/acme/api', '/acmex', '/v2/', '/v1');
    const scheme = fc.constantFrom('', 'https://', 'http://');
    const key = fc.tuple(scheme, host, path).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 6 }), fc.nat(), (keys, turn) => {
        const found = keyFor('ghcr.io/acme/api', keys);
        const rotated = [...keys.slice(turn % (keys.length + 1)), ...keys.slice(0, turn % (keys.length + 1))];
        expect(keyFor('ghcr.io/acme/api', rotated)).toBe(found);
        expect(found ?? 'ghcr.io').toMatch(
          /^(https?:\/\/)?(ghcr\.io|gh\*\.io)(\/|\/v[12]\/?|\/acme|\/acme\/api)?$/,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a Docker configuration without an entry for an image', () => {
  const image = { registry: 'ghcr.io', path: 'acme/api' };
  const login = { auth: btoa('u:p') };

  test.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    [
      'other hosts',
      { 'quay.io': login, 'https://a.example/v1/': login },
      '"quay.io", "https://a.example/v1/"',
    ],
    ['another port', { 'quay.io': login, 'ghcr.io:80': login }, '"ghcr.io:80" (another port), "quay.io"'],
    ['another path', { 'https://GHCR.io/other': login }, '"https://GHCR.io/other" (another path)'],
    ['another path of a pattern', { '*.io/other': login }, '"*.io/other" (another path)'],
    ['no login', { 'ghcr.io': {}, 'quay.io': {} }, '"ghcr.io" (without a login)'],
    ['a login in the key', { 'https://me:s3cret@quay.io': login }, '"https://quay.io"'],
    [
      'many keys',
      Object.fromEntries([...'abcdefg'].map((key) => [key, login])),
      '"a", "b", "c", "d", "e" and 2 more',
    ],
    ['nothing', {}, 'nothing'],
  ])('names its keys, and why they do not fit: %s', (_what, auths, expected) => {
    const config = parseDockerConfig(JSON.stringify({ auths }));
    if (config === undefined) throw new Error('not read');

    expect(findDockerLogin(config, image, undefined)).toBeUndefined();
    expect(listUnfit(config, image, undefined)).toBe(expected);
  });
});

describe('a Docker configuration', () => {
  function loginOf(entry: unknown) {
    return parseDockerConfig(JSON.stringify({ auths: { 'ghcr.io': entry } }))?.entries[0]?.login;
  }

  test.each([
    ['auth', auth('user:pa:ss'), { username: 'user', password: 'pa:ss' }],
    ['auth with a line end inside', auth('user:pass\n'), { username: 'user', password: 'pass' }],
    [
      'auth with a line end behind',
      { auth: `${auth('user:pass').auth}\n` },
      { username: 'user', password: 'pass' },
    ],
    [
      'auth with line breaks inside',
      { auth: (auth(`user:${'p'.repeat(90)}`).auth.match(/.{1,76}/g) ?? []).join('\r\n') },
      { username: 'user', password: 'p'.repeat(90) },
    ],
    [
      'auth between spaces',
      { auth: `  ${auth('user:pass').auth}\t\n` },
      { username: 'user', password: 'pass' },
    ],
    ['auth without padding', { auth: btoa('u:pw').replace(/=+$/, '') }, { username: 'u', password: 'pw' }],
    ['auth with too much padding', { auth: `${btoa('u:pw')}==` }, { username: 'u', password: 'pw' }],
    [
      'auth of a text with a byte order mark',
      auth('\uFEFFuser:pass'),
      { username: 'user', password: 'pass' },
    ],
    ['only spaces for auth', { auth: ' \n', username: 'a', password: 'b' }, { username: 'a', password: 'b' }],
    [
      'line ends behind user name and password',
      { username: 'user\n', password: 'pass\n' },
      { username: 'user', password: 'pass' },
    ],
    [
      'an identity token with line breaks',
      { auth: btoa('00000000-0000-0000-0000-000000000000:'), identitytoken: 'abc\ndef\n' },
      { username: '<token>', password: 'abcdef' },
    ],
    [
      'null everywhere',
      { auth: null, identitytoken: null, username: 'a', password: 'b' },
      { username: 'a', password: 'b' },
    ],
    [
      'auth in the alphabet for URLs',
      { auth: Buffer.from('u:ÿÿ?>').toString('base64url') },
      { username: 'u', password: 'ÿÿ?>' },
    ],
    [
      'user name and password',
      { username: 'user', password: 'pass' },
      { username: 'user', password: 'pass' },
    ],
    [
      'auth before the others',
      { ...auth('a:b'), username: 'c', password: 'd' },
      { username: 'a', password: 'b' },
    ],
    [
      'an identity token',
      { ...auth('user:'), identitytoken: 'tok' },
      { username: '<token>', password: 'tok' },
    ],
    ['a token for one request', { registrytoken: 'x' }, 'registry-token'],
    [
      'a token for one request beside auth',
      { registrytoken: 'x', ...auth('a:b') },
      { username: 'a', password: 'b' },
    ],
    ['auth without a colon', auth('user'), 'malformed'],
    ['auth without a password', auth('user:'), 'malformed'],
    ['auth that is no base64', { auth: '*:*' }, 'malformed'],
    ['only a user name', { username: 'user' }, 'malformed'],
    ['a text', 'user:pass', 'malformed'],
    ['nothing, as credential helpers leave it', {}, undefined],
    ['an empty auth', { auth: '' }, undefined],
  ])('with %s', (_what, entry, expected) => {
    expect(loginOf(entry)).toEqual(expected);
  });

  test.each(['[]', '"x"', 'true', '{"auths": []}', '{"auths": "x"}', '{"auths": {'])(
    'cannot be %j',
    (text) => {
      expect(parseDockerConfig(text)).toBeUndefined();
    },
  );

  test.each([
    '{}',
    '{"auths": {}}',
    '{"auths": null}',
    '{"auths": {"ghcr.io": {}}}',
    '{"credsStore": "desktop"}',
    '{"HttpHeaders": {"User-Agent": "x"}, "proxies": {"default": {}}}',
    '{"auths": null, "ghcr.io": {"auth": "dTpw"}}',
    'null',
    '',
    ' \n',
    '\uFEFF',
  ])('may be %j', (text) => {
    expect(parseDockerConfig(text)).toMatchObject({ entries: [] });
  });

  test.each([
    ['as Docker writes it', '{"auths": {"ghcr.io": {"auth": "dTpw"}}}'],
    ['with a byte order mark', '\uFEFF{"auths": {"ghcr.io": {"auth": "dTpw"}}}'],
    ['with line ends of Windows', '{\r\n"auths": {\r\n"ghcr.io": {"auth": "dTpw\\r\\n"}}}\r\n'],
    ['in the shape of .dockercfg', '{"ghcr.io": {"auth": "dTpw", "email": "u@example.com"}}'],
    ['in that shape with user name and password', '{"ghcr.io": {"username": "u", "password": "p"}}'],
    ['in that shape beside an empty one', '\uFEFF{"quay.io": {}, "ghcr.io": {"auth": "dTpw"}}'],
    [
      'beside what is not for logins',
      '{"auths": {"ghcr.io": {"auth": "dTpw"}}, "proxies": {"a": {}}, "credHelpers": null}',
    ],
  ])('has the same entry %s', (_how, text) => {
    expect(parseDockerConfig(text)?.entries).toEqual([
      { key: 'ghcr.io', login: { username: 'u', password: 'p' } },
    ]);
  });
});

describe('user:password', () => {
  test.each([
    ['user:password', { username: 'user', password: 'password' }],
    ['user:pa:ss', { username: 'user', password: 'pa:ss' }],
    ['user:password\n', { username: 'user', password: 'password' }],
    ['user:password\r\n\r\n', { username: 'user', password: 'password' }],
    ['user: pass word ', { username: 'user', password: ' pass word ' }],
    ['user:', undefined],
    [':password', undefined],
    ['user:\n', undefined],
    ['token', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(parseUserPassword(text)).toEqual(expected);
  });
});

describe('the helpers to ask for an image', () => {
  const config = parseDockerConfig(
    JSON.stringify({
      credHelpers: {
        'ghcr.io': 'own',
        'https://index.docker.io/v1/': 'hub',
        'api.corp': 'corp',
        'a.io/x': 'path',
        'b.io': 7,
      },
      credsStore: 'all',
    }),
  );

  test.each([
    ['ghcr.io', ['own ghcr.io', 'all ghcr.io']],
    ['docker.io', ['hub https://index.docker.io/v1/', 'all https://index.docker.io/v1/']],
    ['quay.io', ['all quay.io']],
    ['reg.corp', ['corp api.corp', 'all reg.corp'], 'api.corp'],
    ['a.io', ['all a.io']],
    ['b.io', ['all b.io']],
    ['ghcr.io.evil.example', ['all ghcr.io.evil.example']],
    ['', ['corp api.corp', 'all api.corp'], 'api.corp'],
  ])('of %s are, in order, %j', (registry, expected, apiHost?: string) => {
    if (config === undefined) throw new Error('not read');
    const helpers = findDockerHelpers(config, { registry, path: 'x/api' }, apiHost);
    expect(helpers.map(({ helper, server }) => `${helper} ${server}`)).toEqual(expected);
  });
});
