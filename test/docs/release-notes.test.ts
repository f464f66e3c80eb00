import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { removeFolder } from '../helpers/remove-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../.ci/release-notes.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lynceus-release-'));
let count = 0;

afterAll(() => removeFolder(folder));

const FILES = {
  'package.json': '{ "version": "1.2.3" }',
  'manifests/chart/Chart.yaml': 'name: lynceus\nversion: 1.2.3\nappVersion: "1.2.3"\n',
  'CHANGELOG.md':
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- a\n\n## [1.2.2] - 2026-11-01\n\n- b\n',
};

/** What the script says about a tag, in a project with these files. */
function notesOf(tag: string, changes: Readonly<Record<string, string>> = {}) {
  count += 1;
  const root = join(folder, String(count));
  for (const [path, text] of Object.entries({ ...FILES, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  cpSync(SCRIPT, join(root, '.ci/release-notes.mjs'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, '.ci/release-notes.mjs'), tag], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the notes of a release are its part of the changelog', () => {
  expect(notesOf('v1.2.3')).toEqual({ status: 0, stdout: '### Added\n\n- a\n', stderr: '' });
});

test.each<[string, string, Readonly<Record<string, string>>, string]>([
  ['a tag that is none', 'release-1', {}, 'expected a tag such as v1.2.3, found "release-1"'],
  [
    'another version of the package',
    'v1.2.3',
    { 'package.json': '{ "version": "1.2.2" }' },
    'expected 1.2.3 as version in package.json, found 1.2.2',
  ],
  [
    'another version of the chart',
    'v1.2.3',
    { 'manifests/chart/Chart.yaml': 'version: 1.2.3\nappVersion: 1.0.0\n' },
    'as appVersion in manifests/chart/Chart.yaml, found 1.0.0',
  ],
  [
    'no heading',
    'v1.2.3',
    { 'CHANGELOG.md': '## [Unreleased]\n\n- a\n' },
    'expected a heading "## [1.2.3] - DATE" in CHANGELOG.md',
  ],
  [
    'nothing below it',
    'v1.2.3',
    { 'CHANGELOG.md': '## [1.2.3] - 2026-12-01\n\n## [1.2.2]\n- b\n' },
    'expected what changed below "## [1.2.3]"',
  ],
])('there are none for %s', (_, tag, changes, message) => {
  const { status, stdout, stderr } = notesOf(tag, changes);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(message);
});
