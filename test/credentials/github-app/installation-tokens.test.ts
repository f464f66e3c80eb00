import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createExchangeClients } from '../../../src/credentials/exchange-clients.ts';
import {
  githubAppOf,
  SECRET_FIELDS,
  type GithubApp,
} from '../../../src/credentials/github-app/github-app.ts';
import { createGithubAppTokens } from '../../../src/credentials/github-app/installation-tokens.ts';
import type { LynceusError } from '../../../src/errors.ts';
import {
  createAppKey,
  startGithub,
  type GithubStandInOptions,
  type Installation,
} from '../../helpers/github-stand-in.ts';
import { createVirtualClock } from '../../helpers/virtual-clock.ts';

const KEY = createAppKey();
const OTHER_KEY = createAppKey();
const { signal } = new AbortController();
const HOUR = 3_600_000;
const MINUTE = 60_000;
const WISH = { owner: 'acme', repository: 'deploy' };

const ACME: Installation = {
  id: 7,
  owner: 'acme',
  kind: 'org',
  repositories: ['deploy'],
  permissions: { contents: 'write', packages: 'read' },
};
const SOMEBODY: Installation = {
  ...ACME,
  id: 8,
  owner: 'somebody',
  kind: 'user',
  permissions: { contents: 'write' },
};
const ASLEEP: Installation = { ...ACME, id: 9, owner: 'asleep', suspended: true };

/** Milliseconds by which the server's clock is ahead of ours. */
interface Wish extends Partial<GithubStandInOptions> {
  readonly ahead?: number;
}

async function setUp({ ahead = 0, ...options }: Wish = {}) {
  const clock = createVirtualClock();
  const server = await startGithub({
    appId: '123',
    publicKey: KEY.publicKey,
    installations: [ACME, SOMEBODY, ASLEEP],
    now: () => clock.now() + ahead,
    ...options,
  });
  const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
  onTestFinished(async () => {
    clients.close();
    await server.stop();
  });
  const tokens = createGithubAppTokens({ clients, clock });
  const app = (changes: Partial<GithubApp> = {}): GithubApp => ({
    appId: '123',
    installationId: '7',
    privateKey: KEY.pkcs1,
    apiUrl: server.apiUrl,
    where: 'the Secret argocd/github',
    ...changes,
  });
  return { clock, server, tokens, app };
}

describe('a token for an installation', () => {
  test.each([
    ['PKCS#1', KEY.pkcs1],
    ['PKCS#8', KEY.pkcs8],
    ['PKCS#1 with \\n for line breaks', KEY.pkcs1.replaceAll('\n', String.raw`\n`)],
    ['PKCS#8 with the line ends of another system', KEY.pkcs8.replaceAll('\n', '\r\n')],
    ['PKCS#8 without a line break at its end', KEY.pkcs8.trim()],
  ])('is given for a key in the form of %s', async (_form, privateKey) => {
    const { tokens, app, server } = await setUp();

    expect(await tokens.get(app({ privateKey }), WISH, signal)).toBe(server.given[0]);
    expect(server.lines()).toEqual(['POST /api/v3/app/installations/7/access_tokens']);
  });

  test.each([
    ['the repository', WISH, ['GET /api/v3/repos/acme/deploy/installation']],
    ['the organization', { owner: 'acme' }, ['GET /api/v3/orgs/acme/installation']],
    [
      'the user',
      { owner: 'somebody' },
      ['GET /api/v3/orgs/somebody/installation', 'GET /api/v3/users/somebody/installation'],
    ],
  ])('is given for the installation at %s when none is named', async (_what, wish, lookUps) => {
    const { tokens, app, server } = await setUp();

    await tokens.get(app({ installationId: undefined }), wish, signal);

    expect(server.lines().slice(0, -1)).toEqual(lookUps);
  });

  test('is asked for once, however many want it at the same time', async () => {
    const { tokens, app, server } = await setUp();

    const given = await Promise.all(Array.from({ length: 5 }, () => tokens.get(app(), WISH, signal)));

    expect(new Set(given).size).toBe(1);
    expect(server.seen).toHaveLength(1);
  });

  test('is another one for another App, installation, owner or permission', async () => {
    const { tokens, app, server } = await setUp();

    await tokens.get(app(), WISH, signal);
    await tokens.get(app({ installationId: '8' }), WISH, signal);
    await tokens.get(app({ installationId: undefined }), WISH, signal);
    await tokens.get(app({ installationId: undefined }), { owner: 'somebody' }, signal);
    await tokens.get(app(), { ...WISH, permissions: { packages: 'read' } }, signal);

    expect(server.given).toHaveLength(5);
  });

  test('asks for no more than it is wanted for', async () => {
    const { tokens, app, server } = await setUp();

    await tokens.get(app(), { owner: 'acme', permissions: { packages: 'read' } }, signal);

    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ permissions: { packages: 'read' } });
  });
});

