import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkArchitecture, listLayers, type Home, type Layer } from './helpers/architecture-rules.ts';
import { checkCode, unusedExceptions, type CodeRules } from './helpers/code-rules.ts';
import { readModule, readModules } from './helpers/imports.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What every adapter may build on. */
const ADAPTER = { adapter: true, mayImportTypes: [] } as const;
const GROUND = ['core', 'errors', 'parse-url', 'version', 'ports', 'async', 'http', 'kube'] as const;

/** Who may import whom: docs/architecture.md tells why. */
const LAYERS: readonly Layer[] = [
  { name: 'errors', mayImport: [], packages: [], builtins: [] },
  { name: 'version', mayImport: [], packages: [], builtins: ['node:fs'] },
  { name: 'parse-url', mayImport: [], packages: [], builtins: [], pure: true },
  {
    name: 'core',
    mayImport: ['core', 'errors', 'parse-url'],
    packages: ['semver', 'minimatch', 're2js', 'croner'],
    builtins: ['node:crypto'],
    pure: true,
  },
  {
    name: 'edits',
    mayImport: ['edits', 'core', 'errors'],
    packages: ['yaml', 'diff'],
    builtins: [],
    pure: true,
  },
  { name: 'argocd', mayImport: ['argocd', 'core', 'errors'], packages: ['zod'], builtins: [], pure: true },
  { name: 'settings', mayImport: ['settings', 'core', 'errors', 'parse-url'], packages: ['zod'], pure: true },
  {
    name: 'ports',
    mayImport: [],
    mayImportTypes: ['ports', 'core', 'argocd', 'errors'],
    packages: [],
    builtins: [],
  },
  { name: 'config', mayImport: ['config', 'settings', 'core', 'errors'], packages: ['zod', 'yaml'] },
  { name: 'async', mayImport: ['async', 'errors'], mayImportTypes: ['ports'], packages: [] },
  {
    name: 'http',
    mayImport: ['http', 'async', 'errors', 'parse-url', 'version'],
    mayImportTypes: ['ports'],
    packages: ['got'],
  },
  { name: 'server', mayImport: ['server', 'errors'], mayImportTypes: ['ports'], packages: [] },
  {
    name: 'kube',
    mayImport: ['kube', 'async', 'http', 'errors', 'parse-url', 'version'],
    mayImportTypes: ['ports'],
    packages: ['@kubernetes/client-node', 'yaml'],
  },
  {
    name: 'aws',
    mayImport: ['aws', 'http', 'errors', 'version'],
    mayImportTypes: ['ports'],
    packages: ['@aws-sdk/client-ecr', '@aws-sdk/credential-providers'],
  },
  { name: 'processes', mayImport: ['processes', 'async', 'errors'], packages: [] },
  { name: 'sources', mayImport: ['sources', 'argocd', ...GROUND], packages: [] },
  {
    name: 'sources/files',
    mayImport: ['sources/files', 'sources', 'argocd', ...GROUND],
    packages: ['yaml', 'minimatch'],
    ...ADAPTER,
  },
  {
    name: 'sources/kubernetes',
    mayImport: ['sources/kubernetes', 'sources', 'argocd', ...GROUND],
    packages: ['minimatch'],
    ...ADAPTER,
  },
  {
    name: 'registries',
    mayImport: ['registries', 'aws', ...GROUND],
    packages: ['lru-cache'],
    adapter: true,
    mayImportTypes: ['settings'],
  },
  {
    name: 'signatures',
    mayImport: ['signatures', ...GROUND],
    packages: [
      '@noble/curves',
      '@sigstore/bundle',
      '@sigstore/core',
      '@sigstore/protobuf-specs',
      '@sigstore/tuf',
      '@sigstore/verify',
      'lru-cache',
      'tuf-js',
    ],
    ...ADAPTER,
  },
  { name: 'checks', mayImport: ['checks', ...GROUND], packages: ['lru-cache'], ...ADAPTER },
  {
    name: 'credentials',
    mayImport: ['credentials', 'processes', ...GROUND],
    packages: [],
    adapter: true,
    mayImportTypes: ['settings'],
  },
  {
    name: 'credentials/ecr',
    mayImport: ['credentials/ecr', 'credentials', 'aws', ...GROUND],
    packages: [],
    ...ADAPTER,
  },
  {
    name: 'credentials/azure',
    mayImport: ['credentials/azure', 'credentials', ...GROUND],
    packages: [],
    ...ADAPTER,
  },
  {
    name: 'credentials/google',
    mayImport: ['credentials/google', 'credentials', ...GROUND],
    packages: [],
    ...ADAPTER,
  },
  {
    name: 'writers',
    mayImport: ['writers', 'edits', 'processes', ...GROUND],
    packages: ['simple-git', 'diff'],
    ...ADAPTER,
  },
  { name: 'pull-requests', mayImport: ['pull-requests', ...GROUND], packages: ['zod'], ...ADAPTER },
  {
    name: 'triggers',
    mayImport: ['triggers', ...GROUND],
    packages: ['node-cron', 'zod', 'jose'],
    ...ADAPTER,
  },
  { name: 'pauses', mayImport: ['pauses', ...GROUND], packages: [], ...ADAPTER },
  {
    name: 'leadership',
    mayImport: ['leadership', 'core', 'errors', 'ports', 'kube'],
    packages: [],
    ...ADAPTER,
  },
  {
    name: 'write-results',
    mayImport: ['write-results', 'core', 'errors', 'ports', 'kube'],
    packages: ['zod'],
    ...ADAPTER,
  },
  {
    name: 'status',
    mayImport: ['status', 'server', ...GROUND],
    packages: [],
    ...ADAPTER,
  },
  {
    name: 'notifiers',
    mayImport: ['notifiers', ...GROUND],
    packages: ['nodemailer'],
    adapter: true,
    mayImportTypes: ['settings'],
  },
  {
    name: 'web',
    mayImport: ['web', 'core', 'errors', 'parse-url', 'ports'],
    mayImportTypes: ['server'],
    packages: [],
    builtins: ['node:crypto', 'node:fs'],
    pure: true,
    adapter: true,
  },
  { name: 'web/client', mayImport: ['web/client', 'web'], packages: [], builtins: [] },
  // Runs in the page of Argo CD, which brings React.
  {
    name: 'web/extension',
    mayImport: ['web/extension', 'web', 'parse-url'],
    mayImportTypes: ['core'],
    packages: [],
    builtins: [],
  },
  { name: 'reporters', mayImport: ['reporters', ...GROUND], packages: ['pino', 'prom-client'], ...ADAPTER },
  {
    name: 'app',
    mayImport: ['app', 'config', 'edits', 'argocd', 'sources', 'aws', 'server', ...GROUND],
    mayImportTypes: ['settings'],
    packages: ['p-limit', 'minimatch'],
  },
  {
    name: 'demo',
    mayImport: ['demo', 'processes', 'core', 'errors', 'parse-url'],
    mayImportTypes: ['app', 'ports'],
    packages: [],
  },
  {
    name: 'cli',
    mayImport: [
      'cli',
      'demo',
      'app',
      'config',
      'settings',
      'processes',
      'core',
      'errors',
      'parse-url',
      'version',
    ],
    mayImportTypes: ['ports', 'argocd'],
    packages: ['commander', 'diff', 'string-width', 'wrap-ansi', 'zod'],
  },
  { name: 'main', mayImport: ['cli', 'app', 'config', 'errors', 'version'], packages: [] },
];

