import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageTemplateFault } from '../../../../src/core/plan/check-message-template.ts';
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
    ['a deep template', '{{if 1}}'.repeat(500), 'nested deeper than 100'],
    ['deep parentheses', `{{${'('.repeat(5000)}1${')'.repeat(5000)}}}`, 'nested deeper than 100'],
    ['a long chain of else if', `{{if 0}}${'{{else if 0}}'.repeat(1000)}{{end}}`, 'nested deeper than 100'],
    ['a long loop', '{{range 1000000000}}{{end}}', 'more than 500000 steps'],
    ['loops in loops', '{{range 10000}}{{range 10000}}{{end}}{{end}}', 'more than 500000 steps'],
    [
      'a long result',
      '{{range 1000}}{{printf "%1000s%1000s" "" ""}}{{end}}',
      'the result is longer than 1048576 characters',
    ],
    [
      'a text that doubles',
      '{{$x := "ab"}}{{range 64}}{{$x = print $x $x}}{{end}}',
      'print makes too long a text',
    ],
    ['a list printed again and again', '{{range 5000}}{{printf "%1000v" $}}{{end}}', 'the result is longer'],
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
  expect(['{{ .AppName }}', '{{ end }}'].map(messageTemplateFault)).toEqual([
    undefined,
    'template line 1, column 4: unexpected {{end}}',
  ]);
});
