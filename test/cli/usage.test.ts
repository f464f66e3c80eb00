import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeApp, report, run } from './run-in-process.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
  writeFileSync(join(folder, 'broken.yaml'), 'git: [\n');
  writeFileSync(join(folder, 'faulty.yaml'), 'git:\n  author: { mail: x }\nschedule: { interval: 2 days }\n');
  writeFileSync(join(folder, 'huge.yaml'), `# ${'x'.repeat(1_100_000)}\n`);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const COMMANDS = ['run', 'plan', 'test', 'lint', 'template', 'demo', 'version', 'completion'];

describe('help', () => {
  it('lists every command, examples and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await run(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('$ lynceus demo');
    expect(stdout).toContain('Exit codes: 0 all well; 1 it ran and something failed; 2');
  });

  it.each(COMMANDS)('of %s goes to standard output', async (command) => {
    for (const argv of [
      [command, '--help'],
      ['help', command],
    ]) {
      const { exitCode, stdout, stderr } = await run(argv);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`Usage: lynceus ${command}`);
    }
  });

  it('is printed to standard error, with exit code 2, when no command is given', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: lynceus');
  });

  it('names the default and the environment variable of a setting', async () => {
    const { stdout } = await run(['run', '--help']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('(default: 2m0s; env: IMAGE_UPDATER_INTERVAL)');
  });

  it('is coloured for a terminal only', async () => {
    expect((await run(['--help'], { terminal: true })).stdout).toContain('\u001B[1mCommands:');
    expect((await run(['--help'])).stdout).not.toContain('\u001B');
  });
});

describe('a wrong command line', () => {
  const cases: readonly [string, readonly string[], string][] = [
    ['an unknown command', ['plann'], "unknown command 'plann' (did you mean plan?)"],
    [
      'an unknown option',
      ['plan', '--aplications', 'x'],
      "unknown option '--aplications' (did you mean --applications?)",
    ],
    ['a word that no output format is', ['plan', '--output', 'yaml'], 'Allowed choices are text, json, diff'],
    ['an option without its value', ['run', '--interval'], 'argument missing'],
    [
      'a switch with another value than true or false',
      ['run', '--dry-run=maybe'],
      "unknown option '--dry-run=maybe'",
    ],
    ['a test of no image', ['test'], "missing required argument 'image'"],
    ['a check of no path', ['lint'], "missing required argument 'path'"],
    ['too many arguments', ['version', 'x'], 'too many arguments'],
    ['a shell that we do not know', ['completion', 'csh'], 'Allowed choices are bash, zsh, fish'],
  ];
  it.each(cases)('with %s exits with 2 and says so', async (_, argv, message) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.split('\n').every((line) => line === '' || line.startsWith('lynceus: '))).toBe(true);
  });

  it('cannot send commands to the terminal by way of the error', async () => {
    expect((await run(['plan', '--\u001B[2J'])).stderr).not.toContain('\u001B');
  });
});

describe('a wrong configuration', () => {
  const plan = (...more: string[]): readonly string[] => ['plan', '--applications', 'apps', ...more];

  it('exits with 2 and lists every fault with its path and place', async () => {
    const { exitCode, stderr } = await run(plan('--config', join(folder, 'faulty.yaml')), {
      env: { MAX_CONCURRENT_APPS: 'many' },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/git\.author\.mail: .*line 2/);
    expect(stderr).toMatch(/schedule\.interval: .*line 3/);
    expect(stderr).toMatch(/applications\.concurrency: .*MAX_CONCURRENT_APPS/);
  });

  const cases: readonly [string, () => readonly string[], RegExp][] = [
    [
      'a configuration file that is not there',
      () => plan('--config', join(folder, 'none.yaml')),
      /none\.yaml.*cannot be read/,
    ],
    [
      'a configuration file that is a folder',
      () => plan('--config', folder),
      /cannot be read: it is a folder/,
    ],
    [
      'a configuration file that is no YAML',
      () => plan('--config', join(folder, 'broken.yaml')),
      /broken\.yaml.*line/,
    ],
    [
      'a configuration file beyond all measure',
      () => plan('--config', join(folder, 'huge.yaml')),
      /larger than 1048576 bytes/,
    ],
    [
      'a registries.conf that is not there',
      () => plan('--strict', '--registries-conf-path', join(folder, 'none.conf')),
      /registriesFile: .*none\.conf/,
    ],
    [
      'a duration that is none',
      () => ['run', '--applications', 'a', '--interval', '2 minutes'],
      /schedule\.interval.*--interval/,
    ],
    [
      'a cron expression that is none',
      () => ['run', '--applications', 'a', '--schedule', 'often'],
      /schedule\.cron.*--schedule/,
    ],
    [
      'both an interval and a cron expression',
      () => ['run', '--applications', 'a', '--schedule', '* * * * *', '--interval', '2m'],
      /cannot be set together/,
    ],
    [
      'a port that is none',
      () => ['run', '--applications', 'a', '--health-port', '99999'],
      /server\.healthPort.*--health-port/,
    ],
  ];
  it.each(cases)('(%s) exits with 2', async (_, argv, message) => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    const { exitCode, stdout, stderr } = await run(argv(), { app });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(asked.configs).toEqual([]);
  });
});
