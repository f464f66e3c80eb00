import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { json, type Answer, type Seen } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aStandIn, askAt, basicLogin, EVERYTHING } from './asking.ts';

const PASSWORD = 'pa55-s3cret';
const TOKEN = 'tok-s3cret';
const SECRETS = [PASSWORD, TOKEN, Buffer.from(`user:${PASSWORD}`).toString('base64')];

/** Registries that throw what they were shown back at us, in every place an answer has. */
const TALKATIVE: readonly (readonly [what: string, answer: (proof: string, url: string) => Answer])[] = [
  [
    'an error message',
    (proof) => ({
      status: 403,
      body: JSON.stringify({ errors: [{ code: 'DENIED', message: proof, detail: proof }] }),
    }),
  ],
  ['an error code', (proof) => ({ status: 403, body: JSON.stringify({ errors: [{ code: proof }] }) })],
  ['a page of HTML', (proof) => ({ status: 500, body: `<h1>${proof}</h1>` })],
  ['a body that is not JSON', (proof) => ({ status: 200, body: proof })],
  ['tags that are none', (proof) => json({ tags: [{ proof }] })],
  ['a Content-Type', (proof) => ({ status: 200, headers: { 'content-type': proof }, body: 'x' })],
  [
    'another challenge',
    (proof) => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="http://${proof.replace(' ', '')}@[/",error="${proof}"` },
    }),
  ],
  [
    'a realm with a user',
    (proof) => ({
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="ftp://u:${encodeURIComponent(proof)}@x.example/?t=${encodeURIComponent(proof)}"`,
      },
    }),
  ],
  [
    'a redirect to nowhere',
    (proof) => ({
      status: 307,
      headers: {
        location: `http://u:${encodeURIComponent(proof)}@127.0.0.1:1/?t=${encodeURIComponent(proof)}#${encodeURIComponent(proof)}`,
      },
    }),
  ],
  [
    'a redirect to a file',
    (proof) => ({ status: 307, headers: { location: `file:///x?${encodeURIComponent(proof)}` } }),
  ],
  [
    'a redirect in a circle',
    (proof, url) => ({ status: 307, headers: { location: `${url}/v2/x?t=${encodeURIComponent(proof)}` } }),
  ],
  [
    'a next page elsewhere',
    (proof) =>
      json({ tags: [] }, { link: `<http://127.0.0.1:1/?t=${encodeURIComponent(proof)}>; rel="next"` }),
  ],
  [
    'a next page in a circle',
    (proof) => json({ tags: [] }, { link: `<?t=${encodeURIComponent(proof)}>; rel="next"` }),
  ],
  ['Retry-After', (proof) => ({ status: 429, headers: { 'retry-after': proof } })],
  ['nothing, the connection breaks', () => ({ reset: 'at-once' })],
  ['a broken answer', () => ({ reset: 'half-way' })],
];

function proofOf({ headers }: Seen): string {
  const proof = headers.authorization ?? '';
  return proof.startsWith('Basic ') ? Buffer.from(proof.slice(6), 'base64').toString() : proof;
}

async function everythingAbout(promise: Promise<unknown>): Promise<string> {
  const error = await errorOf(promise);
  return [
    error.line,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 20, showHidden: true }),
  ].join('\n');
}

describe('an error tells nothing of the login', () => {
  test.each(TALKATIVE)('when the registry answers a password with it in %s', async (_what, answer) => {
    const server = await aStandIn((seen) =>
      seen.headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } }
        : answer(proofOf(seen), `http://${seen.headers.host}`),
    );
    const asking = askAt(server.url);
    const login = basicLogin('user', PASSWORD);

    const output = [
      await everythingAbout(asking.listTags(login)),
      await everythingAbout(asking.describe('1.0', EVERYTHING, login)),
    ].join('\n');

    expect(server.seen.some((seen) => proofOf(seen).includes(PASSWORD))).toBe(true);
    for (const secret of SECRETS) expect(output).not.toContain(secret);
  });

  test.each(TALKATIVE)('when the registry answers a token with it in %s', async (_what, answer) => {
    const server = await aStandIn((seen) => {
      if (seen.url.pathname === '/token') return json({ token: TOKEN });
      const challenge = { 'www-authenticate': `Bearer realm="http://${seen.headers.host}/token"` };
      return seen.headers.authorization === undefined
        ? { status: 401, headers: challenge }
        : answer(proofOf(seen), `http://${seen.headers.host}`);
    });

    const output = await everythingAbout(askAt(server.url).listTags(basicLogin('user', PASSWORD)));

    expect(server.seen.some((seen) => proofOf(seen).includes(TOKEN))).toBe(true);
    for (const secret of SECRETS) expect(output).not.toContain(secret);
  });

  test.each(TALKATIVE)('when the token server answers a password with it in %s', async (_what, answer) => {
    const server = await aStandIn((seen) => {
      if (seen.url.pathname !== '/token')
        return {
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="http://${seen.headers.host}/token"` },
        };
      return answer(proofOf(seen), `http://${seen.headers.host}`);
    });

    const output = await everythingAbout(askAt(server.url).listTags(basicLogin('user', PASSWORD)));

    expect(server.seen.some((seen) => proofOf(seen).includes(PASSWORD))).toBe(true);
    for (const secret of SECRETS) expect(output).not.toContain(secret);
  });

  test('when an identity token is refused', async () => {
    const server = await aStandIn((seen) =>
      seen.url.pathname === '/token'
        ? { status: 400, body: seen.body }
        : {
            status: 401,
            headers: { 'www-authenticate': `Bearer realm="http://${seen.headers.host}/token"` },
          },
    );

    const output = await everythingAbout(askAt(server.url).listTags(basicLogin('<token>', TOKEN)));

    expect(server.seen.at(-1)?.body).toContain(TOKEN);
    for (const secret of SECRETS) expect(output).not.toContain(secret);
  });
});
