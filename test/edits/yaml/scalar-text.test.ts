import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isSafePlain, scalarText, type FlowStyle } from '../../../src/edits/yaml/scalar-text.ts';

function words(text: string, separator = ' '): readonly string[] {
  return text.split(separator);
}

const PLAIN = words(
  'v1 1.4.2 1.0.0 1.2-rc.1 latest 0_z 1_rc latest@sha256:abc a:b x/y:1 2024-01 20240101-abc 7f00abc a#b on-call v=1',
);

const MISREAD = [
  '',
  ...words('~ null Null NULL true True FALSE yes Yes NO on Off y N = <<'),
  ...words('0 7 1.0 1.10 20240101 1_000 1__0 1e3 1E3 e0 1234e567 1. .5 -1 +1 1.5e3 .inf -.Inf .NaN'),
  ...words(
    '0x1F 0XFF 0o7 0O7 0123 0b1 0B1 1:30 1:30:15 190:20:30.15 2024-01-01 2001-12-14t21:59:43.10-05:00',
  ),
  ...words('0_xb 0_b1 0_o7 0_x1F -0_b1 1_0 1_0.5 1_e3 0__ 2_024-01-01'),
  '2001-1-1 2:3:4',
];

const SPECIAL = words('a: - ? #a *a &a !a | > @a `a %a \'a "a a,b [a] {a} a] --- ... é \u2028').concat(
  words('a: b_a #b_ a_a _- a_: a_a\nb_a\tb', '_'),
);

const QUOTED = [...MISREAD, ...SPECIAL];

describe('a plain scalar', () => {
  it.each(PLAIN)('stays plain: %s', (text) => {
    expect(scalarText(text, 'PLAIN')).toBe(text);
  });

  it.each(QUOTED)('is put in double quotes where it would be read as something else: %j', (text) => {
    expect(isSafePlain(text)).toBe(false);
    expect(scalarText(text, 'PLAIN')).toMatch(/^".*"$/s);
  });
});

describe('a quoted scalar', () => {
  it.each([
    ["it's", 'QUOTE_SINGLE', "'it''s'"],
    ['1.20', 'QUOTE_SINGLE', "'1.20'"],
    ['a\\"b', 'QUOTE_DOUBLE', '"a\\\\\\"b"'],
    ['a\nb', 'QUOTE_SINGLE', '"a\\nb"'],
    ['\u2028\u0085', 'QUOTE_DOUBLE', '"\\u2028\\u0085"'],
  ] as const)('%j as %s is %s', (text, style, expected) => {
    expect(scalarText(text, style)).toBe(expected);
  });
});

describe('any string in any style', () => {
  const styles = fc.constantFrom<FlowStyle>('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE');
  const strings = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...PLAIN, ...QUOTED), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.stringMatching(/^[0-9a-fA-FxXoOeE._:+-]{0,8}$/),
  );

  it('is read as that string by YAML 1.1 and 1.2, in block and in flow', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(strings, styles, (text, style) => {
        const written = scalarText(text, style);
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`a: ${written} # c\n`, { version })).toEqual({ a: text });
          expect(parse(`{a: ${written}, b: [${written}]}`, { version })).toEqual({ a: text, b: [text] });
          expect(parse(`- ${written}\n- ? ${written}\n`, { version, mapAsMap: true })).toEqual([
            text,
            new Map([[text, null]]),
          ]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