describe('the life of a token', () => {
  test('is used for four fifths', async () => {
    const { tokens, app, server, clock } = await setUp();
    const first = await tokens.get(app(), WISH, signal);

    clock.advance(0.8 * HOUR - 1000);
    expect(await tokens.get(app(), WISH, signal)).toBe(first);
    clock.advance(1000);
    expect(await tokens.get(app(), WISH, signal)).not.toBe(first);
    expect(server.given).toHaveLength(2);
  });

  test('leaves five minutes at least, also when it is short', async () => {
    const { tokens, app, server, clock } = await setUp({ tokenLife: 10 * MINUTE });
    await tokens.get(app(), WISH, signal);

    for (let second = 0; second < 1800; second += 30) {
      clock.advance(30_000);
      const token = await tokens.get(app(), WISH, signal);
      const now = clock.now();
      clock.advance(5 * MINUTE - 1000);
      expect(server.isGood(token)).toBe(true);
      clock.advance(now - clock.now());
    }
  });

  test('ends before its time when it is refused: another one is made, once for all', async () => {
    const { tokens, app, server, clock } = await setUp();
    const refused = await tokens.get(app(), WISH, signal);
    clock.advance(MINUTE);

    const renewals = [1, 2, 3].map(() => tokens.renew(app(), { ...WISH, refused }, signal));

    expect(new Set(await Promise.all(renewals)).size).toBe(1);
    expect(server.given).toHaveLength(2);
    expect(await tokens.get(app(), WISH, signal)).toBe(server.given[1]);
  });

  test('is not its fault when it is refused at once', async () => {
    const { tokens, app, server } = await setUp();
    const refused = await tokens.get(app(), WISH, signal);

    expect(await tokens.renew(app(), { ...WISH, refused }, signal)).toBeUndefined();
    expect(server.given).toHaveLength(1);
  });
});

describe('clocks that differ', () => {
  test.each([
    ['half a minute ahead of ours', 30_000, 1],
    ['half a minute behind ours', -30_000, 1],
    ['ten minutes ahead of ours', 10 * MINUTE, 2],
    ['two hours behind ours', -2 * HOUR, 2],
  ])('are no matter when the server is %s', async (_what, ahead, requests) => {
    const { tokens, app, server, clock } = await setUp({ ahead });

    const token = await tokens.get(app(), WISH, signal);
    expect(server.seen).toHaveLength(requests);

    clock.advance(0.8 * HOUR - 2000);
    expect(await tokens.get(app(), WISH, signal)).toBe(token);
    expect(server.isGood(token)).toBe(true);
    clock.advance(4000);
    expect(await tokens.get(app(), WISH, signal)).not.toBe(token);
    expect(server.seen).toHaveLength(requests + 1);
  });
});

