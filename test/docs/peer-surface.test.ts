import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setAt } from '../../src/config/tree.ts';
import { readImageUpdater } from '../../src/argocd/parse-image-updater.ts';
import { createMetrics } from '../../src/reporters/metrics.ts';
import { PEER_OPTIONS, type PeerOption } from '../../src/settings/peer-options.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { WEBHOOK_SECRET_FLAGS, WEBHOOK_SECRET_KEYS } from '../../src/settings/webhook-secrets.ts';
import { updaterManifest } from '../argocd/an-updater.ts';
import { fakeApp, report, run } from '../cli/run-in-process.ts';
import {
  PEER_FIELDS,
  PEER_FLAGS,
  PEER_METRICS,
  PEER_VARIABLES,
  type PeerFlag,
  type PeerVariable,
} from '../fixtures/peer/surface.ts';
import { THEIR_CONFIG_KEYS, THEIR_SECRET_KEYS, type ConfigKey } from '../manifests/config-keys.ts';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);

/** What a name of a flag or variable becomes: a setting, or a sentence; undefined when nothing is known of it. */
function becomes(
  is: (one: { readonly flag?: string | undefined; readonly env?: string | undefined }) => boolean,
) {
  const setting = SETTINGS.find(is);
  if (setting !== undefined) return `\`${setting.path}\``;
  const option: PeerOption | undefined = PEER_OPTIONS.find(is);
  return option === undefined ? undefined : `accepted: ${option.instead}`;
}

function ofFlag({ command, flag, own }: PeerFlag): string | undefined {
  const secret = WEBHOOK_SECRET_FLAGS.find((one) => one.flag.split(' ')[0] === flag);
  if (secret !== undefined) return `\`webhooks.secrets.${WEBHOOK_SECRET_KEYS[secret.type] ?? ''}\``;
  if (own === true) return `\`lynceus ${command} ${flag}\``;
  return becomes((one) => one.flag?.split(' ')[0] === flag);
}

function ofVariable(name: string, told?: string): string | undefined {
  const secret = SETTINGS.find((setting) => setting.default === `env:${name}`);
  return told ?? (secret === undefined ? becomes(({ env }) => env === name) : `\`${secret.path}\``);
}

function ofKey({ becomes: what }: ConfigKey): string | undefined {
  if (what.startsWith('/')) return `the file \`${what}\``;
  return ofVariable(what) === undefined ? undefined : `\`${what}\``;
}

/** The table of the page. */
function rows(): readonly string[] {
  const row = (what: string, releases: string, here: string | undefined): string =>
    `| ${what} | ${releases} | ${here ?? '?'} |`;
  const keyRow = (object: string) => (key: ConfigKey) =>
    row(`\`${key.key}\` of ${object}`, releasesOf(key.becomes), ofKey(key));
  return [
    ...PEER_FLAGS.map((flag) => row(`\`${flag.command} ${flag.flag}\``, flag.releases, ofFlag(flag))),
    ...PEER_VARIABLES.map(({ name, releases, told }) => row(`\`${name}\``, releases, ofVariable(name, told))),
    ...THEIR_CONFIG_KEYS.filter(isKnown).map(keyRow('the ConfigMap')),
    ...THEIR_SECRET_KEYS.filter(isKnown).map(keyRow('the Secret')),
    ...PEER_METRICS.map(({ name, releases, instead }) => row(`\`${name}\``, releases, instead ?? 'the same')),
    ...PEER_FIELDS.map(({ path, releases }) => row(`\`spec.${path}\``, releases, 'the same')),
  ];
}

function releasesOf(variable: string): string {
  return PEER_VARIABLES.find(({ name }) => name === variable)?.releases ?? 'all';
}

function isKnown(key: ConfigKey): boolean {
  return ofKey(key) !== undefined;
}

describe('the table of everything that Argo CD Image Updater has', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
  const page = readFileSync(PAGE, 'utf8');

  test('stands in docs/compatibility.md (UPDATE=1 writes it anew)', () => {
    expect(page).toBe(withTable(page));
  });

  test('says of each row what becomes of it', () => {
    expect(rows().filter((row) => row.includes('| ? |'))).toEqual([]);
    expect(rows().length).toBeGreaterThan(150);
  });

  test('has every key of its manifests', () => {
    const keys = [...THEIR_CONFIG_KEYS, ...THEIR_SECRET_KEYS];
    expect(keys.filter((key) => !isKnown(key))).toEqual([]);
  });

  test('has every row of ours that is there for it', () => {
    const named: readonly (string | undefined)[] = [
      ...PEER_FLAGS.map(({ flag }) => flag),
      ...PEER_VARIABLES.map(({ name }) => name),
    ];
    const ours = PEER_OPTIONS.flatMap(({ flag, env }) => [flag?.split(' ')[0], env]);
    expect(ours.filter((name) => name !== undefined && !named.includes(name))).toEqual([]);
  });
});

