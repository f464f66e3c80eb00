import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styleFor } from '../../../src/cli/render/style.ts';
import {
  alignColumns,
  hang,
  printable,
  printableLine,
  visibleWidth,
  wrap,
} from '../../../src/cli/render/text.ts';

const terminal = { isTTY: true, write: () => true };
const pipe = { isTTY: false, write: () => true };

describe('colours', () => {
  const cases: readonly [string, typeof terminal, Record<string, string>, boolean][] = [
    ['are on for a terminal', terminal, {}, true],
    ['are off for a pipe', pipe, {}, false],
    ['are off when NO_COLOR is set', terminal, { NO_COLOR: '1' }, false],
    ['are on when NO_COLOR is empty', terminal, { NO_COLOR: '' }, true],
    ['are off for a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['are on for a pipe when forced', pipe, { FORCE_COLOR: '1' }, true],
    ['are on when forced against NO_COLOR', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['are off when forced off', terminal, { FORCE_COLOR: '0' }, false],
  ];
  it.each(cases)('%s', (_, sink, env, coloured) => {
    expect(styleFor(sink, env).bad('x') !== 'x').toBe(coloured);
  });
});

describe('text of foreign origin', () => {
  it('cannot move the cursor, ring the bell or reorder the line', () => {
    expect(printable('a\u001B[2Jb\u0007c\u202Ed\re')).toBe('a\\u{1b}[2Jb\\u{7}c\\u{202e}d\\u{d}e');
  });

  it('keeps line feeds, tabs and letters of any script', () => {
    expect(printable('日本\n\tü')).toBe('日本\n\tü');
  });

  it('is one line where one line is wanted', () => {
    expect(printableLine('  a\n   b\n')).toBe('a b');
  });

  it('never carries an escape, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printableLine(text)).not.toMatch(/[^\P{Cc}\t]/u);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('columns', () => {
  it('are aligned over all rows, and the last is not padded', () => {
    expect(
      alignColumns([
        ['a', 'b', 'c'],
        ['long', 'x', 'end of line'],
      ]),
    ).toEqual(['a     b  c', 'long  x  end of line']);
  });

  it('are aligned by what is seen, not by colour codes', () => {
    const red = styleFor(terminal, {}).bad('no');
    expect(
      alignColumns([
        [red, '1'],
        ['yes', '2'],
      ]),
    ).toEqual([`${red}   1`, 'yes  2']);
  });
});

describe('lines of a terminal', () => {
  const DIGEST = `sha256:${'ab'.repeat(32)}`;

  it.each([
    ['are broken between words', 'one two three', 20, 'one two three'],
    ['keep words whole', 'the highest version of the tags', 20, 'the highest version\nof the tags'],
    ['break a word that is longer than a line', DIGEST, 40, `${DIGEST.slice(0, 40)}\n${DIGEST.slice(40)}`],
    ['keep their breaks', 'a\n\nb', 40, 'a\n\nb'],
    ['have room for 20 columns at least', 'one two three four', 3, 'one two three four'],
    ['count wide letters twice', '日本語 日本語 日本語 日', 20, '日本語 日本語 日本語\n日'],
    [
      'are never broken for a pipe',
      `a ${DIGEST} `.repeat(9),
      Number.POSITIVE_INFINITY,
      `a ${DIGEST} `.repeat(9),
    ],
  ])('%s', (_, text, width, lines) => {
    expect(wrap(text, width)).toBe(lines);
  });

  it('hang below the first behind a head', () => {
    expect(hang('lynceus: ', 'the configuration has 2 faults', 30)).toBe(
      'lynceus: the configuration has\n         2 faults',
    );
    expect(hang('head  ', '', 30)).toBe('head');
  });

  it('carry their colour on', () => {
    const red = styleFor(terminal, {}).bad('the highest version of the tags');
    const lines = wrap(red, 20).split('\n');
    expect(lines.map(visibleWidth)).toEqual([19, 11]);
    expect(lines.every((each) => each.startsWith('\u001B[31m') && each.endsWith('\u001B[39m'))).toBe(true);
  });
});
