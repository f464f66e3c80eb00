import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/processes/find-program.ts';
import { runProgram, type ProgramOptions } from '../../src/processes/run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PATH = process.env['PATH'] ?? '';
const OPTIONS: ProgramOptions = {
  env: { PATH },
  signal: new AbortController().signal,
  timeout: 20_000,
  longestOutput: 64 * 1024,
};

function shell(script: string, options: Partial<ProgramOptions> = {}) {
  return runProgram('sh', { ...OPTIONS, ...options, args: ['-c', script] });
}

/** A process that has ended and that nobody has collected yet counts as ended (proc(5)). */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A script that starts a process, writes its id to a file, and does not end by itself. */
function family(name: string): { readonly script: string; readonly child: () => number } {
  const file = join(folder, name);
  return {
    script: `sleep 60 & echo $! > '${file}'; wait`,
    child: () => Number(readFileSync(file, 'utf8')),
  };
}

describe('a program', () => {
  test('is run with its arguments, its input, and its whole environment', async () => {
    expect(
      await shell('echo "$1 $(cat) $A $HOME" | tr a-z A-Z; echo complaint >&2; pwd; exit 3', {
        env: { PATH, A: 'a' },
        input: 'in',
        directory: '/',
      }),
    ).toEqual({
      kind: 'exited',
      code: 3,
      how: 'exit code 3',
      stdout: Buffer.from(' IN A \n/\n'),
      stderr: 'complaint\n',
    });
  });

  test('reads a secret from a pipe, and it is in no argument and no variable', async () => {
    const script = 'read -r line <&3; echo "$line"; env; tr "\\0" "\\n" < /proc/$$/cmdline';
    const ending = await shell(script, { secret: 's3cret' });
    expect(ending.kind === 'exited' && ending.stdout.toString().match(/s3cret/g)).toHaveLength(1);
  });

  test('has no input when none is given, and need not read the one that is', async () => {
    expect(await shell('cat')).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
    const input = Buffer.alloc(1024 * 1024);
    expect(await shell('exit 0', { input, secret: 'x' })).toMatchObject({ code: 0 });
  });

  test('may be ended by a signal', async () => {
    expect(await shell('kill -9 $$')).toMatchObject({ code: undefined, how: 'signal SIGKILL' });
  });

  test('that is not there is not found', async () => {
    expect(await runProgram('no-such-program', OPTIONS)).toEqual({ kind: 'not-found' });
  });

  test('that cannot be started is an ending, not an exception', async () => {
    const file = join(folder, 'not-executable');
    writeFileSync(file, '');
    const broken = join(folder, 'broken');
    writeFileSync(broken, '#!/no/such/interpreter\n', { mode: 0o755 });
    const long = ['x'.repeat(3 * 1024 * 1024)];
    expect(await runProgram(join(folder, 'absent'), OPTIONS)).toEqual({
      kind: 'not-started',
      code: 'ENOENT',
    });
    expect(await runProgram(file, OPTIONS)).toEqual({ kind: 'not-started', code: 'EACCES' });
    expect(await runProgram(broken, OPTIONS)).toEqual({ kind: 'not-started', code: 'ENOENT' });
    expect(await runProgram('true', { ...OPTIONS, args: long })).toEqual({
      kind: 'not-started',
      code: 'E2BIG',
    });
    expect(await runProgram('true', { ...OPTIONS, args: ['\0'] })).toMatchObject({ kind: 'not-started' });
  });
});

describe('a program that is stopped', () => {
  test('ends with everything that it started, and nothing else does', async () => {
    const outside = spawn('sleep', ['60']);
    const { script, child } = family('late');
    // Neither of them ends when it is only asked to.
    expect(await shell(`trap '' TERM; ${script}`, { timeout: 500 })).toEqual({ kind: 'timeout' });
    expect(isRunning(child())).toBe(false);
    expect(outside.exitCode).toBeNull();
    outside.kill('SIGKILL');
    await once(outside, 'close');
  });

  test('when it is aborted is gone before that is reported', async () => {
    const stop = new AbortController();
    const { script, child } = family('aborted');
    const ending = shell(script, { signal: stop.signal });
    await expect.poll(() => isRunning(child()), { timeout: 10_000 }).toBe(true);
    stop.abort();
    expect(await ending).toEqual({ kind: 'aborted' });
    expect(isRunning(child())).toBe(false);
  });

  test('may remove its lock first', async () => {
    const lock = join(folder, 'lock');
    const script = `trap "rm '${lock}'; exit" TERM; touch '${lock}'; while :; do sleep 0.01; done`;
    expect(await shell(script, { timeout: 500 })).toEqual({ kind: 'timeout' });
    expect(() => readFileSync(lock)).toThrow('ENOENT');
  });

  test('is not started at all when it was aborted before', async () => {
    const mark = join(folder, 'mark');
    expect(await shell(`touch '${mark}'`, { signal: AbortSignal.abort() })).toEqual({ kind: 'aborted' });
    expect(() => readFileSync(mark)).toThrow('ENOENT');
  });

  test('because it printed too much, on both outputs together', async () => {
    expect(await shell('printf 12345; printf 67890 >&2', { longestOutput: 10 })).toMatchObject({ code: 0 });
    expect(await shell('printf 12345; printf 678901 >&2', { longestOutput: 10 })).toEqual({
      kind: 'too-much',
    });
    expect(await shell('while :; do echo more; done')).toEqual({ kind: 'too-much' });
  });

  test('does not wait for one that left the group and holds the output open', async () => {
    const file = join(folder, 'left');
    const script = `setsid sh -c 'echo $$ > "${file}"; sleep 60' & wait`;
    expect(await shell(script, { timeout: 500 })).toEqual({ kind: 'timeout' });
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  });

  test('ends with this process', async () => {
    const { script, child } = family('exit');
    const main = `import { runProgram } from '../../src/processes/run-program.ts';
      setTimeout(() => process.exit(7), 500);
      await runProgram('sh', {
        args: ['-c', ${JSON.stringify(script)}],
        env: process.env,
        signal: new AbortController().signal,
        timeout: 60_000,
        longestOutput: 10,
      });`;
    const outfile = join(folder, 'main.mjs');
    const stdin = { contents: main, resolveDir: import.meta.dirname };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
    const parent = spawn(process.execPath, [outfile]);
    expect(await once(parent, 'close')).toEqual([7, null]);
    await expect.poll(() => isRunning(child())).toBe(false);
  });
});

describe('finding a program', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'tool'), '#!/bin/sh\n');
  writeFileSync(join(bin, 'text'), '');
  chmodSync(join(bin, 'tool'), 0o755);
  mkdirSync(join(folder, 'share', 'tool'), { recursive: true });

  test.each([
    ['tool', `/nowhere:${bin}`, join(bin, 'tool')],
    ['text', bin, undefined],
    ['tool', `${join(folder, 'share')}:${bin}`, join(bin, 'tool')],
    ['tool', '', undefined],
    ['tool', `relative:.:`, undefined],
    ['/any/path', '', '/any/path'],
  ])('%s on %s is %s', async (program, searchPath, found) => {
    expect(await findProgram(program, searchPath)).toBe(found);
  });
});
