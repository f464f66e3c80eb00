import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainLine } from '../../src/core/quoted.ts';
import { ALERTMANAGER_MARKUP } from '../../src/notifiers/alertmanager/markup.ts';
import { cutForDiscord, DISCORD_MARKUP } from '../../src/notifiers/discord/markup.ts';
import {
  cutMarkedText,
  readMarkedText,
  seenText,
  followableUrl,
  type TextGrammar,
} from '../../src/notifiers/marked-text.ts';
import { SLACK_GRAMMAR, SLACK_MARKUP } from '../../src/notifiers/slack/markup.ts';
import { TEAMS_GRAMMAR, TEAMS_MARKUP } from '../../src/notifiers/teams/markup.ts';
import { readDiscordText } from './stand-ins/discord.ts';

/** Parts of what means something somewhere, in any order, and any character at all. */
const SIGNS = fc.constantFrom(
  // prettier-ignore
  '*',
  '**',
  '_',
  '~',
  '~~',
  '`',
  '```',
  '|',
  '||',
  '<',
  '>',
  '!',
  '@',
  '#',
  '&',
  ':',
  '(',
  ')',
  '[',
  ']',
  '\\',
  '/',
  '-',
  '+',
  '.',
  // prettier-ignore
  '1.',
  ' ',
  '\n',
  '\r',
  '\u2028',
  '\u202e',
  '\u200b',
  '\u001b[1m',
  '😀',
  'a',
  '<!channel>',
  '@everyone',
  '<@U1>',
  // prettier-ignore
  'https://evil.example',
  '[a](https://b)',
  ':tada:',
  '</do:1>',
  '&lt;',
);
const FOREIGN = fc.oneof(
  fc.array(SIGNS, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

const STRUCTURED: readonly (readonly [string, typeof SLACK_MARKUP, TextGrammar<unknown>, string])[] = [
  ['Slack', SLACK_MARKUP, SLACK_GRAMMAR, '*'],
  ['Teams', TEAMS_MARKUP, TEAMS_GRAMMAR, '**'],
];

describe.each(STRUCTURED)('text for %s', (_name, markup, grammar, bold) => {
  test('has every foreign text to the letter', () => {
    fc.assert(
      fc.property(FOREIGN, FOREIGN, (first, second) => {
        const lines = readMarkedText(`${markup.escape(first)}${markup.escape(second)}`, grammar);
        expect(seenText(lines)).toBe(`${plainLine(first)}${plainLine(second)}`);
        expect(lines.flat().every(({ styles, token }) => styles.length === 0 && token === undefined)).toBe(
          true,
        );
        expect(lines).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the mark-up of a template around it', () => {
    fc.assert(
      fc.property(FOREIGN, (text) => {
        fc.pre(plainLine(text) !== '');
        const written = `the ${bold}${markup.escape(text)}${bold}, it ${bold}is${bold}`;
        expect(readMarkedText(written, grammar)).toEqual([
          [
            { text: 'the ', styles: [] },
            { text: plainLine(text), styles: ['bold'] },
            { text: ', it ', styles: [] },
            { text: 'is', styles: ['bold'] },
          ],
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('links whatever text to whatever address that can be followed', () => {
    fc.assert(
      fc.property(FOREIGN, fc.oneof(fc.webUrl({ withQueryParameters: true }), FOREIGN), (text, url) => {
        const spans = readMarkedText(markup.link(text, url), grammar).flat();
        const address = followableUrl(url);
        if (address === undefined) expect(spans.every(({ token }) => token === undefined)).toBe(true);
        else {
          expect(spans).toHaveLength(1);
          expect(spans[0]).toMatchObject({ token: { url: address }, text: plainLine(text) || address });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is cut between characters, and says so', () => {
    fc.assert(
      fc.property(FOREIGN, fc.integer({ min: 0, max: 20 }), (text, most) => {
        const lines = readMarkedText(markup.escape(text), grammar);
        const cut = seenText(cutMarkedText(lines, most));
        const whole = plainLine(text);
        if (whole.length <= most) expect(cut).toBe(whole);
        else {
          expect(cut.endsWith(' … (cut)')).toBe(true);
          expect(whole.startsWith(cut.slice(0, -' … (cut)'.length))).toBe(true);
          expect(cut.length).toBeLessThanOrEqual(most + ' … (cut)'.length);
        }
        expect(cut).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('text for Discord', () => {
  test('has every foreign text to the letter, wherever it stands', () => {
    fc.assert(
      fc.property(FOREIGN, FOREIGN, (first, second) => {
        const [a, b] = [DISCORD_MARKUP.escape(first), DISCORD_MARKUP.escape(second)];
        for (const between of ['', ' ', '\n']) {
          const { shown, marks } = readDiscordText(`${a}${between}${b}`);
          expect(shown).toBe(`${plainLine(first)}${between}${plainLine(second)}`);
          expect(marks).toEqual([]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('leaves usual names and versions without a backslash', () => {
    for (const text of ['1.4.2-rc.1+build', 'ghcr.io/acme/api', 'v2', 'shop-production', 'a, b; c? d!'])
      expect(DISCORD_MARKUP.escape(text)).toBe(text);
  });

  test('is cut with its marks whole, and says so', () => {
    fc.assert(
      fc.property(FOREIGN, fc.integer({ min: 8, max: 40 }), (text, most) => {
        const marked = `${DISCORD_MARKUP.link(text, 'https://git.example/1')} ${DISCORD_MARKUP.escape(text)}`;
        const cut = cutForDiscord(marked, most);
        expect(cut.length).toBeLessThanOrEqual(most);
        if (marked.length <= most) expect(cut).toBe(marked);
        else expect(cut.endsWith(' … (cut)')).toBe(true);
        expect(
          readDiscordText(cut).marks.every((mark) => mark.startsWith('[') || mark.startsWith('https')),
        ).toBe(true);
        expect(cut).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('text for Alertmanager', () => {
  test('has nothing that mentions or links where it is passed on', () => {
    fc.assert(
      fc.property(FOREIGN, (text) => {
        const escaped = ALERTMANAGER_MARKUP.escape(text);
        expect(escaped).not.toMatch(/[<>]|@(?:everyone|here|channel)|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/iu);
        expect(escaped).toHaveLength(plainLine(text).length);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves digests and addresses of mail as they are', () => {
    for (const text of ['app@sha256:0123', 'jane@acme.example', 'a & b'])
      expect(ALERTMANAGER_MARKUP.escape(text)).toBe(text);
  });
});

describe('what a template may write', () => {
  test.each<[string, object]>([
    ['<!here> look', { token: { type: 'broadcast', range: 'here' } }],
    ['<@U012AB3CD> look', { token: { type: 'user', user_id: 'U012AB3CD' } }],
    ['<!subteam^S012> look', { token: { type: 'usergroup', usergroup_id: 'S012' } }],
    ['<#C012> look', { token: { type: 'channel', channel_id: 'C012' } }],
    [':tada: look', { token: { type: 'emoji', name: 'tada' } }],
    ['*bold* x', { text: 'bold', styles: ['bold'] }],
    ['_it_ x', { text: 'it', styles: ['italic'] }],
    ['~no~ x', { text: 'no', styles: ['strike'] }],
    ['`co*d*e` x', { text: 'co*d*e', styles: ['code'] }],
    ['*_both_* x', { text: 'both', styles: ['bold', 'italic'] }],
    ['<https://a.example/x|text> x', { text: 'text', token: { type: 'link', url: 'https://a.example/x' } }],
    ['<https://a.example/x> x', { text: 'https://a.example/x', token: { type: 'link' } }],
    ['10:30:45 x', { text: '10:30:45 x', styles: [] }],
    ['snake_case_name * x * 2*3*4', { text: 'snake_case_name * x * 2*3*4', styles: [] }],
    ['*open', { text: '*open', styles: [] }],
    ['<javascript:alert(1)|x>', { text: '<javascript:alert(1)|x>', styles: [] }],
    ['** x', { text: '** x', styles: [] }],
  ])('at Slack: %s', (text, first) => {
    expect(readMarkedText(text, SLACK_GRAMMAR)[0]?.[0]).toMatchObject(first);
  });

  test.each<[string, object]>([
    ['**bold** x', { text: 'bold', styles: ['bold'] }],
    ['*it* x', { text: 'it', styles: ['italic'] }],
    ['~~no~~ x', { text: 'no', styles: ['strike'] }],
    ['[text](https://a.example/x) x', { text: 'text', token: { url: 'https://a.example/x' } }],
    ['[text](javascript:x) x', { text: '[text](javascript:x) x', styles: [] }],
  ])('at Teams: %s', (text, first) => {
    expect(readMarkedText(text, TEAMS_GRAMMAR)[0]?.[0]).toMatchObject(first);
  });

  test('is read in little time, however many signs open nothing', () => {
    const text = '*a _b '.repeat(10_000);
    const began = performance.now();
    expect(seenText(readMarkedText(text, SLACK_GRAMMAR))).toBe(text);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
