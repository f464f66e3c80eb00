import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageTemplateFault } from '../../../../src/core/plan/check-message-template.ts';
import { limitsForChanges } from '../../../../src/core/plan/template/meter.ts';
import { parseTemplate } from '../../../../src/core/plan/template/parse.ts';
import { renderTemplate } from '../../../../src/core/plan/template/render.ts';
import type { TemplateValue } from '../../../../src/core/plan/template/values.ts';
import { LynceusError } from '../../../../src/errors.ts';

const DATA: TemplateValue = {
  Name: 'shop',
  Items: [{ Tag: 'a' }, { Tag: 'b' }],
  Labels: new Map([['team', 'blue']]),
  Gone: undefined,
};

function render(text: string, data: TemplateValue = DATA): string {
  return renderTemplate(parseTemplate(text), data);
}

describe('what the engine of Go could not be asked, because JSON knows neither structs nor maps of strings', () => {
  test.each([
    ['a missing key of a map is no value', '{{ .Labels.none }}', '<no value>'],
    ['and so is what hangs from it', '{{ .Labels.none.deeper }}', '<no value>'],
    ['by index it is the empty text', '[{{ index .Labels "none" }}]', '[]'],
    ['it is not true', '{{ if .Labels.none }}a{{ else }}b{{ end }}', 'b'],
    ['it equals nothing but nil', '{{ eq .Labels.none "x" }} {{ eq .Labels.none nil }}', 'false true'],
    ['a struct prints its values', '{{ index .Items 0 }} {{ .Items }}', '{a} [{a} {b}]'],
    ['with a plus also the names', '{{ printf "%+v" .Items }}', '[{Tag:a} {Tag:b}]'],
    ['a struct is always true', '{{ with index .Items 1 }}{{ .Tag }}{{ end }}', 'b'],
    ['a map of none is false', '{{ with .Labels }}{{ len . }}{{ end }}', '1'],
  ])('%s', (_title, text, result) => {
    expect(render(text)).toBe(result);
  });
});

describe('a fault', () => {
  test.each([
    ['a\nb {{ .Nam }}', 'template line 2, column 6: no field .Nam; there are .Name .Items .Labels .Gone'],
    ['{{ range .Items }}\n{{ .Name }}{{ end }}', 'template line 2, column 4: no field .Name; there are .Tag'],
    ['{{ .Name.x }}', 'template line 1, column 4: a string has no field .x'],
    ['{{ bogus 1 }}', 'template line 1, column 4: there is no function bogus; there are and or not'],
    ['{{ define "x" }}{{ end }}', 'template line 1, column 4: {{define}} is not supported'],
    ['{{ template "x" }}', 'template line 1, column 4: {{template}} is not supported'],
    ['{{ block "x" . }}{{ end }}', 'template line 1, column 4: {{block}} is not supported'],
    ['{{ call .Name }}', 'template line 1, column 4: there is no function call'],
    ['{{ index .Items 7 }}', 'template line 1, column 4: position 7 is out of range: the last is 1'],
    ['{{ 1 | lt "a" }}', 'template line 1, column 8: string and int have no order'],
    ['x{{ if }}', 'template line 1, column 8: missing value for if'],
    ['{{ "a', 'template line 1, column 4: the literal that starts with " is not closed'],
    ['{{ 1i }}', 'template line 1, column 5: unexpected "i" after 1'],
    ['{{ 1.5 }}', 'template line 1, column 4: floats are not supported: 1.5'],
    ['{{ printf "%.2f" 1 }}', 'template line 1, column 4: printf: %.2f is not supported'],
    ['{{ 0x1p4 }}', 'template line 1, column 7: unexpected "p" after 0x1'],
    ['{{ len .Name', 'template line 1, column 1: an action is not closed: }} is missing'],
    ['{{ printf "%#v" 1 }}', 'template line 1, column 4: printf: %#v is not supported'],
    ['{{ printf "%*d" 1 2 }}', 'template line 1, column 4: printf: %* is not supported'],
    ['{{ printf "%[1]d" 1 }}', 'template line 1, column 4: printf: %[ is not supported'],
    ['{{ printf "%99999d" 1 }}', 'template line 1, column 4: printf: %99999d is wider than 1000'],
    ['{{ printf "" .Items }}', 'template line 1, column 4: printf: no verb prints a list that is left over'],
  ])('%j is told with its place', (text, message) => {
    expect(() => render(text)).toThrow(
      expect.objectContaining({ code: 'template-invalid', message: expect.stringContaining(message) }),
    );
  });
});