describe('no token is given', () => {
  const cases: readonly [string, Partial<GithubApp>, object, RegExp, RegExp][] = [
    [
      'for the key of another App',
      { privateKey: OTHER_KEY.pkcs8 },
      {},
      /status 401$/,
      /belongs to the App 123/,
    ],
    [
      'for an installation that is not there',
      { installationId: '1' },
      {},
      /installation 1 .* status 404$/,
      /right and belongs/,
    ],
    ['for one that is suspended', { installationId: '9' }, {}, /status 403$/, /suspended/],
    [
      'for a permission that it lacks',
      { installationId: '8' },
      { permissions: { packages: 'read' } },
      /status 422$/,
      /the permission packages: read/,
    ],
    [
      'where the App is not installed',
      { installationId: undefined },
      { repository: 'other' },
      /is not installed at acme\/other$/,
      /install it there/,
    ],
    ['by a server that is no API', { apiUrl: 'WEB' }, {}, /status 404$/, /number of the installation/],
  ];
  test.each(cases)('%s', async (_what, changes, more, message, hint) => {
    const { tokens, app, server } = await setUp();
    const apiUrl = changes.apiUrl === 'WEB' ? server.url : server.apiUrl;

    const error: unknown = await tokens
      .get(app({ ...changes, apiUrl }), { ...WISH, ...more }, signal)
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      retryable: false,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE KEY|ghs_|eyJ/);
  });

  test.each([
    ['nothing', ''],
    ['a password', 's3cret'],
    ['half a key', KEY.pkcs1.slice(0, 300)],
    ['a public key', KEY.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('for %s in place of a key, and nobody is asked', async (_what, privateKey) => {
    const { tokens, app, server } = await setUp();

    const error = await tokens
      .get(app({ privateKey }), WISH, signal)
      .catch((thrown: unknown) => thrown as LynceusError);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      message:
        'expected an RSA private key in the private key of the Secret argocd/github, found something else',
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
    expect(server.seen).toEqual([]);
  });

  test('is not asked for again by every image, but in the next cycle', async () => {
    const { tokens, app, server, clock } = await setUp();
    const ask = () =>
      Promise.allSettled([1, 2, 3].map(() => tokens.get(app({ installationId: '1' }), WISH, signal)));

    await ask();
    await ask();
    expect(server.seen).toHaveLength(1);
    clock.advance(MINUTE);
    await ask();
    expect(server.seen).toHaveLength(2);
  });

  test('to somebody who has left, while the others go on waiting', async () => {
    const { tokens, app, server } = await setUp();
    const leaving = new AbortController();
    const gone = tokens.get(app(), WISH, leaving.signal);
    const stays = tokens.get(app(), WISH, signal);

    leaving.abort();

    await expect(gone).rejects.toMatchObject({ code: 'aborted' });
    expect(await stays).toBe(server.given[0]);
  });
});

describe('an App that is written down', () => {
  const where = 'the Secret argocd/github';
  const texts = { appId: '1', installationId: '2', privateKey: 'key', baseUrl: undefined };
  const read = (changes: object) => githubAppOf({ ...texts, ...changes }, { names: SECRET_FIELDS, where });

  test.each([
    [undefined, 'https://api.github.com'],
    ['https://github.example.com/api/v3/', 'https://github.example.com/api/v3'],
    ['https://api.acme.ghe.com', 'https://api.acme.ghe.com'],
    ['http://127.0.0.1:3000/api/v3', 'http://127.0.0.1:3000/api/v3'],
  ])('with the base URL %s is asked for at %s', (baseUrl, apiUrl) => {
    expect(read({ baseUrl })).toMatchObject({ appId: '1', installationId: '2', apiUrl, where });
  });

  test.each([
    [{ appId: undefined }, 'credentials-missing', `${where} describes a GitHub App without githubAppID`],
    [
      { privateKey: undefined },
      'credentials-missing',
      `${where} describes a GitHub App without githubAppPrivateKey`,
    ],
    [
      { appId: '1/../2' },
      'credentials-failed',
      `githubAppID in ${where} is neither a number nor a client id`,
    ],
    [{ installationId: '2/x' }, 'credentials-failed', `githubAppInstallationID in ${where} is not a number`],
    [
      { baseUrl: 'http://github.example.com/api/v3' },
      'credentials-failed',
      `githubAppEnterpriseBaseUrl in ${where} is not the base URL of an API`,
    ],
    [
      { baseUrl: 'https://u:s3cret@github.example.com/' },
      'credentials-failed',
      `githubAppEnterpriseBaseUrl in ${where} is not the base URL of an API`,
    ],
    [
      { baseUrl: 'github.example.com' },
      'credentials-failed',
      `githubAppEnterpriseBaseUrl in ${where} is not the base URL of an API`,
    ],
  ])('with %j is the error %s', (changes, code, message) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ code, message }) as Error);
  });
});
