import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { code, foreign, foreignText } from '../../src/web/foreign-text.ts';
import { html, markupText, type HtmlPart } from '../../src/web/html.ts';
import { outsideLink } from '../../src/web/safe-link.ts';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.ts';

const WEB = fileURLToPath(new URL('../../src/web', import.meta.url));

describe('html', () => {
  test.each<[what: string, part: HtmlPart, markup: string]>([
    ['a text', `<b a="1" c='2'>&\``, '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&#96;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['a number', 1.5, '1.5'],
    ['nothing', undefined, ''],
    ['a condition that does not hold', false, ''],
    ['HTML', html`<b>${'<'}</b>`, '<b>&lt;</b>'],
    ['a list of both', ['<', [html`<i></i>`, '>']], '&lt;<i></i>&gt;'],
    // What is parsed from JSON can never be HTML, whatever it is like.
    ['an object of JSON', JSON.parse('["<b>"]') as HtmlPart, '&lt;b&gt;'],
  ])('%s', (_, part, markup) => {
    expect(markupText(html`${part}`)).toBe(markup);
  });

  test('no text ends an attribute or begins an element', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(markupText(html`<a title="${text}">${text}</a>`)).toMatch(
          /^<a title="[^"<>'`]*">[^"<>'`]*<\/a>$/,
        );
      }),
    );
  });

  test('how a template is indented is not sent', () => {
    expect(
      markupText(
        html`<ul>
          <li>${'a\n  b'}</li>
        </ul>`,
      ),
    ).toBe('<ul>\n<li>a\n  b</li>\n</ul>');
  });
});

test('templates put values into text and into attributes in double quotes only', () => {
  const files = readdirSync(WEB).filter((name) => name.endsWith('.ts'));
  const found = files.flatMap((name) =>
    misplaced(readFileSync(join(WEB, name), 'utf8')).map((text) => `${name}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
  // What would be found.
  for (const text of [
    '<a href=${x}>',
    "<a href='${x}'>",
    '<style>${x}</style>',
    '<script>${x}</script>',
    '<a href="${x}" onclick="y(${x})">',
    '<a style="color: ${x}">',
  ])
    expect(misplaced(text)).not.toEqual([]);
});

/** Values without quotes or in single ones, in scripts, styles, handlers. */
function misplaced(source: string): readonly string[] {
  return [
    ...source.matchAll(/\s[\w-]+='?\$\{|<(?:script|style)[^>]*>[^<]*\$\{|\s(?:on\w+|style)="[^"]*\$\{/g),
  ].map(([text]) => text);
}

describe('foreign text', () => {
  test.each(Object.entries(HOSTILE_TEXTS))('%s is one line of what can be seen', (_, text) => {
    const shown = foreignText(text);
    expect(shown).not.toMatch(/[\p{C}\u2028\u2029]/u);
    expect(shown.length).toBeLessThan(2_500);
    for (const element of [foreign(text), code(text)])
      expect(markupText(element)).not.toMatch(/<(?!\/?(?:bdi|code)>)/);
  });

  test.each([
    ['v1.2.3-rc.1+build', 'v1.2.3-rc.1+build'],
    ['größer 版本 🚀', 'größer 版本 🚀'],
    ['a\nb\r\n\tc', 'a b c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u001b[31m', '\\u{1b}[31m'],
    [`${'a'.repeat(399)}🚀b`, `${'a'.repeat(399)}… (402 characters)`],
  ])('%j is %j', (text, shown) => {
    expect(foreignText(text)).toBe(shown);
  });
});

describe('a link to elsewhere', () => {
  test.each([
    ['https://git.example.com/a/b/pull/1', 'https://git.example.com/a/b/pull/1'],
    ['http://localhost:3000/?a=1&b="2"', 'http://localhost:3000/?a=1&amp;b=%222%22'],
  ])('%s is one', (address, href) => {
    expect(markupText(outsideLink(address, 'x'))).toContain(`<a href="${href}" rel="noreferrer noopener"`);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' \u0001javascript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '/images/a/b/c',
    'blob:https://a/b',
    '',
  ])('%j is none', (address) => {
    expect(markupText(outsideLink(address, 'x'))).not.toContain('<a');
  });
});