/** What starts processes or changes how Node.js does: docs/decisions/0004-how-git-is-run.md; and what one folder alone is for. */
const HOMES: readonly Home[] = [
  { specifier: 'node:child_process', path: 'src/processes' },
  { specifier: 'node:diagnostics_channel', path: undefined },
  { specifier: 'simple-git', path: 'src/writers/git/run.ts' },
  { specifier: 'nodemailer', path: 'src/notifiers/email' },
];

const THE_REMOTE = 'remote.key, or a key of src/core/identity/branch.ts';

/** What code may not do, whatever it imports. */
const CODE: CodeRules = {
  words: [
    'deed',
    'verdict',
    'spoken',
    'campaign',
    'rival',
    'look around',
    'wish',
    'told',
    'surroundings',
    'doors',
    // `URL.canParse`: src/parse-url.ts says why not.
    'can parse',
  ],
  withoutJson: ['src/core', 'src/argocd', 'src/app', 'src/ports'],
  wireFormats: new Map([
    ['src/core/overrides/record.ts', 'trailers of commits quote as JSON does, and are read again'],
    ['src/core/pull-requests/marker.ts', 'the marker in the body of a pull request is JSON'],
    ['src/registries/cache/sightings.ts', 'the keys of these records are a part of the format of a file'],
  ]),
  spellings: [
    {
      text: 'remote.url',
      instead: THE_REMOTE,
      except: new Map([
        [
          'src/writers/git/connections.ts',
          'when one spelling fails another is tried, by a connection of its own',
        ],
      ]),
    },
    { text: 'remote.written', instead: THE_REMOTE, except: new Map() },
    { text: '.repoURL', instead: THE_REMOTE, except: new Map() },
  ],
};