describe('nothing is without bounds', () => {
  test.each([
    ['a long template', 'x'.repeat(70_000), 'a template has at most 65536 characters'],
    ['a template of parentheses', `{{${'('.repeat(60_000)}`, 'an action is not closed'],
    ['a deep template', '{{if 1}}'.repeat(500), 'nested deeper than 100'],
    ['deep parentheses', `{{${'('.repeat(5000)}1${')'.repeat(5000)}}}`, 'nested deeper than 100'],
    ['a long chain of else if', `{{if 0}}${'{{else if 0}}'.repeat(1000)}{{end}}`, 'nested deeper than 100'],
    ['a long loop', '{{range 1000000000}}{{end}}', 'more than 10000 steps (limits.templateSteps)'],
    ['loops in loops', '{{range 10000}}{{range 10000}}{{end}}{{end}}', 'more than 10000 steps'],
    [
      'a long result',
      '{{range 1000}}{{printf "%1000s%1000s" "" ""}}{{end}}',
      'more than 64 KiB of text on the way (limits.templateKiB)',
    ],
    [
      'a text that doubles',
      '{{$x := "ab"}}{{range 64}}{{$x = print $x $x}}{{end}}',
      'more than 64 KiB of text',
    ],
    [
      'a list printed again and again',
      '{{range 5000}}{{printf "%1000v" $}}{{end}}',
      'more than 64 KiB of text',
    ],
  ])('%s', (_title, text, message) => {
    expect(() => render(text)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message) }),
    );
  });

  test('a run of spaces before a trim marker costs no more than its length', () => {
    const text = `${' '.repeat(30_000)}x${' '.repeat(30_000)}{{- "y" -}} z`;
    expect(render(text)).toBe(`${' '.repeat(30_000)}xyz`);
  });

  test('any text is rendered or refused with the one code', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)), maxLength: 40 }),
        fc.boolean(),
        (text, action) => {
          try {
            render(action ? `{{${text}}}` : text);
          } catch (error) {
            if (!(error instanceof LynceusError) || error.code !== 'template-invalid') throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('a template can be rendered again and again, and keeps nothing', () => {
  const template = parseTemplate('{{ $x := 1 }}{{ range .Items }}{{ $x = .Tag }}{{ end }}{{ $x }}');
  expect([1, 2].map(() => renderTemplate(template, DATA))).toEqual(['b', 'b']);
  expect(renderTemplate(template, { Items: [] })).toBe('1');
});

test('a configuration is told why a text is no template', () => {
  expect(['{{ .AppName }}', '{{ end }}'].map((text) => messageTemplateFault(text))).toEqual([
    undefined,
    'template line 1, column 4: unexpected {{end}}',
  ]);
});

/** A text of 512 characters, made of nine. */
const DOUBLED = '{{$x := "x"}}{{range 9}}{{$x = print $x $x}}{{end}}';
const MANY_LABELS = new Map(Array.from({ length: 200_000 }, (_, index) => [`label-${index}`, 'x'] as const));
const HUGE = 'x'.repeat(4 * 1024 * 1024);

/** Each would run for seconds to hours, or fill the heap, if only its steps or only its result counted. */
const BOMBS: readonly (readonly [title: string, template: string, over: string, data?: TemplateValue])[] = [
  ['a loop over a doubled text', `${DOUBLED}{{range 100000000}}{{print $x}}{{end}}`, 'KiB'],
  ['a text that is only assigned', `${DOUBLED}{{range 100000000}}{{$y := print $x}}{{end}}`, 'KiB'],
  ['doubling by printf', '{{$x := "x"}}{{range 99}}{{$x = printf "%s%s" $x $x}}{{end}}', 'KiB'],
  ['doubling by println', '{{$x := "x"}}{{range 99}}{{$x = println $x $x}}{{end}}', 'KiB'],
  ['doubling by a pipeline', '{{$x := "x"}}{{range 99}}{{$x = $x | print $x}}{{end}}', 'KiB'],
  ['escapes of escapes for HTML', '{{$x := "&"}}{{range 99}}{{$x = html $x $x}}{{end}}', 'KiB'],
  ['escapes of escapes for JavaScript', '{{$x := "<"}}{{range 99}}{{$x = js $x}}{{end}}', 'KiB'],
  ['escapes of escapes for URLs', '{{$x := "%"}}{{range 99}}{{$x = urlquery $x $x}}{{end}}', 'KiB'],
  ['quotes of quotes', '{{$x := "\\""}}{{range 99}}{{$x = printf "%q" $x}}{{end}}', 'KiB'],
  ['hexadecimal digits', '{{$x := "x"}}{{range 99}}{{$x = printf "% x" $x}}{{end}}', 'KiB'],
  ['widths in one directive after the other', `{{printf "${'%1000d'.repeat(10_000)}"}}`, 'KiB'],
  ['many wide operands', `{{printf "${'%999d'.repeat(5_000)}"${' 1'.repeat(5_000)}}}`, 'KiB'],
  ['zeros in front', '{{range 99999}}{{printf "%.1000d" 1}}{{end}}', 'KiB'],
  ['operands without end', `{{$x := "x"}}{{print${' $x'.repeat(20_000)}}}`, 'steps'],
  ['a long text printed often in one go', `${DOUBLED}{{print${' $x'.repeat(9_000)}}}`, 'steps'],
  ['a comparison that reads much', '{{range 999}}{{eq $ $}}{{end}}', 'steps', HUGE],
  ['a length that reads much', '{{range 999}}{{len $}}{{end}}', 'steps', HUGE],
  ['a byte of a long text', '{{range 999}}{{index $ 1}}{{end}}', 'steps', HUGE],
  ['a slice of a long text', '{{range 999}}{{slice $ 0 1}}{{end}}', 'steps', HUGE],
  ['a precision that leaves nothing', '{{range 999}}{{printf "%.0s" $}}{{end}}', 'steps', HUGE],
  ['a label that is huge', '{{ .Labels.x }}', 'steps', { Labels: new Map([['x', HUGE]]) }],
  ['very many labels in order', '{{range .}}{{end}}', 'steps', MANY_LABELS],
  ['very many labels printed', '{{printf "%.0s" .}}', 'steps', MANY_LABELS],
  ['a key that none of them has', '{{range 9999}}{{index $ "none"}}{{end}}', 'steps', MANY_LABELS],
  ['the whole data again and again', '{{range 9999}}{{$x := printf "%.0s" $}}{{end}}', 'steps'],
  [
    'more variables than anybody needs',
    `${'{{$a:=1}}'.repeat(3_000)}{{range 9999}}{{$a = 2}}{{end}}`,
    'steps',
  ],
  ['loops within loops', `${'{{range 9}}'.repeat(90)}x${'{{end}}'.repeat(90)}`, 'steps'],
  [
    'a negation of a negation',
    `{{${'not ('.repeat(90)}1${')'.repeat(90)}}}{{range 99999}}{{not 1}}{{end}}`,
    'steps',
  ],
];

describe('what costs too much', () => {
  test.each(BOMBS.map(([title, text, over, data = DATA]) => ({ title, text, over, data })))(
    '$title is cut off at once',
    ({ text, over, data }) => {
      const template = parseTemplate(text);
      const start = performance.now();
      expect(() => renderTemplate(template, data)).toThrow(
        expect.objectContaining({
          code: 'template-invalid',
          message: expect.stringMatching(
            new RegExp(`it (?:takes|makes) more than .*${over}.* \\(limits`),
          ) as string,
        }) as Error,
      );
      // Milliseconds; a hundred times what it takes when nothing else runs.
      expect(performance.now() - start).toBeLessThan(5_000);
    },
  );

  test.each([
    ['a subject and a line for each change', '{{range .Items}}- {{.Tag | printf "%-40s"}}{{end}}'],
    ['a table with loops in loops', '{{range 20}}{{range 20}}{{printf "%3d" .}}{{end}}\n{{end}}'],
    ['a text of some kilobytes', `${'x'.repeat(20_000)}{{ .Name }}`],
    ['labels', '{{range $k, $v := .Labels}}{{$k}}={{$v | printf "%q"}}{{end}}'],
  ])('%s is no excess', (_title, text) => {
    expect(() => render(text)).not.toThrow();
  });

  test('time counts too, once there is a clock', () => {
    let now = 0;
    const limits = { steps: 1e9, bytes: 1e9, time: 100, now: () => (now += 1) };
    const template = parseTemplate('{{range 1000000}}{{end}}');
    expect(() => renderTemplate(template, DATA, limits)).toThrow(/more than 100 ms \(limits\.templateTime\)/);
    expect(now).toBeLessThan(200);
  });

  test('the limits grow with the changes of a commit, beyond a hundred', () => {
    const limits = { steps: 10, bytes: 20, time: 30, now: () => 0 };
    expect(limitsForChanges(limits, 0)).toEqual(limits);
    expect(limitsForChanges(limits, 100)).toEqual(limits);
    expect(limitsForChanges(limits, 1_000)).toEqual({ ...limits, steps: 100, bytes: 200, time: 300 });
  });
});
