import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeApp, report, run } from './run-in-process.ts';

const ENV = { IMAGE_UPDATER_INTERVAL: 'bad', MAX_CONCURRENT_APPS: '5' };
const RUN = ['run', '--once', '--applications', 'apps', '--logformat', 'json'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
  writeFileSync(join(folder, 'app.yaml'), '');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a variable with which Argo CD Image Updater starts', () => {
  it('is one warning of lynceus run, and the others count', async () => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    const { exitCode, stdout, stderr } = await run(RUN, { app, env: ENV });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 'warning',
        msg: 'a setting cannot be used',
        reason:
          'schedule.interval: expected a duration from 0s to 168h0m0s such as 2m0s or 1h30m, found "bad"',
        place: 'environment variable IMAGE_UPDATER_INTERVAL',
        used: '2m0s',
      },
    ]);
    expect(asked.configs[0]).toMatchObject({
      applications: { concurrency: 5 },
      schedule: { every: 120_000 },
      passedFaults: [{ path: 'schedule.interval' }],
    });
  });

  it.each([['--strict'], ['--strict=true']])('ends lynceus run %s', async (flag) => {
    const { exitCode, stderr } = await run([...RUN, flag], { env: ENV });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('schedule.interval: expected a duration');
  });

  it('is a line on standard error of a command that logs nothing', async () => {
    const { app } = fakeApp({ runCycle: async () => report() });
    const { exitCode, stderr } = await run(['plan', '--applications', 'apps'], { app, env: ENV });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^lynceus: schedule\.interval: expected .*INTERVAL\); used is 2m0s\n$/);
  });

  it('ends lynceus lint', async () => {
    const { exitCode, stderr } = await run(['lint', folder], { env: ENV });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('schedule.interval: expected a duration');
    expect((await run(['lint', folder], { env: { MAX_CONCURRENT_APPS: '5' } })).exitCode).toBe(0);
  });

  it('is no reason to start with a key of lynceus.yaml that cannot be used', async () => {
    const config = join(folder, 'lynceus.yaml');
    writeFileSync(config, 'schedule: { interval: bad }\n');
    expect((await run([...RUN, '--config', config])).exitCode).toBe(2);
  });
});

describe('an interval of 0', () => {
  it.each([['0'], ['0s'], ['-1s']])('%s and no port for probes are one cycle', async (interval) => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    const argv = ['run', '--applications', 'apps', `--interval=${interval}`, '--health-port=0'];
    expect((await run(argv, { app })).exitCode).toBe(0);
    expect(asked.cycles).toEqual([{ dryRun: false }]);
  });

  it('alone is one cycle and those that changes start', async () => {
    const { app, asked } = fakeApp({
      startDaemon: async () => ({ done: Promise.resolve(), stop: async () => undefined }),
    });
    expect((await run(['run', '--applications', 'apps', '--interval=0'], { app })).exitCode).toBe(0);
    expect(asked.configs[0]?.schedule).toEqual({ kind: 'changes' });
    expect(asked.cycles).toEqual([]);
  });
});
