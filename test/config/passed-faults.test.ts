import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { ConfigInput } from '../../src/config/load.ts';
import { caught } from '../helpers/thrown.ts';
import { load } from './given.ts';

interface PassedRow {
  readonly input: Partial<ConfigInput>;
  /** How the key is named, and what is used instead. */
  readonly path: string;
  readonly used: string;
  readonly origin: string;
  /** Part of the configuration that counts then. */
  readonly config?: unknown;
}

const variable = (name: string, text: string, path: string, used: string): PassedRow => ({
  input: { env: { [name]: text } },
  path,
  used,
  origin: `environment variable ${name}`,
});

const flag = (name: string, text: string, path: string, used: string): PassedRow => ({
  input: { flags: { [name]: text } },
  path,
  used,
  origin: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
});

const ENTRY = { name: 'A', api_url: 'https://a.example', prefix: 'a.example' };
const GOOD = { name: 'B', api_url: 'https://b.example', prefix: 'b.example', limit: 7 };

/** Entries of registries.conf, the second of them without a fault. */
const conf = (
  entry: Readonly<Record<string, unknown>>,
  path: string,
  used: string,
  kept: number,
): PassedRow => ({
  input: {
    registriesText: `registries:\n- ${JSON.stringify({ ...ENTRY, ...entry })}\n- ${JSON.stringify(GOOD)}\n`,
  },
  path: `registries[0].${path}`,
  used,
  origin: 'registries.conf, line 2',
  config: kept === 2 ? [{ name: 'A' }, { name: 'B', limit: 7 }] : [{ name: 'B', limit: 7 }],
});

const NO_KEY = 'nothing, as if the key were not there';
const NO_ENTRY = 'nothing, as if the entry were not there';

// One value a row: this is a table.
// prettier-ignore
const PASSED: readonly PassedRow[] = [
  variable('IMAGE_UPDATER_INTERVAL', 'bad', 'schedule.interval', '2m0s'),
  variable('IMAGE_UPDATER_INTERVAL', '120', 'schedule.interval', '2m0s'),
  variable('IMAGE_UPDATER_INTERVAL', '5 m', 'schedule.interval', '2m0s'),
  variable('IMAGE_UPDATER_INTERVAL', '1d', 'schedule.interval', '2m0s'),
  variable('IMAGE_UPDATER_INTERVAL', '2000h', 'schedule.interval', '2m0s'),
  variable('IMAGE_UPDATER_INTERVAL', '200ms', 'schedule.interval', '1s'),
  variable('MAX_CONCURRENT_APPS', '500', 'applications.concurrency', '10'),
  variable('MAX_CONCURRENT_APPS', '0', 'applications.concurrency', '10'),
  variable('MAX_CONCURRENT_APPS', '-3', 'applications.concurrency', '10'),
  variable('MAX_CONCURRENT_APPS', 'many', 'applications.concurrency', '10'),
  variable('MAX_CONCURRENT_APPS', '1e1', 'applications.concurrency', '10'),
  variable('IMAGE_UPDATER_KUBE_EVENTS', 'no', 'cluster.events', 'true'),
  variable('GIT_COMMIT_SIGN_OFF', 'perhaps', 'git.signOff', 'false'),
  variable('GIT_COMMIT_SIGN_OFF', 'yes', 'git.signOff', 'false'),
  variable('GIT_COMMIT_SIGNING_METHOD', 'x509', 'git.signing.method', 'openpgp'),
  variable('GIT_COMMIT_USER', '<me>', 'git.author.name', 'argocd-image-updater'),
  variable('GIT_COMMIT_EMAIL', 'nobody', 'git.author.email', 'noreply@argoproj.io'),
  variable('ARGOCD_EXEC_TIMEOUT', '90', 'git.timeout', '1m30s'),
  variable('ARGOCD_EXEC_TIMEOUT', '0s', 'git.timeout', '1m30s'),
  variable('ENABLE_WEBHOOK', 'on', 'webhooks.enabled', 'false'),
  variable('DISABLE_TLS', 'yes', 'webhooks.tls', 'true'),
  variable('WEBHOOK_REQUIRE_SECRET', 'off', 'webhooks.requireSecret', 'true'),
  variable('WEBHOOK_PORT', '99999', 'webhooks.port', 'nothing, as if it were not set'),
  variable('WEBHOOK_PORT', 'http', 'webhooks.port', 'nothing, as if it were not set'),
  variable('WEBHOOK_RATELIMIT_ALLOWED', '-1', 'webhooks.perHour', '0'),
  flag('interval', '500ms', 'schedule.interval', '1s'),
  flag('interval', '2000h', 'schedule.interval', '2m0s'),
  flag('maxConcurrentApps', '500', 'applications.concurrency', '10'),
  flag('gitCommitEmail', 'nobody', 'git.author.email', 'noreply@argoproj.io'),
  flag('gitCommitUser', 'a <b>', 'git.author.name', 'argocd-image-updater'),
  flag('gitCommitSigningMethod', 'x509', 'git.signing.method', 'openpgp'),
  flag('webhookRatelimitAllowed', '-5', 'webhooks.perHour', '0'),
  flag('healthPort', '-1', 'server.healthPort', '8080'),
  flag('registriesConfPath', '/nowhere', 'registriesFile', 'what counts without such a file'),
  flag('gitCommitMessagePath', '/nowhere', 'git.messageTemplateFile', 'what counts without such a file'),
  conf({ limit: -1 }, 'limit', NO_KEY, 2),
  conf({ limit: 100_000 }, 'limit', NO_KEY, 2),
  conf({ credsexpire: 300 }, 'credsexpire', NO_KEY, 2),
  conf({ credsexpire: '-5m' }, 'credsexpire', NO_KEY, 2),
  conf({ credentials: 'user:hunter2' }, 'credentials', NO_KEY, 2),
  conf({ defaultns: 'Library!' }, 'defaultns', NO_KEY, 2),
  conf({ prefix: 'https://a.example' }, 'prefix', NO_ENTRY, 1),
  conf({ prefix: '' }, 'prefix', NO_ENTRY, 1),
  conf({ api_url: 'a.example' }, 'api_url', NO_ENTRY, 1),
];