const FOUND = {
  image: 'acme/api',
  strategy: 'semver',
  candidate: undefined,
  digest: undefined,
  tagsSeen: 0,
  tagsConsidered: 0,
  requests: 0,
  reason: 'nothing',
  login: { identity: 'anonymous', why: '' },
} as const;

/** A command line that does nothing outside, with these arguments and variables. */
async function started(
  command: PeerFlag['command'],
  more: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const { app } = fakeApp({
    runCycle: async () => report(),
    testImage: async () => FOUND,
    startDaemon: async () => ({ done: Promise.resolve(), stop: async () => undefined }),
  });
  const argv = {
    run: ['run', '--once', '--applications', 'apps'],
    test: ['test', 'acme/api'],
    webhook: ['webhook', '--applications', 'apps'],
    version: ['version'],
  }[command];
  return await run([...argv, ...more], { app, env });
}

describe('nothing of it keeps Lynceus from starting', () => {
  test.each(PEER_FLAGS)('$command $flag', async ({ command, flag, value }: PeerFlag) => {
    const forms =
      value === undefined
        ? [[flag], [`${flag}=true`], [`${flag}=false`]]
        : [[`${flag}=${value}`], [flag, value]];
    // Own switches of `version` take no value.
    const taken = command === 'version' ? forms.slice(0, 1) : forms;
    for (const form of taken) {
      const { exitCode, stderr } = await started(command, form);
      expect({ form, exitCode, stderr: stderr.replace(/^lynceus: --disable-kubernetes: .*\n/, '') }).toEqual({
        form,
        exitCode: 0,
        stderr: '',
      });
    }
  });

  test.each(PEER_VARIABLES)('$name=$value', async ({ name, value }: PeerVariable) => {
    const { exitCode, stderr } = await started('run', [], { [name]: value });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('but a flag that neither of them has does', async () => {
    expect((await started('run', ['--argocd-grpc'])).exitCode).toBe(2);
  });
});

describe('its metrics', () => {
  test('are there, but for those that have nothing to count', async () => {
    const text = await createMetrics({ version: '1.0.0' }).text();
    for (const { name, instead } of PEER_METRICS)
      expect([name, text.includes(`# TYPE ${name} `)]).toEqual([name, instead === undefined]);
  });
});

const IMAGE = { alias: 'web', imageName: 'acme/web' };

/** A resource with one field, and what each needs. */
function withField(path: string, value: unknown): unknown {
  const [, inRef, inImage] = /^(applicationRefs\[\]\.)?(images\[\]\.)?/.exec(path) ?? [];
  const rest = path.slice((inRef ?? '').length + (inImage ?? '').length).split('.');
  const [image, ref, spec] = [{ ...IMAGE }, { namePattern: '*' }, {}] as Record<string, unknown>[];
  setAt((inImage === undefined ? (inRef === undefined ? spec : ref) : image) ?? {}, rest, value);
  // What may not be disabled without a key has one.
  return updaterManifest({ applicationRefs: [{ images: [image], ...ref }], ...spec });
}

describe('the fields of its resource', () => {
  test.each(PEER_FIELDS)('spec.$path is read', ({ path, value }) => {
    expect(readImageUpdater(withField(path, value), 'a.yaml')).toMatchObject({ kind: 'updater' });
  });

  test('a field that it does not have is a problem', () => {
    const paths = PEER_FIELDS.map(
      ({ path, value }) => readImageUpdater(withField(`${path}X`, value), 'a.yaml').kind,
    );
    expect(new Set(paths)).toEqual(new Set(['problem']));
  });
});

/** The page with the table as it follows from the code. */
function withTable(page: string): string {
  const lines = page.split('\n');
  const first = lines.findIndex((line) => line.startsWith('| Argo CD Image Updater | releases |')) + 2;
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  return lines.toSpliced(first, length, ...rows()).join('\n');
}
