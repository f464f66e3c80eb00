import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { fetchCommand, keptRef, pushCommand } from '../../../src/writers/git/commands.ts';
import { importStream } from '../../../src/writers/git/fast-import.ts';
import { createProcessGroup } from '../../../src/writers/git/process-group.ts';
import { runGit } from '../../../src/writers/git/run.ts';
import { gitEnvironment } from '../../helpers/git-world.ts';
import { LASTING } from './writer-world.ts';

describe('commands', () => {
  it('never force a push, but in place of one head that is named', () => {
    const wish = { sha: 'a'.repeat(40), branch: 'main' };
    const { args } = pushCommand('https://git.example/x', wish);
    expect(args.slice(-3)).toEqual(['--', 'https://git.example/x', `${'a'.repeat(40)}:refs/heads/main`]);
    expect(args.filter((arg) => /force|^-f|^\+|--mirror|--delete/.test(arg))).toEqual([]);
    const replacing = pushCommand('https://git.example/x', { ...wish, replaces: 'b'.repeat(40) }).args;
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
      { ref: 'refs/x', parent: 'a'.repeat(40), author, now: 1_700_000_000_999 },
    );
    expect(stream.toString()).toBe(
      [
        'feature done',
        'commit refs/x',
        'mark :1',
        'author Me <me@example.com> 1700000000 +0000',
        'committer Me <me@example.com> 1700000000 +0000',
        'data 10',
        'one\n\nbody\n',
        `from ${'a'.repeat(40)}`,
        'M 100755 inline "a \\"b\\"\\\\c"',
        'data 3',
        'ü\n',
        'commit refs/x',
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

describe('a process group', () => {
  it('ends what was started in it, with everything that started in turn, and nothing else', async () => {
    const outside = spawn('sleep', ['60']);
    const group = createProcessGroup();
    const inside = await group.run(async () => {
      await Promise.resolve();
      return spawn('sh', ['-c', "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"]);
    });
    const [line] = (await once(inside.stdout, 'data')) as [Buffer];
    const grandchild = Number(line.toString());
    const closed = once(inside, 'close');
    await group.end();
    await closed;
    expect(isRunning(grandchild)).toBe(false);
    expect(outside.exitCode).toBeNull();
    outside.kill('SIGKILL');
    await once(outside, 'close');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('running git', () => {
  const options = { directory: '/', environment: gitEnvironment(), timeout: 10_000, signal: LASTING };

  it('tells the exit code and both outputs apart', async () => {
    const result = await runGit({ args: ['rev-parse', '--verify', 'HEAD'] }, options);
    expect(result).toMatchObject({ code: 128, stdout: Buffer.alloc(0) });
    expect(result.stderr).toContain('not a git repository');
  });

  it('feeds bytes as they are', async () => {
    const input = Buffer.from([0, 255, 10, 13]);
    const { stdout } = await runGit({ args: ['hash-object', '--stdin'], input }, options);
    expect(stdout.toString()).toBe('d7da30f65b8f37bf5c949da3dde001f923ad5998\n');
  });

  it('stops a process that says too much', async () => {
    const input = Buffer.alloc(1024 * 1024, 'x\n');
    const command = { args: ['stripspace'], input };
    await expect(runGit(command, { ...options, maximum: 1000 })).rejects.toMatchObject({
      code: 'git-failed',
    });
  });

  it('says what to do when there is no git', async () => {
    const environment = { ...gitEnvironment(), PATH: '/nonexistent' };
    await expect(runGit({ args: ['version'] }, { ...options, environment })).rejects.toMatchObject({
      code: 'git-failed',
      hint: 'install git 2.34 or later and make sure that it is on the PATH',
    });
  });
});