describe('a value with which Argo CD Image Updater starts', () => {
  test.each(PASSED)('$origin, $path: $used', ({ input, path, used, origin, config }) => {
    const loaded = load({ ...input, lenient: true });
    expect(loaded.passedFaults).toEqual([{ path, used, origin, message: expect.any(String) as string }]);
    const usual = load({});
    const { passedFaults: _faults, registries, schedule, ...rest } = loaded;
    // Nothing else is another than without the value; webhooks are empty where a port is not set.
    if (config !== undefined) expect(registries).toMatchObject(config as Config['registries']);
    else expect(registries).toEqual([]);
    if (used !== '1s') expect(schedule).toEqual(usual.schedule);
    expect(rest).toEqual(Object.fromEntries(Object.entries(usual).filter(([key]) => key in rest)));
  });

  test.each(PASSED)('$origin, $path: is a fault where nothing is passed over', ({ input, path }) => {
    expect(caught(() => load(input)).message).toContain(`\n${path}: `);
  });

  test('gives way to the value of the file', () => {
    const fileText = 'schedule: { interval: 7m }\napplications: { concurrency: 3 }\n';
    const env = { IMAGE_UPDATER_INTERVAL: 'bad', MAX_CONCURRENT_APPS: '500' };
    const { schedule, applications, passedFaults } = load({ fileText, env, lenient: true });
    expect(schedule).toMatchObject({ every: 420_000 });
    expect(applications.concurrency).toBe(3);
    expect(passedFaults.map(({ used }) => used)).toEqual(['3', '7m']);
  });

  test('says no secret', () => {
    const rows = PASSED.filter(({ input }) => JSON.stringify(input).includes('hunter2'));
    expect(rows).toHaveLength(1);
    for (const { input } of rows)
      expect(JSON.stringify(load({ ...input, lenient: true }).passedFaults)).not.toContain('hunter2');
  });

  test('of two entries of registries.conf with one prefix the later counts', () => {
    const registriesText = `registries:\n- ${JSON.stringify(ENTRY)}\n- ${JSON.stringify({ ...GOOD, prefix: 'a.example' })}\n`;
    const { registries, passedFaults } = load({ registriesText, lenient: true });
    expect(registries.map(({ name }) => name)).toEqual(['B']);
    expect(passedFaults).toMatchObject([{ path: 'registries[1].prefix', used: 'the later entry' }]);
  });
});

