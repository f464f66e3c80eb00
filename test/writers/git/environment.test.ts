import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import { ASKPASS_SCRIPT, baseEnvironment, loginEnvironment } from '../../../src/writers/git/environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-askpass-'));
afterAll(() => rmSync(folder, { recursive: true }));
const askpass = join(folder, 'askpass');
writeFileSync(askpass, ASKPASS_SCRIPT);
chmodSync(askpass, 0o755);

const REMOTE = parseGitRemote('https://git.example:8443/acme/deploy.git');

describe('the askpass script', () => {
  const login = {
    kind: 'basic',
    username: 'me',
    password: '$HOME `id` "x" \\n %s',
    caFile: undefined,
  } as const;
  const env = { PATH: process.env['PATH'], ...loginEnvironment(login, REMOTE, { askpass, timeout: 1000 }) };

  it.each([
    ["Username for 'https://git.example:8443': ", 'me\n'],
    ["Password for 'https://me@git.example:8443': ", '$HOME `id` "x" \\n %s\n'],
    ["Password for 'https://git.example:8443': ", ''],
    ["Password for 'https://me@git.example': ", ''],
    ["Password for 'https://me@evil.example': ", ''],
    ["Password for 'https://me@evil.example/@git.example:8443.evil': ", ''],
    ["Username for 'http://git.example:8443': ", ''],
    ["Enter passphrase for key '/x': ", ''],
    ['', ''],
  ])('answers %j with %j', (question, answer) => {
    expect(spawnSync(askpass, [question], { env, encoding: 'utf8' }).stdout).toBe(answer);
  });
});

describe('the environment of a login with a proxy', () => {
  const login = { kind: 'basic', username: 'me', password: 'p', caFile: undefined } as const;
  const ambient = { https_proxy: 'http://own', HTTPS_PROXY: 'http://own', no_proxy: 'a', NO_PROXY: 'a' };
  const made = (more: object) => ({
    ...baseEnvironment(ambient, '/home'),
    ...loginEnvironment({ ...login, ...more }, REMOTE, { askpass, timeout: 1000 }),
  });

  it("is that proxy, and none of the process's", () => {
    expect(made({ proxy: { url: 'http://u:p@proxy', except: '' } })).toMatchObject({
      http_proxy: 'http://u:p@proxy',
      https_proxy: 'http://u:p@proxy',
      no_proxy: '',
      NO_PROXY: '',
    });
  });

  it("is the process's without one", () => {
    expect(made({})).toMatchObject({ https_proxy: 'http://own', no_proxy: 'a' });
  });
});

describe('the environment of git', () => {
  it('takes over paths, proxies and authorities, and nothing else', () => {
    const ambient = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy',
      GIT_DIR: '/x',
      AWS_SECRET_ACCESS_KEY: 'x',
      HOME: '/root',
    };
    const made = baseEnvironment(ambient, '/home');
    expect(made).toMatchObject({
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy',
      HOME: '/home',
      GIT_TERMINAL_PROMPT: '0',
    });
    expect(made).not.toHaveProperty('GIT_DIR');
    expect(made).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  it.each([
    [{ SSL_CERT_FILE: '/ca.pem' }, { GIT_SSL_CAINFO: '/ca.pem' }],
    [{ SSL_CERT_DIR: '/certs' }, { GIT_SSL_CAPATH: '/certs' }],
    [{ SSL_CERT_FILE: '/ca.pem', GIT_SSL_CAINFO: '/git.pem' }, { GIT_SSL_CAINFO: '/git.pem' }],
    [{ SSL_CERT_FILE: '' }, {}],
  ])('with %j git reads %j', (ambient, read) => {
    const { GIT_SSL_CAINFO: file, GIT_SSL_CAPATH: folder } = baseEnvironment(ambient, '/home');
    expect({ GIT_SSL_CAINFO: file, GIT_SSL_CAPATH: folder }).toEqual(read);
  });

  it('trusts the authority of the remote', () => {
    const made = loginEnvironment({ kind: 'none', caFile: '/ca.pem' }, REMOTE, { askpass, timeout: 1000 });
    expect(made).toEqual({ GIT_ALLOW_PROTOCOL: 'https', GIT_SSL_CAINFO: '/ca.pem' });
  });
});

describe('the ssh command', () => {
  function words(privateKeyFile: string, knownHostsFile: string | undefined): readonly string[] {
    const made = loginEnvironment({ kind: 'ssh', privateKeyFile, knownHostsFile }, REMOTE, {
      askpass,
      timeout: 90_000,
    });
    // What the shell makes of it, as git has it run.
    const command = `set -- ${made['GIT_SSH_COMMAND']}; printf '%s\\n' "$@"`;
    return spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout.trimEnd().split('\n');
  }

  it('always checks host keys, asks nobody, and reads nobody else’s configuration', () => {
    const made = words('/key', '/known');
    expect(made).toEqual(
      expect.arrayContaining(['StrictHostKeyChecking=yes', 'BatchMode=yes', 'IdentitiesOnly=yes']),
    );
    expect(made).toEqual(
      expect.arrayContaining(['UserKnownHostsFile="/known"', 'GlobalKnownHostsFile=/dev/null']),
    );
    expect(made).toEqual(expect.arrayContaining(['ConnectTimeout=30', 'ServerAliveInterval=10']));
    expect(made.slice(0, 3)).toEqual(['ssh', '-F', '/dev/null']);
  });

  it('uses the known hosts of the system when none are named', () => {
    expect(words('/key', undefined).filter((word) => word.includes('KnownHostsFile'))).toEqual([]);
  });

  it.each(['/my keys/it’s', "/a'b; touch x", '/$(id)/`id`/100%/ü'])(
    'passes the path %j on unchanged',
    (path) => {
      const made = words(path, path);
      expect(made).toContain(`IdentityFile="${path.replaceAll('%', '%%')}"`);
      expect(made).toContain(`UserKnownHostsFile="${path.replaceAll('%', '%%')}"`);
    },
  );

  it.each(['/a"b', '/a\\b', '/a\nb'])('refuses the path %j, which ssh would misread', (path) => {
    expect(() => words(path, undefined)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
