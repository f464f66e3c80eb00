import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createDockerFileLogins } from '../../src/credentials/docker-file-logins.ts';
import { askDockerHelper } from '../../src/credentials/docker-helper.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-helpers-'));
const bin = join(folder, 'bin');
const { signal } = new AbortController();
mkdirSync(bin);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A real program on a PATH of its own. */
function aHelper(name: string, lines: string): void {
  writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

const env = { PATH: `relative:${join(folder, 'nowhere')}:${bin}:${process.env['PATH']}` };

function ask(
  helper: string,
  more: {
    readonly env?: Readonly<Record<string, string>>;
    readonly timeout?: number;
    readonly signal?: AbortSignal;
  } = {},
) {
  return askDockerHelper({ helper, server: 'ghcr.io', where: '/config.json' }, { env, signal, ...more });
}

describe('a credential helper of Docker', () => {
  test('is asked as Docker asks it', async () => {
    aHelper('echo', `printf '{"ServerURL":"%s","Username":"%s","Secret":"s-%s"}' x "$*" "$(cat)"`);

    expect(await ask('echo')).toEqual({ username: 'get', password: 's-ghcr.io' });
  });

  test('may give an identity token', async () => {
    aHelper('token', `echo '{"Username":"<token>","Secret":"abc"}'`);

    expect(await ask('token')).toEqual({ username: '<token>', password: 'abc' });
  });

  test.each([
    ['on standard output', "echo 'credentials not found in native keychain'; exit 1"],
    ['on standard error', "echo 'credentials not found in native keychain' >&2; exit 1"],
    ['in other words', "echo 'no credentials server URL'; exit 1"],
  ])('may have nothing, and say so %s', async (_where, lines) => {
    aHelper('empty', lines);

    expect(await ask('empty')).toBeUndefined();
  });

  test('that reads nothing of its input is no trouble', async () => {
    aHelper('deaf', `exec 0<&-; echo '{"Username":"a","Secret":"b"}'`);

    expect(await ask('deaf')).toEqual({ username: 'a', password: 'b' });
  });

  test('knows its cloud and its keyring, and none of our other logins', async () => {
    aHelper('env', `printf '{"Username":"u","Secret":"%s"}' "$(env | cut -d= -f1 | tr '\\n' ' ')"`);
    const rich = {
      ...env,
      AWS_REGION: 'x',
      GNUPGHOME: 'x',
      DOCKER_CONFIG: 'x',
      GIT_PASSWORD: 'x',
      GITHUB_APP_PRIVATE_KEY: 'x',
    };

    const names = (await ask('env', { env: rich }))?.password.split(' ') ?? [];

    expect(names).toEqual(expect.arrayContaining(['AWS_REGION', 'GNUPGHOME', 'DOCKER_CONFIG', 'PATH']));
    for (const name of ['GIT_PASSWORD', 'GITHUB_APP_PRIVATE_KEY']) expect(names).not.toContain(name);
  });

  const faults: readonly [string, string, RegExp][] = [
    [
      'ends with an error',
      'echo s3cret; echo s3cret >&2; exit 3',
      /gave no login for ghcr\.io: it ended with exit code 3$/,
    ],
    ['prints no JSON', 'echo s3cret', /expected JSON with Username and Secret$/],
    ['prints half a login', `echo '{"Username":"u","Secret":""}'`, /expected JSON with Username and Secret$/],
    [
      'prints without end',
      'while :; do echo s3crets3crets3crets3crets3cret; done',
      /printed more than 65536 bytes$/,
    ],
  ];
  test.each(faults)('that %s is an error that does not show it', async (_what, lines, message) => {
    aHelper('bad', lines);

    const error: unknown = await ask('bad').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
  });

  test('that does not end is killed', async () => {
    aHelper('slow', 'exec sleep 60');

    await expect(ask('slow', { timeout: 50 })).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(/did not end within 0\.05 seconds$/) as string,
    });
  });

  test('is not begun by whoever is stopped', async () => {
    const mark = join(folder, 'mark');
    aHelper('marks', `touch ${mark}`);

    await expect(ask('marks', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(existsSync(mark)).toBe(false);
  });

  test('that is not there is missing, and its name leads nowhere else', async () => {
    await expect(ask('absent')).rejects.toMatchObject({
      code: 'credentials-missing',
      message: 'there is no program docker-credential-absent, which /config.json names for ghcr.io',
    });
    for (const name of ['../bin/echo', 'a b', 'a;b', '', 'Echo'])
      await expect(ask(name)).rejects.toMatchObject({ code: 'credentials-failed' });
  });
});

describe("the administrator's Docker configuration file", () => {
  let files = 0;
  function setUp(content: object) {
    const path = join(folder, `config-${++files}.json`);
    writeFileSync(path, JSON.stringify(content));
    const clock = createVirtualClock();
    const find = createDockerFileLogins({ path, env, clock });
    return {
      path,
      clock,
      find: (registry = 'ghcr.io') =>
        find({ repository: { registry, path: 'acme/api' }, apiHost: undefined }, signal),
    };
  }
  const auths = { 'ghcr.io': { auth: btoa('file:pass') }, 'ghcr.io/acme': { auth: btoa('deep:pass') } };
  aHelper('own', `echo '{"Username":"own","Secret":"pass"}'`);
  aHelper('all', `echo '{"Username":"all","Secret":"pass"}'`);
  aHelper('none', "echo 'credentials not found in native keychain'; exit 1");

  test.each([
    [
      'the helper of the registry',
      { credHelpers: { 'ghcr.io': 'own' }, credsStore: 'all', auths },
      'own',
      'docker-credential-own:ghcr.io',
      /^credHelpers in .* names this program for ghcr\.io$/,
    ],
    [
      'else the helper for all',
      { credHelpers: { 'quay.io': 'own' }, credsStore: 'all', auths },
      'all',
      'docker-credential-all:ghcr.io',
      /^credsStore in .* names this program$/,
    ],
    [
      'else the longest entry',
      { credHelpers: { 'quay.io': 'own' }, auths },
      'deep',
      'docker-config:ghcr.io/acme',
      /^the entry with the longest path that fits, of 2 entries in /,
    ],
    [
      'also when both helpers have nothing',
      { credHelpers: { 'ghcr.io': 'none' }, credsStore: 'none', auths },
      'deep',
      'docker-config:ghcr.io/acme',
      /longest path/,
    ],
  ])('asks %s', async (_what, content, username, identity, why) => {
    expect(await setUp(content).find()).toMatchObject({
      kind: 'login',
      login: { username, identity, why: expect.stringMatching(why) as string },
    });
  });

  test('says who was asked in vain', async () => {
    const { find, path } = setUp({ credsStore: 'none', auths });

    expect(await find('quay.io')).toEqual({
      kind: 'nothing',
      why: `docker-credential-none has no login for it, and none of the 2 entries in ${path} is for it, only for "ghcr.io", "ghcr.io/acme"`,
    });
  });

  test('does not take less than a helper that fails', async () => {
    const { find, path } = setUp({ credsStore: 'absent', auths });

    await expect(find()).rejects.toMatchObject({
      code: 'credentials-missing',
      trail: `docker-credential-absent:ghcr.io, credsStore in ${path} names this program`,
    });
  });

  test('runs a helper once for all images of a cycle', async () => {
    const runs = join(folder, 'runs');
    aHelper(
      'counts',
      `echo x >> ${runs}; wc -l < ${runs} | tr -d '\\n ' | sed 's/.*/{"Username":"u","Secret":"&"}/'`,
    );
    const { find, clock } = setUp({ credsStore: 'counts' });

    await Promise.all([find(), find(), find()]);
    expect(await find()).toMatchObject({ login: { password: '1' } });
    clock.advance(30_000);
    expect(await find()).toMatchObject({ login: { password: '2' } });
  });
});
