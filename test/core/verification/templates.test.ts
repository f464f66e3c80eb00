import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckValues } from '../../../src/core/verification/check-template.ts';
import {
  parseBodyTemplate,
  parseQueryTemplate,
  renderQuoted,
} from '../../../src/core/verification/quoted-template.ts';
import { parseUrlTemplate, renderUrl } from '../../../src/core/verification/url-template.ts';
import { caught } from '../../helpers/thrown.ts';

const VALUES: CheckValues = {
  application: 'shop.eu',
  namespace: 'argocd',
  destinationNamespace: 'shop',
  commit: '0123abc',
  image: 'ghcr.io/acme/api',
  tag: '1.4.2',
};

function query(text: string, changes: Partial<CheckValues> = {}): string {
  return renderQuoted(parseQueryTemplate(text), { ...VALUES, ...changes });
}

function url(text: string, changes: Partial<CheckValues> = {}): string {
  return renderUrl(parseUrlTemplate(text), { ...VALUES, ...changes }).href;
}

/** What somebody might name an Application, a namespace or a tag. */
const HOSTILE = [
  '"} or vector(0) or up{job="',
  "'} or vector(0)",
  '\\',
  '\\"} or vector(0)',
  'a\n} or vector(0) #',
  '`',
  '.*|.+',
  '{{tag}}',
  '\u2028',
];

describe('the query of a check', () => {
  it.each([
    ['up', 'up'],
    ['up{app="{{application}}"}', 'up{app="shop.eu"}'],
    ["up{app='{{ application }}'}", "up{app='shop.eu'}"],
    ['up{app=~"{{application}}-.*"}', String.raw`up{app=~"shop\\.eu-.*"}`],
    ['up{app !~ "{{application}}"}', String.raw`up{app !~ "shop\\.eu"}`],
    ['up{app=~"{{application | regex}}"}', String.raw`up{app=~"shop\\.eu"}`],
    [
      'label_replace(up, "x", "$1", "app", "({{application|regex}})-.*")',
      String.raw`label_replace(up, "x", "$1", "app", "(shop\\.eu)-.*")`,
    ],
    ['a{x=~"b", y="{{tag}}"}', 'a{x=~"b", y="1.4.2"}'],
    ['a{x="\\"", y="{{tag}}"}', 'a{x="\\"", y="1.4.2"}'],
    ['a # it\'s\n{y="{{tag}}"}', 'a # it\'s\n{y="1.4.2"}'],
    ['a{x=`"`, y="{{tag}}"}', 'a{x=`"`, y="1.4.2"}'],
    [
      '{n="{{namespace}}",d="{{destinationNamespace}}",c="{{commit}}",i="{{image}}"}',
      '{n="argocd",d="shop",c="0123abc",i="ghcr.io/acme/api"}',
    ],
  ])('%s', (text, expected) => {
    expect(query(text)).toBe(expected);
  });

  it.each([
    ['up{app="{{app}}"}', 'expected one of the placeholders {{application}}, {{namespace}}'],
    ['up{app="{{ .Application }}"}', 'did you mean {{application}}?'],
    ['up{app="{{args.tag}}"}', 'did you mean {{tag}}?'],
    ['up{app="{{}}"}', 'found "{{}}"'],
    ['up{app="{{tag | upper}}"}', 'expected nothing or | regex after tag'],
    ['up{app="{{tag | regex | regex}}"}', 'expected nothing or | regex after tag'],
    ['up{app="{{tag"}', 'expected }} after "{{tag"}"'],
    ['up{app={{application}}}', '{{application}} stands outside of quotes in the query'],
    ['{{application}}_errors', 'stands outside of quotes in the query'],
    ['up # "{{application}}"', 'stands in a comment in the query'],
    ['up{app=`{{application}}`}', 'stands between backticks, where nothing can be escaped'],
    [String.raw`up{app="\{{application}}"}`, 'stands after a backslash in the query'],
    ['up{app="x"} > {{tag}}', '(put it into double quotes, as in {job="{{tag}}"})'],
  ])('%s is refused', (text, message) => {
    const error = caught(() => parseQueryTemplate(text));
    expect(error.code).toBe('config-invalid');
    expect(error.line).toContain(message);
  });

  it.each([
    ['destinationNamespace', 'the Application has no spec.destination.namespace'],
    ['namespace', 'the manifest of the Application names no namespace'],
    ['tag', 'the image was written by its digest alone'],
  ] as const)('is not asked without %s', (name, hint) => {
    const error = caught(() => query(`up{x="{{${name}}}"}`, { [name]: '' }));
    expect(error).toMatchObject({
      code: 'template-invalid',
      message: `there is no value for {{${name}}}`,
      hint,
    });
    expect(query('up{x="{{commit}}"}', { [name]: '' })).toBe('up{x="0123abc"}');
  });

  it.each(HOSTILE)('stays what it is with %j', (value) => {
    for (const quote of [`"`, `'`]) {
      const rendered = query(`up{app=${quote}{{application}}${quote}} > 1`, { application: value });
      expect(stringsIn(rendered)).toEqual([value]);
      const matcher = query(`up{app=~${quote}{{application}}${quote}}`, { application: value });
      expect(matches(stringsIn(matcher)[0] ?? '', value)).toBe(true);
      expect(matches(stringsIn(matcher)[0] ?? '', `${value}x`)).toBe(false);
    }
  });

  it('stays what it is with any value', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom(`"`, `'`), (value, quote) => {
        const rendered = query(`a{x=${quote}-{{tag}}-${quote},y="{{commit}}"}`, { tag: value });
        expect(stringsIn(rendered)).toEqual([`-${value}-`, VALUES.commit]);
        expect(/[\n\r]/.test(rendered)).toBe(false);
      }),
    );
  });
});