/** Source texts that break a rule of imports, and what must be said of each. */
const VIOLATIONS: readonly (readonly [path: string, text: string, complaint: string])[] = [
  [
    'src/core/x.ts',
    "import { y } from '../http/y.ts';",
    'src/core/x.ts -> src/http/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "import type { Y } from '../ports/y.ts';",
    'src/core/x.ts -> src/ports/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "export { y } from '../edits/y.ts';",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "export * from '../edits/y.ts';",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "export type { Y } from '../edits/y.ts';",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "const y = await import('../edits/y.ts');",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "type Y = import('../edits/y.ts').Y;",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "import '../edits/y.ts';",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "const n = `${a /* ' */} ${await import('../edits/y.ts')}`;",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    "const q = /'/; import { y } from '../edits/y.ts';",
    'src/core/x.ts -> src/edits/y.ts (core may import: core, errors, parse-url)',
  ],
  [
    'src/core/x.ts',
    'await import(name);',
    'src/core/x.ts -> (computed) (core may use the packages: semver, minimatch, re2js, croner)',
  ],
  [
    'src/core/x.ts',
    "const y = require('got');",
    'src/core/x.ts -> got (core may use the packages: semver, minimatch, re2js, croner)',
  ],
  [
    'src/core/x.ts',
    "import got from 'got';",
    'src/core/x.ts -> got (core may use the packages: semver, minimatch, re2js, croner)',
  ],
  [
    'src/core/x.ts',
    "import { readFile } from 'node:fs/promises';",
    'src/core/x.ts -> node:fs/promises (core may use of Node.js: node:crypto)',
  ],
  [
    'src/edits/x.ts',
    "import { createHash } from 'node:crypto';",
    'src/edits/x.ts -> node:crypto (edits may use of Node.js: nothing)',
  ],
  [
    'src/kube/x.ts',
    "import { V1Pod } from '@scope/other/deep';",
    'src/kube/x.ts -> @scope/other/deep (kube may use the packages: @kubernetes/client-node, yaml)',
  ],
  [
    'src/ports/x.ts',
    "import { LynceusError } from '../errors.ts';",
    'src/ports/x.ts -> src/errors.ts (ports may import: ports (types), core (types), argocd (types), errors (types))',
  ],
  [
    'src/registries/x.ts',
    "import { y } from '../credentials/y.ts';",
    'src/registries/x.ts -> src/credentials/y.ts (registries may import: registries, aws, core, errors, parse-url, version, ports, async, http, kube, settings (types))',
  ],
  [
    'src/sources/files/x.ts',
    "import { y } from '../kubernetes/y.ts';",
    'src/sources/files/x.ts -> src/sources/kubernetes/y.ts (sources/files may import: sources/files, sources, argocd, core, errors, parse-url, version, ports, async, http, kube)',
  ],
  [
    'src/app/cycle.ts',
    "import { y } from '../registries/y.ts';",
    'src/app/cycle.ts -> src/registries/y.ts (only src/app/compose.ts and src/app/compose-*.ts may import an adapter)',
  ],
  [
    'src/app/x.ts',
    "import { y } from '../cli/y.ts';",
    'src/app/x.ts -> src/cli/y.ts (app may import: app, config, edits, argocd, sources, aws, server, core, errors, parse-url, version, ports, async, http, kube, settings (types))',
  ],
  [
    'src/cli/x.ts',
    "import { y } from '../argocd/y.ts';",
    'src/cli/x.ts -> src/argocd/y.ts (cli may import: cli, demo, app, config, settings, processes, core, errors, parse-url, version, ports (types), argocd (types))',
  ],
  [
    'src/cli/x.ts',
    "import { y } from '../../test/helpers/y.ts';",
    'src/cli/x.ts -> test/helpers/y.ts (cli may import: cli, demo, app, config, settings, processes, core, errors, parse-url, version, ports (types), argocd (types))',
  ],
  [
    'src/credentials/x.ts',
    "import { spawn } from 'node:child_process';",
    'src/credentials/x.ts -> node:child_process (only src/processes may import it)',
  ],
  [
    'src/processes/x.ts',
    "import { subscribe } from 'node:diagnostics_channel';",
    'src/processes/x.ts -> node:diagnostics_channel (nothing in src may import it)',
  ],
  [
    'src/writers/git/clone.ts',
    "import { simpleGit } from 'simple-git';",
    'src/writers/git/clone.ts -> simple-git (only src/writers/git/run.ts may import it)',
  ],
  [
    'src/notifiers/teams/x.ts',
    "import { createTransport } from 'nodemailer';",
    'src/notifiers/teams/x.ts -> nodemailer (only src/notifiers/email may import it)',
  ],
  ['src/core/utils.ts', '', 'src/core/utils.ts: a name that says nothing (utils, helpers, common, types)'],
  [
    'src/core/helpers/x.ts',
    '',
    'src/core/helpers/x.ts: a name that says nothing (utils, helpers, common, types)',
  ],
  ['src/new/x.ts', '', 'src/new/x.ts: belongs to no layer'],
  ['src/app/x.ts', 'let a;\n'.repeat(401), 'src/app/x.ts: 401 lines, at most 400'],
  ['src/core/x.ts', 'const t = Date.now();', 'src/core/x.ts: Date.now (core is pure)'],
  ['src/edits/x.ts', 'const t = new Date();', 'src/edits/x.ts: new Date without a value (edits is pure)'],
  ['src/edits/x.ts', 'const t = new Date;', 'src/edits/x.ts: new Date without a value (edits is pure)'],
  ['src/edits/x.ts', 'const t = new Date(...v);', 'src/edits/x.ts: new Date without a value (edits is pure)'],
  [
    'src/core/x.ts',
    'const t = new Date(0), u = new Date()',
    'src/core/x.ts: new Date without a value (core is pure)',
  ],
  ['src/core/x.ts', 'const t = Date();', 'src/core/x.ts: Date (core is pure)'],
  ['src/core/x.ts', 'const { now } = Date;', 'src/core/x.ts: Date (core is pure)'],
  ['src/argocd/x.ts', 'const t = performance.now();', 'src/argocd/x.ts: performance (argocd is pure)'],
  ['src/core/x.ts', 'const t = Math.random();', 'src/core/x.ts: Math.random (core is pure)'],
  ['src/core/x.ts', "import { randomUUID } from 'node:crypto';", 'src/core/x.ts: randomUUID (core is pure)'],
  ['src/core/x.ts', 'const t = `${process.env.HOME}`;', 'src/core/x.ts: process (core is pure)'],
  ['src/core/x.ts', "const t = globalThis['pro' + 'cess'];", 'src/core/x.ts: globalThis (core is pure)'],
  ['src/core/x.ts', 'await fetch(url);', 'src/core/x.ts: fetch( (core is pure)'],
  ['src/core/x.ts', 'setTimeout(f, 1);', 'src/core/x.ts: setTimeout (core is pure)'],
  ['src/core/x.ts', 'console.log(1);', 'src/core/x.ts: console (core is pure)'],
];

/** Source texts that break a rule of code, and what must be said of each. */
const CODE_VIOLATIONS: readonly (readonly [files: Readonly<Record<string, string>>, complaint: RegExp])[] = [
  ...[
    'export function x() {}',
    'export async function x() {}',
    'export async function* x() {}',
    'export default function x() {}',
    'export const x = 1;',
    'export let x = 1;',
    'export const enum x {}',
    'export class x {}',
    'export abstract class x {}',
    'export declare class x {}',
    'export interface x {}',
    'export type x = 1;',
    'export type x<T> = T;',
    'export enum x {}',
    'const x = 1;\nexport { a, x };',
    'const y = 1;\nexport { y as x };',
    'interface x {}\nexport type { x };',
  ].map(
    (text) =>
      [
        { 'src/core/a.ts': 'export const x = 1;', 'src/http/b.ts': text },
        /^src\/core\/a.ts and src\/http\/b.ts both export x: /,
      ] as const,
  ),
  ...[
    'export const x = 1;',
    "import './x.ts';",
    "import { x } from './x.ts';\nexport { x };",
    "export { x } from './x.ts';\nx();",
    "const from = 1; export { from }; 'x';",
  ].map(
    (text) => [{ 'src/core/a/index.ts': text }, /^src\/core\/a\/index.ts: an index only re-exports/] as const,
  ),
  ...['const lookAround = 1;', 'const LOOK_AROUND = 1;', 'f.lookAround();', 'type ToLookAroundIn = 1;'].map(
    (text) => [{ 'src/cli/a.ts': text }, /^src\/cli\/a.ts: \w+ has the word "look around" in it/] as const,
  ),
  [
    { 'src/cli/a.ts': 'if (URL.canParse(text)) f();' },
    /^src\/cli\/a.ts: canParse has the word "can parse" in it/,
  ],
  [{ 'src/cli/a.ts': 'const theVerdicts = [];' }, /theVerdicts has the word "verdict" in it/],
  [{ 'src/cli/a.ts': 'const n = `${isVerdictOf}`;' }, /isVerdictOf has the word "verdict" in it/],
  ...['core', 'argocd', 'app', 'ports'].map(
    (layer) =>
      [
        { [`src/${layer}/a.ts`]: 'const text = JSON.stringify(value);' },
        new RegExp(`^src/${layer}/a.ts: JSON.stringify \\(`),
      ] as const,
  ),
  [{ 'src/core/a.ts': 'values.map(JSON.stringify);' }, /^src\/core\/a.ts: JSON.stringify \(/],
  ...[
    'found.get(JSON.stringify([a, b]));',
    'found?.has(JSON.stringify([a, b]));',
    'found.set(`${JSON.stringify(a)}`, value);',
    'const key = JSON.stringify([a, b]);',
    'const rowKey = (row: Row) => JSON.stringify([row.a, row.b]);',
    'const row = { key: JSON.stringify(a), value };',
    'function rowKey({ a, b }: Row): string {\n  if (a) { f(); }\n  return JSON.stringify([a, b]);\n}',
    'function keyOf(row: Row): string { return JSON.stringify(row); }',
    'groupBy(rows, (row) => JSON.stringify(row));',
    'return joinKey(a, JSON.stringify(b));',
  ].map((text) => [{ 'src/http/a.ts': text }, /^src\/http\/a.ts: JSON.stringify makes a key/] as const),
  ...[
    'if (a.remote.url === b) f();',
    'if (b !== place.remote.url) f();',
    'if (remote?.url == b) f();',
    'found.get(place.remote.url);',
    'groupBy(places, ({ remote }) => remote.url);',
    'return joinKey(place.remote.url, place.base);',
    'function placeKey({ remote }: GitPlace): string { return `${remote.url} main`; }',
  ].map(
    (text) => [{ 'src/app/a.ts': text }, /^src\/app\/a.ts: remote.url is compared or made a key \(/] as const,
  ),
  [{ 'src/app/a.ts': 'if (a.remote.written === b) f();' }, /^src\/app\/a.ts: remote.written is compared/],
  [{ 'src/app/a.ts': 'if (b === source.repoURL) f();' }, /^src\/app\/a.ts: .repoURL is compared/],
];

/** Source texts that look as if they broke a rule of code, and break none. */
const CODE_INNOCENT: readonly Readonly<Record<string, string>>[] = [
  { 'src/core/a.ts': 'export const x = 1;', 'src/core/b.ts': "export { x } from './a.ts';" },
  { 'src/core/a.ts': 'export const x = 1;', 'src/core/b.ts': "import { x } from './a.ts';\nexport { x };" },
  { 'src/core/a.ts': 'export const x = 1;', 'src/core/b.ts': 'const x = 2;\nexport { x as y };' },
  { 'src/core/a.ts': 'export function x(a: 1): 1;\nexport function x(a: 2): 2;' },
  { 'src/core/a.ts': 'export const x = 1;', 'src/core/b.ts': 'const x = 1;' },
  {
    'src/core/a/index.ts':
      "export * from './a.ts';\nexport * as b from './b.ts'\nexport type { c } from './c.ts';\n/* d */ export { e, f as g } from './e.ts';\n",
  },
  { 'src/cli/a.ts': "// a verdict\nconst text = 'verdict'; const arrival = { rivalry: `rival` };" },
  { 'src/http/a.ts': 'found.set(key(a), JSON.stringify(b)); const body = JSON.stringify({ key: 1 });' },
  { 'src/http/a.ts': 'const keys = JSON.stringify(a); if (key === JSON.stringify(a)) f();' },
  { 'src/app/a.ts': 'await fetch(remote.url); const key = f(a), url = remote.url; request.url === b;' },
  { 'src/core/git/a.ts': "const text = 'remote.url ==='; // remote.url === b" },
];

/** Source texts that look like a violation and are none. */
const INNOCENT: readonly (readonly [path: string, text: string])[] = [
  ['src/processes/start.ts', "import { spawn } from 'node:child_process';"],
  ['src/core/x.ts', "// import { y } from '../http/y.ts';\n/* console.log(process) */"],
  ['src/core/x.ts', 'const text = "import { y } from \'../http/y.ts\'";'],
  ['src/core/x.ts', "const text = `import { y } from '../http/y.ts'; console ${'process'} Date.now`;"],
  ['src/core/x.ts', 'const pattern = /import "got"/; const half = a / b / c;'],
  ['src/core/x.ts', 'registry.fetch(url); row.process; const o = { console: 1 };'],
  ['src/core/x.ts', "export { a };\nconst from = 'got';"],
  [
    'src/core/x.ts',
    'new Date(ms).toISOString(); Date.parse(text); Date.UTC(2026, 1); const o = { Date: 1 }; o.Date;',
  ],
  ['src/core/x.ts', "import { createHash } from 'node:crypto';\nimport { x } from './plan/y.ts';"],
  ['src/http/x.ts', "import type { Log } from '../ports/log.ts';\nconst here = import.meta.url;"],
  ['src/app/compose.ts', "import { y } from '../registries/y.ts';"],
  ['src/app/compose-registries.ts', "const { y } = await import('../registries/ecr/y.ts');"],
];

function modulesOf(files: Readonly<Record<string, string>>): ReturnType<typeof readModules> {
  return Object.entries(files).map(([path, text]) => readModule(path, text));
}

describe('the architecture', () => {
  test('holds: nothing in src imports or does what its folder may not', () => {
    expect(checkArchitecture(readModules(ROOT, 'src'), LAYERS, HOMES)).toEqual([]);
  });

  test.each(VIOLATIONS)('a planted violation in %s is found: %s', (path, text, complaint) => {
    expect(checkArchitecture([readModule(path, text)], LAYERS, HOMES)).toContain(complaint);
  });

  test.each(INNOCENT)('nothing is said of %s: %s', (path, text) => {
    expect(checkArchitecture([readModule(path, text)], LAYERS, HOMES)).toEqual([]);
  });

  test('holds: nothing in src declares, names, quotes or compares what it should not', () => {
    expect(checkCode(readModules(ROOT, 'src'), CODE)).toEqual([]);
  });

  test('every exception from a rule of code is needed', () => {
    expect(unusedExceptions(readModules(ROOT, 'src'), CODE)).toEqual([]);
  });

  test.each(CODE_VIOLATIONS)('planted in %j it is found: %s', (files, complaint) => {
    expect(checkCode(modulesOf(files), CODE)).toEqual([expect.stringMatching(complaint)]);
  });

  test.each(CODE_INNOCENT)('nothing is said of %j', (files) => {
    expect(checkCode(modulesOf(files), CODE)).toEqual([]);
  });

  test('a ring of imports is printed, also one of types only', () => {
    const ring = [
      readModule('src/core/a.ts', "import { b } from './b.ts';"),
      readModule('src/core/b.ts', "import type { C } from './c.ts';"),
      readModule('src/core/c.ts', "export * from './b.ts';"),
    ];
    expect(checkArchitecture(ring, LAYERS)).toEqual([
      'cycle: src/core/b.ts -> src/core/c.ts -> src/core/b.ts',
    ]);
  });

  test('stands in docs/architecture.md as it is held here', () => {
    const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w/-]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)].map((row) =>
      row.slice(1),
    );
    expect(rows).toEqual(
      LAYERS.map((layer) => [layer.name, listLayers(layer), layer.packages.join(', ') || 'none']),
    );
  });

  test('seeing no modules is a failure', () => {
    expect(checkArchitecture([], LAYERS)).toEqual(['no modules were seen']);
  });
});
