import { expect, it } from 'vitest';
import { unifiedDiff } from '../../src/writers/unified-diff.ts';

it('names files as git does and keeps what is around a change', () => {
  const before = Array.from({ length: 9 }, (_, index) => `line ${index}\n`).join('');
  expect(unifiedDiff([{ path: 'a/b.yaml', before, after: before.replace('line 4', 'LINE 4') }])).toBe(
    [
      '--- a/a/b.yaml',
      '+++ b/a/b.yaml',
      '@@ -2,7 +2,7 @@',
      ' line 1',
      ' line 2',
      ' line 3',
      '-line 4',
      '+LINE 4',
      ' line 5',
      ' line 6',
      ' line 7',
      '',
    ].join('\n'),
  );
});

it('shows a new file as one, and a missing line break at the end', () => {
  expect(unifiedDiff([{ path: 'n', before: undefined, after: 'x' }])).toBe(
    '--- /dev/null\n+++ b/n\n@@ -0,0 +1,1 @@\n+x\n\\ No newline at end of file\n',
  );
});

it('is cut where it gets long', () => {
  const after = 'x'.repeat(99).concat('\n').repeat(900);
  const diff = unifiedDiff([{ path: 'n', before: undefined, after }]);
  expect(diff.length).toBeLessThan(66_000);
  expect(diff).toMatch(/\n… and \d+ characters more\n$/);
});

it('does not compare what has nothing in common', () => {
  const before = Array.from({ length: 6_000 }, (_, index) => `a ${index}\n`).join('');
  const diff = unifiedDiff([{ path: 'n', before, after: before.replaceAll('a', 'b') }]);
  expect(diff).toBe('--- a/n\n+++ b/n\n… too many changes to show\n');
});
