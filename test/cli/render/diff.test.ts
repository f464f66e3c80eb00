import { describe, expect, it } from 'vitest';
import { renderDiff, renderDiffs } from '../../../src/cli/render/diff.ts';
import { PLAIN, styleFor } from '../../../src/cli/render/style.ts';

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