/** The strings of a query, read as Go's `strconv.Unquote` reads what the code makes. */
function stringsIn(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/gsu)].map(([, double, single]) =>
    (double ?? single ?? '').replaceAll(
      /\\(?:u([0-9a-f]{4})|(.))/gu,
      (_, hex: string | undefined, other: string) =>
        hex === undefined ? other : String.fromCodePoint(Number.parseInt(hex, 16)),
    ),
  );
}

function matches(expression: string, text: string): boolean {
  return new RegExp(`^(?:${expression})$`, 'u').test(text);
}

describe('the URL of a check', () => {
  it.each([
    ['https://health.example.com', 'https://health.example.com/'],
    ['http://10.0.0.1:8080/x?y=z', 'http://10.0.0.1:8080/x?y=z'],
    ['https://h.example.com/{{application}}/ready', 'https://h.example.com/shop.eu/ready'],
    [
      'https://h.example.com/?app={{application}}&i={{image}}',
      'https://h.example.com/?app=shop.eu&i=ghcr.io%2Facme%2Fapi',
    ],
    ['https://h.example.com?tag={{tag}}', 'https://h.example.com/?tag=1.4.2'],
    ['https://h.example.com/v{{tag}}', 'https://h.example.com/v1.4.2'],
  ])('%s', (text, expected) => {
    expect(url(text)).toBe(expected);
  });

  it.each([
    ['ftp://h.example.com/', 'expected an http or https URL'],
    ['h.example.com/ready', 'expected an http or https URL'],
    ['https://', 'expected an http or https URL'],
    ['https://{{application}}.example.com/', 'a placeholder stands in the host'],
    ['https://h.example.com:{{tag}}/', 'expected an http or https URL'],
    ['https://h.example.com{{tag}}/', 'a placeholder stands in the host'],
    [String.raw`https://h.example.com\{{tag}}/`, 'a placeholder stands in the host'],
    ['{{application}}', 'expected an http or https URL'],
    ['https://robot:secret@h.example.com/', 'the URL holds a user name or password'],
    ['https://h.example.com/#{{tag}}', 'the URL has a #'],
    ['https://h.example.com/{{app}}', 'expected one of the placeholders'],
  ])('%s is refused', (text, message) => {
    const error = caught(() => parseUrlTemplate(text));
    expect(error.code).toBe('config-invalid');
    expect(error.line).toContain(message);
    expect(error.line).not.toContain('secret');
  });

  it.each([
    '..',
    '.',
    '%2e%2e',
    '../../admin',
    '/',
    '//evil.example.com',
    '?x=1',
    '#',
    '@evil',
    '\\',
    '&a=b',
    ...HOSTILE,
  ])('leads to the same host, path and parameter with %j', (value) => {
    const asked = new URL(url('https://h.example.com/a/x?app={{application}}&z=1', { application: value }));
    expect(asked.origin + asked.pathname).toBe('https://h.example.com/a/x');
    expect([...asked.searchParams]).toEqual([
      ['app', value],
      ['z', '1'],
    ]);
    try {
      const { origin, pathname, search } = new URL(
        url('https://h.example.com/a/{{application}}/ready', { application: value }),
      );
      expect([origin, search]).toEqual(['https://h.example.com', '']);
      expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'a', value, 'ready']);
    } catch (error) {
      expect(['.', '..']).toContain(value);
      expect(error).toMatchObject({ code: 'template-invalid' });
    }
  });
});

describe('the body of a check', () => {
  it.each(HOSTILE)('is the same JSON with %j', (value) => {
    const body = parseBodyTemplate('{"app": "{{application}}", "tag": "v{{tag}}"}');
    expect(JSON.parse(renderQuoted(body, { ...VALUES, application: value }))).toEqual({
      app: value,
      tag: 'v1.4.2',
    });
  });

  it('takes placeholders in strings alone', () => {
    expect(caught(() => parseBodyTemplate('{"n": {{tag}}}')).line).toContain('outside of quotes in the body');
  });
});
