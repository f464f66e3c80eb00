import { describe, expect, test } from 'vitest';
import { nearEntry } from '../../src/registries/near-entry.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { json, type Answer } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin, DIGEST_ONLY } from './asking.ts';

const LOGIN = basicLogin('u', 's3cret', 'env:GHCR');

function refusing(status: number, challenge?: string): Answer {
  return { status, headers: challenge === undefined ? {} : { 'www-authenticate': challenge } };
}

describe('a refusal by a registry that did not ask for a login', () => {
  test.each([
    [refusing(401), /, and does not ask for a login, so the login env:GHCR was not sent: status 401$/],
    [refusing(403), /, and does not ask for a login, so the login env:GHCR was not sent: status 403$/],
    [
      refusing(401, 'Negotiate'),
      /, and asks for a login by negotiate, which is not known here, so the login env:GHCR was not sent/,
    ],
    [refusing(401, 'Digest realm="a", nonce="b"'), /asks for a login by digest, which is not known here/],
    [refusing(401, '=odd='), /, and does not ask for a login/],
  ])('blames no login: %j', async (answer, message) => {
    const server = await aStandIn(() => answer);

    const error = await errorOf(askAt(server.url).listTags(LOGIN));

    expect([error.code, error.message]).toEqual(['registry-denied', expect.stringMatching(message)]);
    expect(error.hint).toMatch(/WWW-Authenticate header/);
    expect(server.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test.each([
    ['Basic realm="a"', 403],
    ['Basic realm="a"', 401],
  ])('blames the login once it was asked for: %s, then %i', async (challenge, status) => {
    const server = await aStandIn(({ headers }) =>
      headers.authorization === undefined ? refusing(401, challenge) : refusing(status, challenge),
    );

    const error = await errorOf(askAt(server.url).listTags(LOGIN));

    expect(error.message).toMatch(new RegExp(`to the login env:GHCR: status ${status}$`));
    expect(error.hint).toMatch(/expired/);
  });

  test('says of what is not found that no login was sent, or nothing of it', async () => {
    const silent = await aStandIn(() => refusing(404));
    const asking = await aStandIn(({ headers }) =>
      headers.authorization === undefined ? refusing(401, 'Basic realm="a"') : refusing(404),
    );

    const hints = await Promise.all(
      [silent, asking].map(async ({ url }) => (await errorOf(askAt(url).listTags(LOGIN))).hint),
    );
    expect(hints).toEqual([
      'check the spelling; the login env:GHCR was not sent, since the registry does not ask for one',
      'check the spelling',
    ]);
  });
});

describe('a refusal by where a registry redirects to', () => {
  test.each([
    [
      401,
      LOGIN,
      'registry-denied',
      /, which refuses the tags of \S+ to anybody without a login: status 401$/,
    ],
    [403, ANONYMOUS, 'registry-denied', /, which refuses the tags of \S+ to anybody without a login/],
    [404, LOGIN, 'registry-not-found', /, which does not know the tags of \S+: status 404$/],
    [502, LOGIN, 'registry-failed', /, which failed to send the tags of \S+: status 502$/],
  ] as const)('names both: %i', async (status, login, code, message) => {
    const other = await aStandIn(() => refusing(status, 'Basic realm="a"'));
    const server = await aStandIn(({ target }) => ({
      status: 307,
      headers: { location: other.url + target },
    }));

    const error = await errorOf(askAt(server.url).listTags(login));

    expect(error.code).toBe(code);
    expect(error.message.startsWith(`${server.host} redirects to ${other.url}, which `)).toBe(true);
    expect(error.message).toMatch(message);
    if (status < 500) expect(error.hint).toContain(`give ${other.url} as api_url`);
    expect(other.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test('says it of manifests, too, and nothing of it where a registry redirects to itself', async () => {
    const other = await aStandIn(() => refusing(404));
    const server = await aStandIn(({ target }) => ({
      status: 307,
      headers: { location: other.url + target },
    }));
    const own = await aStandIn(({ target }) =>
      target.includes('/moved') ? refusing(404) : { status: 307, headers: { location: '/moved' } },
    );

    expect((await errorOf(askAt(server.url).describe('1.0', DIGEST_ONLY))).message).toContain('redirects to');
    expect((await errorOf(askAt(own.url).listTags())).message).toMatch(/^\S+ does not know/);
  });
});

describe('the entry that almost fits an image', () => {
  const entry = (name: string, prefix: string, apiUrl = `https://${name}.example`) =>
    anEndpoint(apiUrl, { name, prefix });
  const image = (text: string) => {
    const slash = text.indexOf('/');
    return { registry: text.slice(0, slash), path: text.slice(slash + 1) };
  };

  test.each([
    [
      'reg.corp:5000/api',
      [entry('corp', 'reg.corp')],
      /^the entry "corp" almost fits, but its prefix reg\.corp has no port, and the image has reg\.corp:5000$/,
    ],
    [
      'reg.corp/api',
      [entry('corp', 'reg.corp:5000')],
      /its prefix reg\.corp:5000 has the port 5000, and the image has no port$/,
    ],
    [
      'reg.corp:5001/api',
      [entry('corp', 'REG.corp:5000')],
      /has the port 5000, and the image has reg\.corp:5001$/,
    ],
    ['reg.corp:5000/team/api', [entry('corp', 'reg.corp/team')], /"corp" .* has no port/],
    [
      'ghcr.io/acme/api',
      [entry('acme', 'ghcr.io/Acme')],
      /"acme" .* its prefix ghcr\.io\/Acme has other upper case letters$/,
    ],
    [
      'harbor.corp/api',
      [entry('hub', 'hub.corp', 'https://harbor.corp')],
      /only by its api_url https:\/\/harbor\.corp: its prefix is hub\.corp$/,
    ],
    [
      'harbor.corp/api',
      [{ ...entry('all', '', 'https://harbor.corp'), isDefault: true }],
      /it has no prefix, so it is for images without a host$/,
    ],
    [
      'harbor.corp:5000/api',
      [
        entry('other-port', 'harbor.corp:6000'),
        { ...entry('all', '', 'http://harbor.corp:5000'), isDefault: true },
      ],
      /"all" .* it has no prefix/,
    ],
    [
      'reg.corp:5000/api',
      [entry('other', 'reg.corp:6000'), entry('corp', 'reg.corp', 'https://reg.corp:5000')],
      /"corp" almost fits, but its prefix reg\.corp has no port/,
    ],
  ])('%s: %#', (text, entries, expected) => {
    expect(nearEntry([entry('other', 'other.example'), ...entries], image(text))).toMatch(expected);
  });

  test.each([
    ['reg.corp:5000/api', [entry('corp', 'reg.corp'), entry('right', 'reg.corp:5000')]],
    ['reg.corp:5000/other/api', [entry('corp', 'reg.corp/team')]],
    ['ghcr.io/acmex/api', [entry('acme', 'ghcr.io/acme')]],
    ['reg.corp.evil/api', [entry('corp', 'reg.corp')]],
    ['quay.io/acme/api', []],
  ])('is not sought, or not there: %s', (text, entries) => {
    expect(nearEntry(entries, image(text))).toBeUndefined();
  });

  test('is in the hint when the registry cannot be used without it, and only then', async () => {
    const server = await aStandIn(({ url }) =>
      url.pathname.includes('good') ? json({ tags: ['1.0'] }) : refusing(401),
    );
    const { port } = new URL(server.url);
    // Nobody has an entry for localhost:<port>, which is then asked by HTTPS.
    const { registry } = askAt(server.url, {
      endpoints: [anEndpoint(server.url, { name: 'ours', prefix: 'localhost' }), anEndpoint(server.url)],
    });
    const list = (host: string, path: string) =>
      registry.listTags(
        { repository: { registry: host, path }, login: ANONYMOUS },
        new AbortController().signal,
      );

    const error = await errorOf(list(`localhost:${port}`, 'acme/good'));

    expect(error.code).toBe('registry-unreachable');
    expect(error.hint).toMatch(/^the entry "ours" almost fits, but its prefix localhost has no port/);
    expect((await list('localhost', 'acme/good')).tags).toEqual(['1.0']);
    expect((await errorOf(list(server.host, 'acme/api'))).hint).not.toContain('almost fits');
  });
});
