import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_REGISTRY_LIMIT } from '../../src/config/defaults.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { CONFIG_FILE_SETTING, SETTINGS } from '../../src/config/settings.ts';
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
        /^\s*(?:registries|remotes|pullRequests|matchLabels|platforms|namespaces|allowedNamespaces): \[\]\n/gm,
        '',
      )
      .replaceAll(/^\s*(?:interval|jitter|messageTemplateFile): .*\n/gm, '');
    const config = load({ fileText: examples });
    expect(config).toMatchObject({
      applications: {
        namespaces: { kind: 'list', names: ['argocd', 'team-a'] },
        matchLabels: [{ key: 'team' }, { key: 'tier' }],
      },
      cluster: { context: 'production', leaseNamespace: 'argocd', shard: { index: 0, count: 3 } },
      secrets: { allowedNamespaces: ['shared-secrets'] },
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
  const text = read('docs/configuration.md');
  const rows = [...text.matchAll(/^\| `([\w.[\]]+)` \| (.*?) \| (.*?) \| (.*?) \|/gm)].map(([, ...cells]) =>
    cells.map(plain),
  );

  test('has one row for each setting, with its flag, variable and default', () => {
    const settings = SETTINGS.map(({ path, flag, env, default: standard }) => [
      path,
      flag ?? '',
      env ?? '',
      standard,
    ]);
    expect(rows).toEqual(settings);
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

function plain(cell: string): string {
  return cell.replaceAll('`', '').trim();
}
