import { describe, expect, it } from 'vitest';
import type { App } from '../../src/cli/command-context.ts';
import { Interruption } from '../../src/cli/io.ts';
import { LynceusError } from '../../src/errors.ts';
import { fakeApp, imageResult, report, run } from './run-in-process.ts';

/** A daemon that runs one cycle at once and then waits to be stopped. */
function waitingDaemon(log: string[], onStarted: () => void): App['startDaemon'] {
  return async (lynceus) => {
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    await lynceus.runCycle({ dryRun: false }, new AbortController().signal);
    log.push('started');
    queueMicrotask(onStarted);
    return {
      done,
      stop: async () => {
        log.push('stopped');
        finish();
      },
    };
  };
}

describe('lynceus run --once', () => {
  it('runs one cycle that writes, and ends with 0', async () => {
    const { app, asked } = fakeApp({
      runCycle: async () => report({ images: [imageResult({ outcome: 'updated' })] }),
    });
    const { exitCode } = await run(['run', '--once', '--applications', 'apps'], { app });
    expect(exitCode).toBe(0);
    expect(asked.cycles).toEqual([{ dryRun: false }]);
    expect(asked.closed).toBe(1);
  });

  it('ends with 1 when an image failed', async () => {
    const { app } = fakeApp({
      runCycle: async () => report({ images: [imageResult({ outcome: 'failed' })] }),
    });
    expect((await run(['run', '--once', '--applications', 'apps'], { app })).exitCode).toBe(1);
  });

  it('starts nothing when commits are to be signed and cannot be', async () => {
    const { app, asked } = fakeApp({
      prepare: () => Promise.reject(new LynceusError('signing-failed', 'gpg is not installed')),
    });
    const { exitCode, stderr } = await run(['run', '--once', '--applications', 'apps'], { app });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'lynceus: gpg is not installed\n' });
    expect(asked).toMatchObject({ prepared: 1, cycles: [], closed: 1 });
  });

  it('needs no key for a dry run', async () => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    await run(['run', '--once', '--dry-run', '--applications', 'apps'], { app });
    expect(asked.prepared).toBe(0);
  });

  it('takes an interval of 0, as Argo CD Image Updater does', async () => {
    const { app } = fakeApp({ runCycle: async () => report() });
    expect(
      (await run(['run', '--once', '--interval', '0', '--applications', 'apps'], { app })).exitCode,
    ).toBe(0);
  });

  const dry: readonly [readonly string[], boolean][] = [
    [['--dry-run'], true],
    [['--dry-run=true'], true],
    [['--dry-run=false'], false],
    [['--warmup-cache=false'], false],
    [['--warmup-cache'], false],
  ];
  it.each(dry)('with %j is a dry run: %s', async (switches, dryRun) => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    expect((await run(['run', '--once', '--applications', 'apps', ...switches], { app })).exitCode).toBe(0);
    expect(asked.cycles).toEqual([{ dryRun }]);
  });

  it.each(['--max-concurrency', '--max-concurrent-apps'])(
    'takes the width of its work from %s',
    async (flag) => {
      const { app, asked } = fakeApp({ runCycle: async () => report() });
      await run(['run', '--once', '--applications', 'apps', flag, '3'], { app });
      expect(asked.configs[0]?.applications.concurrency).toBe(3);
    },
  );

  it('logs to standard output, as text or JSON, and warns of settings that have no counterpart', async () => {
    const { app } = fakeApp({ runCycle: async () => report() });
    const argv = ['run', '--once', '--applications', 'apps', '--logformat', 'json'];
    const { stdout, stderr } = await run(argv, {
      app,
      env: { ARGOCD_GIT_MODULES_ENABLED: 'true', APPLICATIONS_API: 'kubernetes' },
    });
    expect(stderr).toBe('');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
        level: 'warning',
        msg: 'a setting of Argo CD Image Updater has no counterpart here',
        setting: 'ARGOCD_GIT_MODULES_ENABLED',
        instead: 'submodules are never fetched',
      },
    ]);
  });
});

describe('lynceus run', () => {
  it('stops the daemon when it is asked to end, and ends with 0', async () => {
    const stop = new AbortController();
    const log: string[] = [];
    const { app, asked } = fakeApp({
      runCycle: async () => report(),
      startDaemon: waitingDaemon(log, () => stop.abort(new Interruption('SIGTERM'))),
    });
    const { exitCode } = await run(['run', '--applications', 'apps', '--dry-run'], {
      app,
      signal: stop.signal,
    });
    expect(exitCode).toBe(0);
    expect(log).toEqual(['started', 'stopped']);
    expect(asked.cycles).toEqual([{ dryRun: true }]);
    expect(asked.closed).toBe(1);
  });

  it('ends with 1 when the daemon cannot start or breaks down', async () => {
    const refuses: App['startDaemon'] = async () => {
      throw new LynceusError('internal', 'port 8080 is in use');
    };
    const breaks: App['startDaemon'] = async () => ({
      stop: async () => undefined,
      done: Promise.reject(new LynceusError('internal', 'it broke')),
    });
    for (const [startDaemon, message] of [
      [refuses, 'port 8080 is in use'],
      [breaks, 'it broke'],
    ] as const) {
      const { app, asked } = fakeApp({ startDaemon });
      const { exitCode, stderr } = await run(['run', '--applications', 'apps'], { app });
      expect([exitCode, stderr]).toEqual([1, `lynceus: ${message}\n`]);
      expect(asked.closed).toBe(1);
    }
  });
});
