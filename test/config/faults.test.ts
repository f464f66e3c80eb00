import { describe, expect, test } from 'vitest';
import { caught } from '../helpers/thrown.ts';
import { FAULT_ROWS } from './fault-rows.ts';
import { faultsOf, load } from './given.ts';

describe('a configuration that is wrong', () => {
  test.each(FAULT_ROWS)('$name', ({ input, paths, says }) => {
    const lines = faultsOf(input);
    const begins = paths.map((path, index) => lines[index]?.startsWith(`${path}: `) === true);
    expect(lines.length === paths.length && !begins.includes(false), lines.join('\n')).toBe(true);
    if (says !== undefined) expect(lines[0]).toContain(says);
  });

  test('no message repeats what may be a secret', () => {
    const rows = FAULT_ROWS.filter(({ input }) => JSON.stringify(input).includes('hunter2'));
    expect(rows.length).toBeGreaterThanOrEqual(8);
    for (const { input } of rows) expect(caught(() => load(input)).line).not.toContain('hunter2');
  });

  test('each fault is one line, whatever the text holds', () => {
    expect(faultsOf({ fileText: 'log: { level: "a\\nb\\u2028c\\e[31m" }' })).toEqual([
      'log.level: expected trace or debug or info or warn or error, found "a\\u{a}b\\u{2028}c\\u{1b}[31m" (lynceus.yaml, line 1)',
    ]);
  });

  test('the error says how many faults there are and where to read on', () => {
    const error = caught(() => load({ fileText: 'a: 1\nb: 2\n' }));
    expect(error.code).toBe('config-invalid');
    expect(error.message.split('\n')[0]).toBe('the configuration has 2 faults:');
    expect(error.hint).toContain('docs/configuration.md');
  });

  test('a list that is wrong from end to end is not reported in full', () => {
    const lines = faultsOf({ fileText: `platforms: [${'x,'.repeat(900)}]` });
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('… and 800 more');
  });

  test('an alias bomb is refused and not unfolded', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const lines = faultsOf({ fileText: ['a0: &a0 [x]', ...levels].join('\n') });
    expect(lines).toEqual([expect.stringContaining('alias')]);
  });

  test('what concerns several keys is reported beside what concerns one', () => {
    const lines = faultsOf({
      fileText: 'git: { author: { name: 3 } }\nschedule: { cron: x, jitter: 0.1 }\n',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'git.author.name',
      'schedule.jitter',
      'schedule.cron',
    ]);
  });

  test('a list with a fault in it is left out, and the rest is still judged', () => {
    const lines = faultsOf({ fileText: 'platforms: [linux]\nschedule: { cron: x }\n' });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['platforms[0]', 'schedule.cron']);
  });
});
