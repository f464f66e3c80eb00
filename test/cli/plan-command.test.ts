import { afterEach, describe, expect, it, vi } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { Interruption } from '../../src/cli/io.ts';
import { planOutput } from '../../src/cli/render/json-contract.ts';
import { fakeApp, imageResult, kept, report, run } from './run-in-process.ts';

const diffs = [
  {
    branch: 'main',
    remote: 'https://git.example/deploy.git',
    message: 'build: automatic update of shop\n',
    diff: '--- a/shop/values.yaml\n+++ b/shop/values.yaml\n@@ -1 +1 @@\n-tag: 1.2.3\n+tag: 1.2.4\n',
  },
];

const good = report({ images: [imageResult()], diffs });

afterEach(() => {
  vi.useRealTimers();
});

describe('lynceus plan', () => {
  it('runs one dry cycle over the named manifests and releases what it opened', async () => {
    const { app, asked } = fakeApp({ runCycle: async () => good });
    const { exitCode, stdout, stderr } = await run(['plan', '--applications', 'apps', 'more.yaml'], {
      app,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1.2.3 → 1.2.4');
    expect(stderr).toBe('');
    expect(asked.configs[0]?.applications.paths).toEqual(['apps', 'more.yaml']);
    expect(asked.cycles).toEqual([{ dryRun: true }]);
    expect(asked.closed).toBe(1);
  });

  it('prints nothing but its JSON contract with --output json', async () => {
    const { app } = fakeApp({ runCycle: async () => good });
    const { stdout } = await run(['plan', '--applications', 'apps', '--output', 'json'], { app });
    expect(kept(planOutput, stdout).changes).toHaveLength(1);
  });

  it('prints a patch with --output diff, and nothing when there is none', async () => {
    const { app } = fakeApp({ runCycle: async () => good });
    expect((await run(['plan', '--applications', 'apps', '-o', 'diff'], { app })).stdout).toContain(
      '\n-tag: 1.2.3\n+tag: 1.2.4\n',
    );
    const idle = fakeApp({ runCycle: async () => report() });
    expect((await run(['plan', '--applications', 'apps', '-o', 'diff'], { app: idle.app })).stdout).toBe('');
  });

  it.each([
    ['no colour where none is wanted', { env: {}, terminal: false }, false],
    ['no colour in a pipe, also when forced', { env: { FORCE_COLOR: '1' }, terminal: false }, false],
    ['colours on a terminal', { env: { TERM: 'xterm' }, terminal: true }, true],
    ['none on a terminal that wants none', { env: { NO_COLOR: '1' }, terminal: true }, false],
  ])('prints with --output diff %s', async (_, given, isColoured) => {
    const { app } = fakeApp({ runCycle: async () => good });
    const { stdout } = await run(['plan', '--applications', 'apps', '-o', 'diff'], { app, ...given });
    expect(stdout.includes('\u001B[')).toBe(isColoured);
    expect(stdout).toContain('tag: 1.2.4');
  });

  it('prints the bytes of a file into a pipe, and none that steer a terminal on one', async () => {
    const diff = '--- a/v\n+++ b/v\n@@ -1,2 +1,2 @@\n-tag: 1\r\n+tag: 2\r\n \r\n';
    const shown = [{ branch: 'main', remote: 'https://git.example/d.git', message: 'x', diff }];
    const { app } = fakeApp({ runCycle: async () => report({ diffs: shown }) });
    const piped = await run(['plan', '--applications', 'apps', '-o', 'diff'], { app });
    expect(piped.stdout).toBe(`# https://git.example/d.git main\n# x\n${diff}`);
    const seen = await run(['plan', '--applications', 'apps', '-o', 'diff'], { app, terminal: true });
    expect(seen.stdout).not.toContain('\r');
  });

  it('says beside a patch why something is missing in it', async () => {
    const images = [imageResult({ outcome: 'failed', reason: 'cannot reach ghcr.io' })];
    const { app } = fakeApp({ runCycle: async () => report({ images }) });
    const { exitCode, stdout, stderr } = await run(['plan', '--applications', 'apps', '-o', 'diff'], {
      app,
    });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^lynceus: argocd\/shop \S+: cannot reach ghcr\.io\n$/);
  });

  it('names with --output diff each problem once, also where an image failed for several', async () => {
    const [first, second, alone] = ['first', 'second', 'alone'].map((message) => ({
      application: { namespace: '', name: 'shop' },
      alias: 'api',
      code: 'annotation-invalid' as const,
      key: 'k',
      value: 'v',
      message,
    }));
    const problems = [first, second, alone].filter((found) => found !== undefined);
    const image = imageResult({
      outcome: 'failed',
      reason: 'first; second',
      problems: problems.filter((found) => found !== alone),
    });
    const { app } = fakeApp({ runCycle: async () => report({ images: [image], problems }) });
    const { stderr } = await run(['plan', '--applications', 'apps', '-o', 'diff'], { app });
    expect(stderr).toBe('lynceus: argocd/shop api: first; second\nlynceus: shop alone\n');
  });

  it('colours a diff on a terminal only', async () => {
    const { app } = fakeApp({ runCycle: async () => good });
    const argv = ['plan', '--applications', 'apps', '-o', 'diff'];
    expect((await run(argv, { app, terminal: true })).stdout).toContain('\u001B[32m+tag: 1.2.4');
    expect((await run(argv, { app, terminal: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001B');
    expect((await run(argv, { app })).stdout).not.toContain('\u001B');
  });

  it('shows progress on a terminal only, on standard error, and wipes it away', async () => {
    const { app } = fakeApp({
      runCycle: async ({ onProgress }) => {
        onProgress?.({ stage: 'tags', done: 1, total: 2 });
        return good;
      },
    });
    const argv = ['plan', '--applications', 'apps'];
    expect((await run(argv, { app })).stderr).toBe('');
    expect((await run(argv, { app, terminal: true })).stderr).toContain('asking registries 1/2\r\u001B[2K');
  });

  it('prints the whole cycle but logs nothing, unless a log level is asked for', async () => {
    const { app } = fakeApp({ runCycle: async () => good });
    const noisy = {
      ...app,
      compose: async (...[config, environment]: Parameters<typeof app.compose>) => {
        environment.log.error('something', { why: 'no reason' });
        return await app.compose(config, environment);
      },
    };
    expect((await run(['plan', '--applications', 'apps'], { app: noisy })).stderr).toBe('');
    const { stderr, stdout } = await run(
      ['plan', '--applications', 'apps', '--loglevel', 'error', '-o', 'json'],
      { app: noisy },
    );
    expect(stderr).toMatch(/level=error msg="?something"? why="no reason"\n$/);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  const bad = [
    ['an image failed', report({ images: [imageResult({ outcome: 'failed' })] })],
    [
      'an annotation is wrong',
      report({
        problems: [
          {
            application: { namespace: '', name: 'a' },
            alias: undefined,
            code: 'annotation-invalid',
            key: 'k',
            value: 'v',
            message: 'm',
          },
        ],
      }),
    ],
    [
      'a source could not be read',
      report({ failures: [{ code: 'applications-unreadable', message: 'apps is gone' }] }),
    ],
  ] as const;
  it.each(bad)('exits with 1 when %s', async (_, answer) => {
    const { app } = fakeApp({ runCycle: async () => answer });
    expect((await run(['plan', '--applications', 'apps'], { app })).exitCode).toBe(1);
  });

  it('reports failures that the JSON has no place for on standard error', async () => {
    const { app } = fakeApp({
      runCycle: async () =>
        report({ failures: [{ code: 'applications-unreadable', message: 'apps is gone' }] }),
    });
    const { stdout, stderr } = await run(['plan', '--applications', 'apps', '-o', 'json'], { app });
    expect(JSON.parse(stdout)).toEqual({ changes: [], images: [], problems: [] });
    expect(stderr).toBe('lynceus: apps is gone\n');
  });

  it('exits with 1 and one line when the cycle breaks down, and still releases what it opened', async () => {
    const { app, asked } = fakeApp({
      runCycle: async () => {
        throw new LynceusError('internal', 'it broke', { hint: 'report it' });
      },
    });
    expect(await run(['plan', '--applications', 'apps'], { app })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'lynceus: it broke\nlynceus: report it\n',
    });
    expect(asked.closed).toBe(1);
  });

  it('exits with 130 when it is interrupted', async () => {
    const stop = new AbortController();
    const { app } = fakeApp({
      runCycle: async (_, signal) => {
        stop.abort(new Interruption('SIGINT'));
        signal.throwIfAborted();
        return good;
      },
    });
    const { exitCode, stdout } = await run(['plan', '--applications', 'apps'], {
      app,
      signal: stop.signal,
    });
    expect([exitCode, stdout]).toEqual([130, '']);
  });

  it('says both ways out when there are neither manifests nor a cluster', async () => {
    const { exitCode, stdout, stderr } = await run(['plan'], { env: { HOME: '/nonexistent' } });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--applications PATH');
    expect(stderr).toContain('--kubeconfig');
  });
});
