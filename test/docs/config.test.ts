import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONF_NAMES } from '../../src/config/registries-conf.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { DEFAULT_REGISTRY_LIMIT } from '../../src/core/registry-api.ts';
import { CONFIG_FILE_SETTING, SETTINGS } from '../../src/settings/settings.ts';
import { load } from '../config/given.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** Every key of the JSON schema as the settings write it: `git.remotes[].url`. */
function keysOf(schema: unknown, path = ''): readonly string[] {
  const { properties, items } = schema as {
    readonly properties?: Record<string, unknown>;
    readonly items?: unknown;
  };
  const here = path === '' || properties !== undefined ? [] : [path];
  const list =
    (items as { readonly properties?: unknown } | undefined)?.properties === undefined ? [] : [path];
  const below = Object.entries(properties ?? {}).flatMap(([key, child]) =>
    keysOf(child, path === '' ? key : `${path}.${key}`),
  );
  return list.length > 0 ? [path, ...keysOf(items, `${path}[]`)] : [...here, ...below];
}

describe('config/lynceus.yaml', () => {
  const text = read('config/lynceus.yaml');

  test('says the defaults', () => {
    expect(load({ fileText: text })).toEqual(load({}));
  });

  test('names its schema for editors', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./lynceus.schema.json');
  });

  test('shows every key, the ones without a default as an example', () => {
    const keys = SETTINGS.map(({ path }) => path.split('.').at(-1)?.replace('[]', '') ?? '');
    expect(keys.filter((key) => !new RegExp(`^[ #-]*${key}:`, 'm').test(text))).toEqual([]);
  });

  test('has examples that work once the # is taken away', () => {
    // Empty lists, the other half of an alternative and a file that is not there make room for the examples.
    const examples = text
      .replaceAll(/^(\s*)#(?! |$|\s*#)(.*)$/gm, '$1$2')
      .replaceAll(/^#( {2,}\S.*)$/gm, '$1')
      .replaceAll(/^( {2})#( {2,}\S.*)$/gm, '$1$2')
      .replaceAll(
        /^\s*(?:registries|remotes|pullRequests|matchLabels|platforms|signatures|namespaces|allowedNamespaces|exceptions|checks|minimumAge|services|routes|templates): \[\]\n/gm,
        '',
      )
      .replaceAll(/^ {2}(?:interval|jitter|messageTemplateFile): .*\n/gm, '');
    const config = load({ fileText: examples });
    expect(config).toMatchObject({
      applications: {
        namespaces: { kind: 'list', names: ['argocd', 'team-a'] },
        matchLabels: [{ key: 'team' }, { key: 'tier' }],
      },
      cluster: { context: 'production', leaseNamespace: 'argocd', shard: { index: 0, count: 3 } },
      secrets: { allowedNamespaces: ['shared-secrets'] },
      network: { exceptions: ['minio.corp.example:9000', '10.20.0.0/16'] },
      verification: { checks: [{}, {}, {}, {}, { name: 'analysis' }] },
      schedule: { kind: 'cron', timezone: 'Europe/Berlin' },
      git: {
        messageTemplate: 'build: automatic update of {{ .AppName }}\n',
        remotes: [
          { caFile: '/app/config/tls/github-ca.pem' },
          {},
          { apiUrl: 'https://ghe.example.com/api/v3' },
          {},
        ],
      },
      registries: [{ name: 'our registry', limit: DEFAULT_REGISTRY_LIMIT }, { awsExternalId: 'lynceus' }],
      platforms: [{}, {}],
      dockerConfigFile: '/app/config/docker/config.json',
    });
  });
});

describe('config/lynceus.schema.json', () => {
  test('is the schema of the code (UPDATE=1 writes it anew)', async () => {
    const file = new URL('config/lynceus.schema.json', ROOT);
    if (process.env['UPDATE'] === '1') {
      const style = await resolveConfig(file);
      writeFileSync(file, await format(JSON.stringify(configJsonSchema()), { ...style, parser: 'json' }));
    }
    expect(JSON.parse(read('config/lynceus.schema.json'))).toEqual(configJsonSchema());
  });

  test('knows the keys of the table of settings, and no others', () => {
    const keys = keysOf(configJsonSchema());
    expect(new Set(keys)).toEqual(new Set(SETTINGS.map(({ path }) => path)));
  });

  test('has patterns that editors can read', () => {
    const patterns = [...JSON.stringify(configJsonSchema()).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
    expect(patterns.length).toBeGreaterThan(10);
    for (const [, pattern = ''] of patterns)
      expect(() => new RegExp(JSON.parse(pattern) as string, 'u')).not.toThrow();
  });

  test('explains every key and tells the defaults', () => {
    const text = JSON.stringify(configJsonSchema());
    expect(
      SETTINGS.filter(({ description }) => !text.includes(JSON.stringify(description))).map(
        ({ flag }) => flag,
      ),
    ).toEqual(['--application-namespace <namespaces>', '--max-concurrency <number>']);
    expect(text).toContain('"default":"2m0s"');
  });
});

describe('docs/configuration.md', () => {
  const file = new URL('docs/configuration.md', ROOT);
  if (process.env['UPDATE'] === '1') writeFileSync(file, generated(readFileSync(file, 'utf8')));
  const text = readFileSync(file, 'utf8');

  test('has the rows of the table of settings (UPDATE=1 writes them anew)', () => {
    expect(text).toBe(generated(text));
  });

  test('names every other variable and flag that is looked at', () => {
    for (const name of [CONFIG_FILE_SETTING.flag, CONFIG_FILE_SETTING.env, CONFIG_FILE_SETTING.default]) {
      expect(text).toContain(`\`${name}\``);
    }
  });

  test('has examples that work', () => {
    const blocks = [...text.matchAll(/^```(yaml|conf)\n(.*?)^```$/gms)];
    expect(blocks.length).toBeGreaterThanOrEqual(3);
    for (const [, kind, block = ''] of blocks) {
      expect(parse(block)).toBeTypeOf('object');
      const given = kind === 'yaml' ? { fileText: block } : { registriesText: block };
      expect(() => load(given)).not.toThrow();
    }
  });
});

describe('registries.conf', () => {
  test.each([
    ['docs/registries.md', (name: string) => `\`${name}\``],
    ['config/registries.conf', (name: string) => name],
  ])('%s explains every key', (file, written) => {
    const text = read(file);
    expect([...CONF_NAMES.keys()].filter((name) => !text.includes(written(name)))).toEqual([]);
  });
});

/** The page with its tables as the table of settings has them. */
function generated(page: string): string {
  const keys = SETTINGS.map(({ path, flag, env, default: standard, about }) =>
    [code(path), code(flag), code(env), code(standard), about].join(' | '),
  );
  const names = [...CONF_NAMES].map(([conf, key]) => [code(conf), code(key)].join(' | '));
  return withRows(withRows(page, '| key | flag ', keys), '| registries.conf ', names);
}

/** The page with these rows in the table whose head begins so. */
function withRows(page: string, head: string, rows: readonly string[]): string {
  const lines = page.split('\n');
  const first = lines.findIndex((line) => line.startsWith(head)) + 2;
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  return lines.toSpliced(first, length, ...rows.map((row) => `| ${row} |`)).join('\n');
}

function code(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `\`${text}\``;
}
