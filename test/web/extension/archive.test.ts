import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tmpdir } from 'node:os';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SCRIPT = 'resources/extension-lynceus.js/extension-lynceus.js';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-archive-'));
  for (const name of ['first', 'second'])
    execFileSync(process.execPath, ['.ci/build-extension.mjs', join(folder, name)], { cwd: ROOT });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What install.sh of argocd-extension-installer does with what it fetched, by the same programs. */
const INSTALL = `
set -eu
expected=$(grep extension.tar.gz extension_checksums.txt | awk '{print $1;}')
test "$expected" = "$(sha256sum extension.tar.gz | awk '{print $1;}')"
tar -zxf extension.tar.gz
mkdir -p installed
cp -Rf resources/* installed/
find installed -type d -name 'extension*-lynceus*.js'
`;

test('is installed as the installer of Argo CD does it', () => {
  const cwd = join(folder, 'first');
  const named = execFileSync('sh', ['-c', INSTALL], { cwd, encoding: 'utf8' });
  // Where the installer puts the file with EXTENSION_JS_VARS.
  expect(named).toBe('installed/extension-lynceus.js\n');
  expect(existsSync(join(cwd, SCRIPT.replace('resources', 'installed')))).toBe(true);
  // What argocd-server serves of all that lies there: server/server.go, extensionsPattern.
  expect('extension-lynceus.js').toMatch(/^extension(.*)\.js$/);
});

test.each([
  ['the archive', 'extension.tar.gz', 1],
  ['nothing', '/dev/null', 0],
])('the checksum is that of the bytes: %s is changed', (_, changed, status) => {
  const copy = `rm -rf ../third && cp -r . ../third && cd ../third && printf x >> ${changed}`;
  const ended = spawnSync('sh', ['-c', `${copy}\n${INSTALL}`], { cwd: join(folder, 'second') });
  expect(ended.status).toBe(status);
});

test('the same sources give the same bytes', () => {
  const [first, second] = ['first', 'second'].map((name) =>
    readFileSync(join(folder, name, 'extension.tar.gz')),
  );
  expect(second).toEqual(first);
  const listed = execFileSync('tar', ['-tvzf', 'extension.tar.gz', '--numeric-owner'], {
    cwd: join(folder, 'first'),
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
  expect(
    listed
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +\d+ 1970/, ' 1970')),
  ).toEqual([
    'drwxr-xr-x 0/0 1970-01-01 00:00 resources/',
    'drwxr-xr-x 0/0 1970-01-01 00:00 resources/extension-lynceus.js/',
    '-rw-r--r-- 0/0 1970-01-01 00:00 resources/extension-lynceus.js/extension-lynceus.js',
  ]);
});

test.each([
  ['without Argo CD', {}],
  ['without React', { extensionsAPI: {} }],
  ['where registering throws', { React: { Component: class {} }, extensionsAPI: {} }],
])('%s it harms no other script of the page', (_, globals) => {
  const text = readFileSync(join(folder, 'first', SCRIPT), 'utf8');
  const errors: unknown[] = [];
  const page = { ...globals, console: { error: (...parts: unknown[]) => errors.push(parts) }, after: false };
  new Script(`${text}\nafter = true;`).runInNewContext(page);
  expect(page.after).toBe(true);
  expect(errors).toHaveLength(1);
});

test('brings nothing of its own and is small', () => {
  const text = readFileSync(join(folder, 'first', SCRIPT), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect(readFileSync(join(folder, 'first', 'extension.tar.gz')).length).toBeLessThan(12_000);
});
