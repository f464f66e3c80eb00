import { describe, expect, test } from 'vitest';
import { run } from '../cli/run-in-process.ts';
import { linesBelow } from '../helpers/page-lines.ts';

const TRIES: readonly (readonly string[])[] = [
  ['run'],
  ['lint', '/nowhere/at/all'],
  ['run', '--interval', 'often', '--applications', '.'],
  ['pln'],
  ['plan', '--aplications', 'apps/'],
];

describe('docs/errors.md', () => {
  const lines = linesBelow('### The command');

  test('shows what a command prints that cannot be run, and no line that is never printed', async () => {
    const printed = await Promise.all(TRIES.map((argv) => run(argv)));
    const said = printed.map(({ stderr }) =>
      stderr.split('\n').map((line) => line.replace(/^lynceus: /, '')),
    );
    expect(said.filter((all) => !all.some((line) => lines.some(({ fits }) => fits.test(line))))).toEqual([]);
    expect(lines.filter(({ fits }) => !said.flat().some((line) => fits.test(line)))).toEqual([]);
    expect(lines).toHaveLength(TRIES.length);
  });
});
