import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runScript, type RunScriptOptions } from '../../src/credentials/run-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-scripts-'));
const env = { PATH: process.env['PATH'] };
const { signal } = new AbortController();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

function aScript(lines: string, mode = 0o755): string {
  const path = join(folder, `script-${++count}.sh`);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode });
  return path;
}

/** A process that has ended may stay in the table until its parent looks. */
function isRunning(pid: string): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

function run(path: string, options: Partial<RunScriptOptions> = {}): Promise<string> {
  return runScript(path, { env, signal, ...options });
}

describe('a program that prints a login', () => {
  test('is run, and what it printed is the answer', async () => {
    expect(await run(aScript('echo user:pass'))).toBe('user:pass\n');
  });

  test('gets no arguments, no standard input and no shell', async () => {
    expect(await run(aScript('echo "$#:$(cat)"'))).toBe('0:\n');
    await expect(run(`${aScript('echo a:b')}; echo c:d`)).rejects.toMatchObject({
      code: 'credentials-missing',
    });
  });

  test('knows how to find programs, its cloud and its proxy, and none of our other logins', async () => {
    const rich = {
      ...env,
      HOME: '/home/x',
      AWS_REGION: 'eu-west-1',
      GOOGLE_APPLICATION_CREDENTIALS: '/g.json',
      AZURE_CLIENT_ID: 'az',
      HTTPS_PROXY: 'http://proxy:3128',
      no_proxy: '.corp',
      GIT_PASSWORD: 's3cret',
      GHCR: 'user:s3cret',
      LD_PRELOAD: '/x.so',
      AWS: 'x',
    };

    const names = (await run(aScript('env | cut -d= -f1 | sort'), { env: rich })).split('\n');

    expect(names).toEqual(
      expect.arrayContaining([
        'AWS_REGION',
        'AZURE_CLIENT_ID',
        'GOOGLE_APPLICATION_CREDENTIALS',
        'HOME',
        'HTTPS_PROXY',
        'PATH',
        'no_proxy',
      ]),
    );
    for (const name of ['GIT_PASSWORD', 'GHCR', 'LD_PRELOAD', 'AWS']) expect(names).not.toContain(name);
  });

  test.each([
    [
      'ends with an error',
      'echo oops >&2; echo more >&2; exit 3',
      /gave no login: it ended with exit code 3: oops$/,
    ],
    ['ends with an error in silence', 'exit 4', /it ended with exit code 4$/],
    [
      'complains with the login in its words',
      'echo user:s3cret; echo "bad: s3cret" >&2; exit 1',
      /it ended with exit code 1$/,
    ],
    [
      'complains with all it printed in its words',
      'echo s3cret; echo "bad: s3cret" >&2; exit 1',
      /it ended with exit code 1$/,
    ],
    [
      'complains in colour',
      String.raw`printf '\033[31mred\033[0m\n' >&2; exit 1`,
      /exit code 1: \[31mred \[0m$/,
    ],
    ['complains at length', 'head -c 5000 /dev/zero | tr "\\0" x >&2; exit 1', /exit code 1: x{200}$/],
    ['kills itself', 'kill -TERM $$', /it ended with signal SIGTERM$/],
    [
      'prints without end',
      'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
      /it printed more than 65536 bytes$/,
    ],
  ])('that %s is an error', async (_what, lines, message) => {
    await expect(run(aScript(lines))).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
    });
  });

  test('that is not there is missing', async () => {
    await expect(run('/nowhere/login.sh')).rejects.toMatchObject({
      code: 'credentials-missing',
      message: 'there is no program /nowhere/login.sh to run for a login',
    });
  });

  test.each([
    ['may not be run', () => aScript('echo a:b', 0o644), /could not be started \(EACCES\)/],
    ['is a folder', () => folder, /could not be started \(EACCES\)/],
    ['is not named in full', () => 'login.sh', /its path is not absolute/],
  ])('that %s is an error', async (_what, path, message) => {
    await expect(run(path())).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
    });
  });

  test('that takes too long is killed with everything it started', async () => {
    const pidFile = join(folder, 'child.pid');
    const path = aScript(`sleep 30 &\necho $! > ${pidFile}\nwait`);

    await expect(run(path, { timeout: 1000 })).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(/did not end within 1 seconds$/) as string,
    });
    await expect.poll(() => isRunning(readFileSync(pidFile, 'utf8').trim())).toBe(false);
  });

  test('that leaves something running which holds its output does not hold us up', async () => {
    await expect(run(aScript('sleep 30 &\necho a:b'), { timeout: 300 })).rejects.toMatchObject({
      code: 'credentials-failed',
    });
  });

  test('is killed when the signal is aborted', async () => {
    const controller = new AbortController();
    const running = run(aScript('sleep 30'), { signal: controller.signal });
    controller.abort();

    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    await expect(run(aScript('echo a:b'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
