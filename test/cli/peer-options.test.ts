import { describe, expect, it } from 'vitest';
import { PEER_OPTIONS } from '../../src/settings/peer-options.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { fakeApp, report, run } from './run-in-process.ts';

const MESSAGE = 'a setting of Argo CD Image Updater has no counterpart here';

const FOUND = {
  image: 'acme/api',
  strategy: 'semver',
  candidate: '1.4.2',
  digest: undefined,
  tagsSeen: 1,
  tagsConsidered: 1,
  requests: 1,
  reason: '1.4.2 is the newest version',
  login: { identity: 'anonymous', why: '' },
} as const;

/** One cycle, and what was logged that is worth a warning. */
async function warningsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { app, asked } = fakeApp({ runCycle: async () => report() });
  const all = ['run', '--once', '--applications', 'apps', '--logformat', 'json', ...argv];
  const { exitCode, stdout, stderr } = await run(all, { app, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(asked.cycles).toEqual([{ dryRun: false }]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { msg: string; setting: string; instead: string });
}

const RUN_FLAGS = PEER_OPTIONS.flatMap(({ flag, commands = [], harmless = [], instead }) =>
  flag !== undefined && commands.includes('run') ? [{ flag, harmless, instead }] : [],
);

describe('flags of Argo CD Image Updater that no setting stands for', () => {
  it.each(RUN_FLAGS)('$flag starts, and one line says what is done instead', async (row) => {
    const [long = '', value = ''] = row.flag.split(' ');
    const forms = [[`${long}=true`], [long, 'true'], ...(value.startsWith('[') ? [[long]] : [])];
    for (const form of forms) {
      const warnings = await warningsOf(form);
      const instead = row.instead.replaceAll('`', '');
      expect(warnings, form.join(' ')).toEqual(
        row.harmless.includes('true')
          ? []
          : [expect.objectContaining({ msg: MESSAGE, setting: long, instead })],
      );
    }
    for (const harmless of row.harmless) expect(await warningsOf([`${long}=${harmless}`])).toEqual([]);
  });

  it.each(
    PEER_OPTIONS.flatMap(({ env, harmless = [], instead }) =>
      env === undefined ? [] : [{ env, harmless, instead }],
    ),
  )(
    'the variable $env starts, and one line says what is done instead',
    async ({ env, harmless, instead }) => {
      expect(await warningsOf([], { [env]: 'S3cret' })).toEqual([
        expect.objectContaining({ msg: MESSAGE, setting: env, instead: instead.replaceAll('`', '') }),
      ]);
      for (const value of ['', ...harmless, ...harmless.map((text) => ` ${text.toUpperCase()} `)])
        expect(await warningsOf([], { [env]: value }), value).toEqual([]);
    },
  );

  it('a flag that is also a variable is one line', async () => {
    const warnings = await warningsOf(['--argocd-server-addr', 'a.example'], { ARGOCD_SERVER: 'b.example' });
    expect(warnings.map(({ setting }) => setting)).toEqual(['--argocd-server-addr']);
  });

  it('no line has the value, which may be a token', async () => {
    const warnings = await warningsOf(['--argocd-auth-token', 'hunter2'], { ARGOCD_TOKEN: 'hunter2' });
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain('hunter2');
  });

  it('help and completion do not offer them', async () => {
    const { stdout } = await run(['run', '--help']);
    expect(stdout).toContain('--interval');
    const { stdout: script } = await run(['completion', 'bash']);
    expect(script).toContain('--interval');
    for (const { flag } of RUN_FLAGS) {
      expect(stdout).not.toContain(flag.split(' ')[0]);
      expect(script).not.toContain(flag.split(' ')[0]);
    }
  });

  it('none of them is a setting too', () => {
    const settings = SETTINGS.flatMap(({ flag, env }) => [flag?.split(' ')[0], env]).filter(Boolean);
    const options = PEER_OPTIONS.flatMap(({ flag, env }) => [flag?.split(' ')[0], env]).filter(Boolean);
    expect(options.filter((name) => settings.includes(name))).toEqual([]);
    expect(new Set(options).size).toBe(options.length);
  });
});

describe('lynceus test, with flags of Argo CD Image Updater', () => {
  it.each([
    [['--disable-kubernetes'], 'lynceus: --disable-kubernetes: '],
    [['--disable-kubernetes=false'], ''],
    [['--disable-kubernetes-events'], ''],
    [['--kubeconfig', '/nowhere', '--context', 'x'], ''],
    [['--rate-limit', '5'], ''],
  ])('takes %j', async (flags, says) => {
    const { app, asked } = fakeApp({ testImage: async () => FOUND });
    const { exitCode, stderr } = await run(['test', 'acme/api', ...flags], { app });
    expect(exitCode).toBe(0);
    expect(stderr.slice(0, says.length || undefined)).toBe(says);
    expect(asked.tests).toHaveLength(1);
  });

  it.each(['0', '-1', 'many', '1.5', ''])('refuses --rate-limit=%s', async (limit) => {
    const { exitCode, stderr } = await run(['test', 'acme/api', `--rate-limit=${limit}`]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('expected a whole number from 1 to 99999');
  });
});

describe('options before the command', () => {
  it.each([
    [['--once', 'run', '--applications', 'apps']],
    [['--interval=5m', '--once', 'run', '--applications', 'apps']],
    [['--interval', '5m', 'run', '--once', '--applications', 'apps']],
    [['--dry-run=false', '--once=true', 'run', '--applications', 'apps']],
  ])('%j are those of the command', async (argv) => {
    const { app, asked } = fakeApp({ runCycle: async () => report() });
    const { exitCode, stderr } = await run(argv, { app });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(asked.cycles).toEqual([{ dryRun: false }]);
  });

  it.each([[['--version']], [['--help', 'run']], [['help', 'run']]])('%j is left alone', async (argv) => {
    expect((await run(argv)).exitCode).toBe(0);
  });

  it('without a command there is none', async () => {
    expect((await run(['--interval', '5m'])).exitCode).toBe(2);
  });
});