describe('a fault with which Argo CD Image Updater ends, or that is ours', () => {
  const two = (first: object, second: object) => ({
    registriesText: `registries:\n- ${JSON.stringify(first)}\n- ${JSON.stringify(second)}\n`,
  });
  // prettier-ignore
  const FATAL: readonly [string, Partial<ConfigInput>][] = [
    ['the level of the log', { env: { IMAGE_UPDATER_LOGLEVEL: 'chatty' } }],
    ['the form of the log', { env: { IMAGE_UPDATER_LOGFORMAT: 'xml' } }],
    ['how commits are made', { env: { GIT_COMMIT_METHOD: 'graphql' } }],
    ['a signing key that is an option', { env: { GIT_COMMIT_SIGNING_KEY: '--output=/x' } }],
    ['a version of TLS', { env: { TLS_MIN_VERSION: '1.7' } }],
    ['a flag that is no duration', { flags: { interval: 'soon' } }],
    ['a flag that is empty', { flags: { interval: '' } }],
    ['a flag that is no number', { flags: { maxConcurrentApps: 'many' } }],
    ['a flag below 1', { flags: { maxConcurrentApps: '0' } }],
    ['a flag that is no truth value', { flags: { leaderElection: 'perhaps' } }],
    ['a port beyond all', { flags: { metricsPort: '70000' } }],
    ['a variable of ours', { env: { GIT_LOGIN_FOR: 'x y' } }],
    ['lynceus.yaml: an interval', { fileText: 'schedule: { interval: bad }' }],
    ['lynceus.yaml: a limit', { fileText: 'registries: [{ name: A, apiUrl: "https://a.example", prefix: a.example, limit: -1 }]' }],
    ['lynceus.yaml: one prefix twice', { fileText: 'registries: [{ name: A, apiUrl: "https://a.example", prefix: a.example }, { name: B, apiUrl: "https://b.example", prefix: a.example }]' }],
    ['registries.conf: no YAML', { registriesText: 'registries: [' }],
    ['registries.conf: an unknown key', two({ ...ENTRY, colour: 'red' }, GOOD)],
    ['registries.conf: no name', two({ ...ENTRY, name: '' }, GOOD)],
    ['registries.conf: no api_url', two({ ...ENTRY, api_url: '' }, GOOD)],
    ['registries.conf: two without prefix', two({ ...ENTRY, prefix: '' }, { ...GOOD, prefix: '' })],
    ['registries.conf: two defaults', two({ ...ENTRY, default: true }, { ...GOOD, default: true })],
    ['registries.conf: an unknown order of tags', two({ ...ENTRY, tagsortmode: 'newest' }, GOOD)],
    ['registries.conf: no number', two({ ...ENTRY, limit: 'many' }, GOOD)],
    ['registries.conf: no duration', two({ ...ENTRY, credsexpire: 'soon' }, GOOD)],
    ['registries.conf: no truth value', two({ ...ENTRY, insecure: 'perhaps' }, GOOD)],
    ['registries.conf: a key of ours', two({ ...ENTRY, mirror: 'x' }, GOOD)],
    ['registries.conf of lynceus.yaml that is not there', { fileText: 'registriesFile: /nowhere' }],
    ['the template', { messageTemplateText: '{{ .AppName ' }],
  ];
  test.each(FATAL)('%s stays fatal', (_, input) => {
    expect(caught(() => load({ ...input, lenient: true })).code).toBe('config-invalid');
  });

  test('is listed with what would have been passed over', () => {
    const env = { IMAGE_UPDATER_INTERVAL: 'bad', IMAGE_UPDATER_LOGLEVEL: 'chatty' };
    expect(caught(() => load({ env, lenient: true })).message).toContain('the configuration has 2 faults:');
  });
});
