import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderDiff, renderDiffs, renderPatches } from '../../../src/cli/render/diff.ts';
import { PLAIN, styleFor } from '../../../src/cli/render/style.ts';
import { unifiedDiff } from '../../../src/writers/unified-diff.ts';
import { freshFolder } from '../../helpers/run-folder.ts';

const coloured = styleFor({ write: () => true }, { FORCE_COLOR: '1' });

const DIFF = `--- a/values.yaml
+++ b/values.yaml
@@ -1,3 +1,3 @@
 image:
--- old
+++ new
 end
--- a/other.yaml
+++ b/other.yaml
@@ -1 +1 @@
-a
+b
\\ No newline at end of file`;

describe('a diff', () => {
  it('is left as it is without colours', () => {
    expect(renderDiff(DIFF, PLAIN)).toBe(DIFF);
  });

  it('shows removed and added lines by colour, also those that look like headers', () => {
    const lines = renderDiff(DIFF, coloured).split('\n');
    expect(lines[0]).toBe(coloured.strong('--- a/values.yaml'));
    expect(lines[4]).toBe(coloured.bad('--- old'));
    expect(lines[5]).toBe(coloured.good('+++ new'));
    expect(lines[7]).toBe(coloured.strong('--- a/other.yaml'));
    expect(lines[10]).toBe(coloured.bad('-a'));
    expect(lines[11]).toBe(coloured.good('+b'));
  });

  it('carries no escape sequence of the file to the terminal', () => {
    expect(renderDiff('@@ -1 +1 @@\n-a\n+\u001B[2J', PLAIN)).not.toContain('\u001B');
  });
});

describe('the diffs of a cycle', () => {
  it('name remote, branch and message in lines that patch programs skip', () => {
    const text = renderDiffs(
      [{ remote: 'https://git.example/a.git', branch: 'main', message: 'build: x\n\n- y\n', diff: DIFF }],
      PLAIN,
    );
    expect(text.split('\n').slice(0, 5)).toEqual([
      '# https://git.example/a.git main',
      '# build: x',
      '#',
      '# - y',
      '--- a/values.yaml',
    ]);
  });
});

/** The command of docs/cli.md that chooses the patches of one place. */
const [, AWK = ''] =
  /^(awk .*) \| git apply$/m.exec(readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')) ??
  [];

const REMOTE = 'https://git.example/deploy.git';

interface Commit {
  readonly remote: string;
  readonly branch: string;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

function shown({ remote, branch, ...file }: Commit): Parameters<typeof renderPatches>[0][number] {
  const message = `build: x\n\n# ${remote} main\n--- a/${file.path}\n+++ b/${file.path}\n@@ -1 +1 @@\n`;
  return { remote, branch, message, diff: unifiedDiff([file]) };
}

describe('patches of several remotes and branches in one text', () => {
  const commits: readonly Commit[] = [
    { remote: REMOTE, branch: 'main', path: 'values.yaml', before: 'tag: 1\n\n \n', after: 'tag: 2\n\n \n' },
    { remote: REMOTE, branch: 'stage', path: 'values.yaml', before: 'tag: 0\r\n', after: 'tag: 2\r\n' },
    {
      remote: 'git@git.example:a b.git',
      branch: 'main',
      path: 'values.yaml',
      before: '\tx: 1',
      after: '\tx: 2',
    },
    { remote: REMOTE, branch: 'main', path: 'values.yaml', before: 'tag: 2\n\n \n', after: 'tag: 3\n\n \n' },
    { remote: REMOTE, branch: 'main', path: 'new/n w.yaml', before: undefined, after: 'a: 1\n\n\n' },
  ];
  const text = renderPatches(commits.map(shown));

  it.each([
    [`${REMOTE} main`, { 'values.yaml': 'tag: 3\n\n \n', 'new/n w.yaml': 'a: 1\n\n\n' }],
    [`${REMOTE} stage`, { 'values.yaml': 'tag: 2\r\n' }],
    ['git@git.example:a b.git main', { 'values.yaml': '\tx: 2' }],
  ])('%s gets its own', (place, wanted) => {
    const folder = join(freshFolder(), 'checkout');
    mkdirSync(folder);
    const first = commits.find(({ remote, branch }) => `${remote} ${branch}` === place);
    writeFileSync(join(folder, 'values.yaml'), first?.before ?? '');
    writeFileSync(join(folder, '../all.patch'), text);
    const command = AWK.replace(`${REMOTE} main`, place).replace('all.patch', '../all.patch');
    const patch = execFileSync('sh', ['-c', command], { cwd: folder });
    execFileSync('git', ['apply', '--whitespace=nowarn'], { cwd: folder, input: patch });
    const found = Object.keys(wanted).map((path) => [path, readFileSync(join(folder, path), 'utf8')]);
    expect(Object.fromEntries(found)).toEqual(wanted);
  });

  it('are complete: nothing of a file is cut off or replaced', () => {
    expect(text).toContain('\n \n  \n\n# ');
    expect(text).toContain('\n-tag: 0\r\n+tag: 2\r\n');
  });
});
