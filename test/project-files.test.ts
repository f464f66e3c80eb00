import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** All that may lie at the top, besides what starts with a dot. */
const TOP_LEVEL = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'Dockerfile',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'config',
  'docs',
  'manifests',
  'package-lock.json',
  'package.json',
  'src',
  'test',
  'tsconfig.json',
];

/** Made by commands and ignored by Git. */
const MADE = new Set(['.git', '.cache', '.unpacked', 'coverage', 'dist', 'node_modules']);

/** What gives away the machine somebody worked on; a character class keeps each from matching itself. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of one machine', /(?:^|[\s"'`(=:])[/](?:work|root|home[/][a-z]+)[/]/m],
  [
    'a private package mirror',
    /\b[n]pm\.[a-z0-9-]+\.[a-z]+|"resolved": "https?:(?!\/\/registry\.npmjs\.org\/)/,
  ],
];

function complaints(name: string, text: string): readonly string[] {
  return FORBIDDEN.flatMap(([what, pattern]) => {
    const match = pattern.exec(text);
    return match === null ? [] : [`${name}: ${what}: ${match[0].trim()}`];
  });
}

function textFiles(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name);
    const found = lstatSync(join(ROOT, path));
    if (MADE.has(name)) return [];
    if (found.isDirectory()) return textFiles(path);
    return found.isFile() && found.size < 2_000_000 ? [path] : [];
  });
}

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly dependencies?: Record<string, string>;
        readonly optionalDependencies?: Record<string, string>;
      }
    >
  >;
}

/** Whether a package that lies at `path` finds `wish` in its own folder or in one further out. */
function isLocked(lock: Lockfile, path: string, wish: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder}/node_modules/${wish}`.replace(/^\//, '') in lock.packages) return true;
    if (folder === '') return false;
  }
}

describe('the files of the project', () => {
  test('only known things lie at the top', () => {
    const visible = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !MADE.has(name));
    expect(visible.filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });

  test('the image is built on one whose digest is written down', () => {
    const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
    const [base = '', ...others] = lines.flatMap((line) => /^ARG NODE_IMAGE=(.*)$/.exec(line)?.[1] ?? []);
    expect(base).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/);
    expect(others).toEqual([]);
    const from = lines.filter((line) => line.startsWith('FROM '));
    expect(from.map((line) => line.split(' ')[1])).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  test('no file tells of the machine it was written on', () => {
    const files = textFiles('');
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((path) => complaints(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  });

  test.each(['package-lock.json', 'test/tools/package-lock.json'])(
    '%s names every package that `npm ci` asks for',
    (name) => {
      const lock = JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as Lockfile;
      const wanted = Object.entries(lock.packages).flatMap(
        ([path, { dependencies = {}, optionalDependencies = {} }]) =>
          [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].map((wish) => ({
            path,
            wish,
          })),
      );
      expect(wanted.length).toBeGreaterThan(0);
      // npm leaves out optional packages of other platforms that its registry did not show, and then refuses its own file.
      expect(wanted.filter(({ path, wish }) => !isLocked(lock, path, wish))).toEqual([]);
    },
  );

  test.each([
    ['see ' + '/wo' + 'rk/main', 'x: a path of one machine: ' + '/wo' + 'rk/'],
    ['HOME=' + '/ro' + 'ot/x', 'x: a path of one machine: =' + '/ro' + 'ot/'],
    ['"res' + 'olved": "https://mirror.example/x"', 'x: a private package mirror: "res' + 'olved": "https:'],
    ['registry=https://np' + 'm.example.com/', 'x: a private package mirror: np' + 'm.example.com'],
  ])('a planted one is found: %s', (text, complaint) => {
    expect(complaints('x', text)).toEqual([complaint]);
  });
});
