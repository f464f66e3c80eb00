import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../../../src/core/plan/template/parse.ts';
import { renderTemplate } from '../../../../src/core/plan/template/render.ts';
import type { TemplateValue } from '../../../../src/core/plan/template/values.ts';
import { TemplateFault } from '../../../../src/core/plan/template/fault.ts';
import { LynceusError } from '../../../../src/errors.ts';
import { renderWithGo } from '../../../helpers/go-template.ts';

const GO_DATA = { AppName: 'shop', Words: ['b', '', 'ü'], Empty: [], Yes: true, No: false };
/** A map, so that printing and ranging over the whole data means the same on both sides; but without missing keys. */
class StrictMap extends Map<string, TemplateValue> {
  override get(key: string): TemplateValue {
    if (!this.has(key)) throw new TemplateFault(`no key ${key}`);
    return super.get(key);
  }
}

const OUR_DATA = new StrictMap(Object.entries(GO_DATA));

/** What we refuse on purpose. */
const OURS_ALONE = /printf: .* (is not supported|left over)|floats are not supported: /;

async function expectSameAsGo(template: string): Promise<boolean> {
  const go = await renderWithGo(template, GO_DATA);
  let ours: string | undefined;
  try {
    ours = renderTemplate(parseTemplate(template), OUR_DATA);
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    if (OURS_ALONE.test(String(error))) return false;
  }
  const theirs = go.kind === 'text' ? go.text : undefined;
  // An `expect` for each of thousands of runs takes longer than the runs.
  if (ours !== theirs) expect(ours, go.kind === 'error' ? go.message : template).toBe(theirs);
  return go.kind === 'text';
}

const LITERALS = [
  '1',
  '0',
  '-3',
  '"a"',
  '""',
  '`b`',
  "'x'",
  'true',
  'false',
  'nil',
  '"%v"',
  '"%5s|%d"',
  '"%q %x"',
];
const VALUES = ['.', '$', '.AppName', '$.AppName', '.Words', '$.Words', '$.Empty', '$.Yes', '$.No', '$x'];
const FUNCTIONS = [
  'and',
  'or',
  'not',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'len',
  'index',
  'slice',
  'print',
  'println',
  'printf',
  'html',
  'js',
  'urlquery',
];

const { template } = fc.letrec<{
  operand: string;
  call: string;
  pipeline: string;
  node: string;
  template: string;
}>((tie) => ({
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...LITERALS),
    fc.constantFrom(...VALUES),
    tie('pipeline').map((text) => `(${text})`),
  ),
  call: fc
    .tuple(fc.constantFrom(...FUNCTIONS), fc.array(tie('operand'), { maxLength: 3 }))
    .map(([name, args]) => [name, ...args].join(' ')),
  pipeline: fc
    .tuple(fc.oneof(tie('operand'), tie('call')), fc.array(tie('call'), { maxLength: 1 }))
    .map(([first, rest]) => [first, ...rest].join(' | ')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('text', ' ', '\n\t', '{{/* c */}}', '{{- "" -}}'),
    tie('pipeline').map((text) => `{{${text}}}`),
    tie('pipeline').map((text) => ` {{- ${text} -}} `),
    tie('pipeline').map((text) => `{{$x = ${text}}}`),
    fc
      .tuple(
        fc.constantFrom('if', 'with', 'range', 'range $x :=', 'range $i, $x :=', 'if $x :='),
        tie('pipeline'),
        tie('template'),
        tie('template'),
      )
      .map(([block, value, body, otherwise]) => `{{${block} ${value}}}${body}{{else}}${otherwise}{{end}}`),
    tie('template').map(
      (body) => `{{range $.Words}}${body}{{if .}}{{continue}}{{else}}{{break}}{{end}}{{end}}`,
    ),
  ),
  template: fc.array(tie('node'), { maxLength: 3 }).map((nodes) => nodes.join('')),
}));

const NOISE = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  '{{- ',
  ' -}}',
  ' ',
  '\n',
  '|',
  '(',
  ')',
  ',',
  ':=',
  '=',
  '$x',
  '$',
  '.',
  '.AppName',
  '.Words',
  '1',
  '-',
  '0x',
  '1.5',
  '"a"',
  '"',
  '`',
  "'b'",
  '/*',
  '*/',
  'if',
  'else',
  'end',
  'range',
  'with',
  'break',
  'nil',
  'print',
  'len',
  'text',
  'é',
  '@',
];

describe("Go's own engine agrees", () => {
  test('on generated templates', { timeout: 60_000 }, async () => {
    let rendered = 0;
    await fc.assert(
      fc.asyncProperty(template, async (text) => {
        if (await expectSameAsGo(`{{$x := 7}}${text}`)) rendered += 1;
      }),
      { numRuns: 500 },
    );
    // Else the test would only compare refusals.
    expect(rendered).toBeGreaterThan(150);
  });

  test('on what is hardly a template', { timeout: 60_000 }, async () => {
    const noise = fc.array(fc.constantFrom(...NOISE), { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(noise, fc.boolean(), async (text, wrapped) => {
        await expectSameAsGo(wrapped ? `{{$x := 7}}{{${text}}}` : text);
      }),
      { numRuns: 1000 },
    );
  });

  test('on number literals', { timeout: 60_000 }, async () => {
    const number = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        fc.stringMatching(/^(0[xXoObB]?)?[0-9a-f_]{0,6}(\.[0-9_]{0,6})?([eE][+-]?[0-9]{0,3})?$/),
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(number, async (text) => {
        await expectSameAsGo(`{{print ${text} "x"}}`);
      }),
      { numRuns: 1000 },
    );
  });

  test('on printf', { timeout: 60_000 }, async () => {
    const flags = fc.subarray(['-', '+', ' ', '0']).map((some) => some.join(''));
    const size = fc.option(fc.nat(12), { nil: '' });
    const verb = fc.constantFrom('v', 's', 'd', 'q', 't', 'x', 'X', 'o', 'b', 'c', 'U', 'f');
    const directive = fc.tuple(flags, size, fc.option(size, { nil: undefined }), verb);
    const value = fc.oneof(
      fc.integer().map(String),
      fc.constantFrom('"shop"', '"日本 é"', '""', 'true', 'nil', '.Words'),
    );
    await fc.assert(
      fc.asyncProperty(directive, value, async ([flag, width, precision, letter], one) => {
        const point = precision === undefined ? '' : `.${precision}`;
        await expectSameAsGo(`{{printf "[%${flag}${width}${point}${letter}]" ${one}}}`);
      }),
      { numRuns: 1500 },
    );
  });
});
