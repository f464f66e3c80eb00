import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchCommand, keptRef, pushCommand } from '../../../src/writers/git/commands.ts';
import { importStream } from '../../../src/writers/git/fast-import.ts';
import { runLocalGit, runRemoteGit, TooMuchOutput } from '../../../src/writers/git/run.ts';
import { gitEnvironment } from '../../helpers/git-world.ts';
import { LASTING } from './writer-world.ts';

describe('commands', () => {
  it('never force a push, but in place of one head that is named', () => {
    const push = { sha: 'a'.repeat(40), branch: 'main' };
    const { args } = pushCommand('https://git.example/x', push);
    expect(args.slice(-3)).toEqual(['--', 'https://git.example/x', `${'a'.repeat(40)}:refs/heads/main`]);
    expect(args.filter((arg) => /force|^-f|^\+|--mirror|--delete/.test(arg))).toEqual([]);
    const replacing = pushCommand('https://git.example/x', { ...push, replaces: 'b'.repeat(40) }).args;
    expect(replacing.filter((arg) => !args.includes(arg))).toEqual([
      `--force-with-lease=refs/heads/main:${'b'.repeat(40)}`,
    ]);
  });

  it('fetch only so many commits of the branches that are asked for', () => {
    const { args, config } = fetchCommand(['a', 'b/c'], { url: '/x', depth: 7, withoutFiles: false });
    expect(args).toEqual(expect.arrayContaining(['fetch', '--depth=7', '--no-tags']));
    expect(args.slice(-4)).toEqual([
      '--',
      'origin',
      `+refs/heads/a:${keptRef('a')}`,
      `+refs/heads/b/c:${keptRef('b/c')}`,
    ]);
    expect(config).toEqual(['remote.origin.url=/x']);
  });
});

describe('a stream for fast-import', () => {
  it('continues the parent, then the commit before', () => {
    const file = { path: 'a "b"\\c', mode: '100755', text: 'ü\n' };
    const author = { name: 'Me', email: 'me@example.com' };
    const stream = importStream(
      [
        { message: 'one  \n\n\n\nbody\r\n\n', files: [file] },
        { message: 'two\0', files: [] },
      ],
      { branch: 'x', parent: 'a'.repeat(40), author, now: 1_700_000_000_999 },
    );
    expect(stream.toString()).toBe(
      [
        'feature done',
        `commit ${keptRef('x')}`,
        'mark :1',
        'author Me <me@example.com> 1700000000 +0000',
        'committer Me <me@example.com> 1700000000 +0000',
        'data 10',
        'one\n\nbody\n',
        `from ${'a'.repeat(40)}`,
        'M 100755 inline "a \\"b\\"\\\\c"',
        'data 3',
        'ü\n',
        `commit ${keptRef('x')}`,
        'mark :2',
        'author Me <me@example.com> 1700000000 +0000',
        'committer Me <me@example.com> 1700000000 +0000',
        'data 4',
        'two\n',
        'from :1',
        'get-mark :1',
        'get-mark :2',
        'done',
        '',
      ].join('\n'),
    );
  });
});

describe('running git', () => {
  const options = { directory: '/', environment: gitEnvironment(), timeout: 10_000, signal: LASTING };
  const nowhere = { ...options, environment: { ...gitEnvironment(), PATH: '/nonexistent' } };
  const MISSING = {
    code: 'git-failed',
    hint: 'install git 2.34 or later and make sure that it is on the PATH',
  };

  it('for a remote tells the exit code and both outputs apart', async () => {
    const result = await runRemoteGit({ args: ['rev-parse', '--verify', 'HEAD'] }, options);
    expect(result).toMatchObject({ code: 128, stdout: Buffer.alloc(0) });
    expect(result.stderr).toContain('not a git repository');
  });

  it('in a clone fails with what git prints', async () => {
    await expect(runLocalGit({ args: ['rev-parse', 'HEAD'] }, options)).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringMatching(/^git rev-parse failed in the clone: fatal: not a git/) as string,
    });
  });

  it('in a clone fails too when git prints nothing', async () => {
    const command = { args: ['rev-parse', '--verify', '--quiet', 'HEAD'] };
    await expect(runLocalGit(command, options)).rejects.toMatchObject({ code: 'git-failed' });
    const silent = { args: ['diff', '--no-index', '--quiet', '/dev/null', '/etc/hostname'] };
    await expect(runLocalGit(silent, options)).rejects.toMatchObject({
      message: 'git diff failed in the clone: it ended with 1',
    });
  });

  it('feeds bytes as they are', async () => {
    const input = Buffer.from([0, 255, 10, 13]);
    const command = { args: ['hash-object', '--stdin'], input };
    expect((await runRemoteGit(command, options)).stdout.toString()).toBe(HASH_OF_INPUT);
    expect((await runLocalGit(command, options)).toString()).toBe(HASH_OF_INPUT);
  });

  it('stops a process that prints too much', async () => {
    const command = { args: ['stripspace'], input: Buffer.alloc(1024 * 1024, 'x\n') };
    for (const run of [runRemoteGit, runLocalGit])
      await expect(run(command, { ...options, maximum: 1000 })).rejects.toBeInstanceOf(TooMuchOutput);
  });

  it('stops a process when time is up, or when it is told to', async () => {
    // Waits for an input that never ends.
    const command = { args: ['cat-file', '--batch'] };
    const directory = mkdtempSync(join(tmpdir(), 'lynceus-run-'));
    const inside = { ...options, directory };
    await runLocalGit({ args: ['init', '--quiet', '--bare', '.'] }, inside);
    await expect(runLocalGit(command, { ...inside, timeout: 100 })).rejects.toMatchObject({
      code: 'git-timeout',
    });
    const signal = AbortSignal.timeout(100);
    await expect(runLocalGit(command, { ...inside, signal })).rejects.toMatchObject({ code: 'aborted' });
    rmSync(directory, { recursive: true });
  });

  it('says what to do when there is no git', async () => {
    for (const run of [runRemoteGit, runLocalGit])
      await expect(run({ args: ['version'] }, nowhere)).rejects.toMatchObject(MISSING);
  });
});

const HASH_OF_INPUT = 'd7da30f65b8f37bf5c949da3dde001f923ad5998\n';
