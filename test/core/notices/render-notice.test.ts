import { describe, expect, test } from 'vitest';
import { EXAMPLE_NOTICE } from '../../../src/core/notices/example-notice.ts';
import { NOTICE_KINDS } from '../../../src/core/notices/notice-kind.ts';
import type { Notice } from '../../../src/core/notices/notice.ts';
import {
  noticeTemplateFault,
  renderNotice,
  type RenderedNotice,
  type RenderNoticeOptions,
} from '../../../src/core/notices/render-notice.ts';
import { DEFAULT_TEMPLATE_LIMITS } from '../../../src/core/plan/template/meter.ts';
import { ALERTMANAGER_MARKUP } from '../../../src/notifiers/alertmanager/markup.ts';
import { DISCORD_MARKUP } from '../../../src/notifiers/discord/markup.ts';
import { EMAIL_MARKUP } from '../../../src/notifiers/email/markup.ts';
import { plainMarkup } from '../../../src/notifiers/plain-markup.ts';
import { SLACK_MARKUP } from '../../../src/notifiers/slack/markup.ts';
import { TEAMS_MARKUP } from '../../../src/notifiers/teams/markup.ts';
import type { MarkupRules } from '../../../src/ports/notifier.ts';
import { aNotice } from '../../notifiers/a-notice.ts';

const MARKUPS: readonly (readonly [string, MarkupRules])[] = [
  ['Slack', SLACK_MARKUP],
  ['Teams', TEAMS_MARKUP],
  ['Discord', DISCORD_MARKUP],
  ['Alertmanager', ALERTMANAGER_MARKUP],
  ['mail', EMAIL_MARKUP],
  ['JSON', plainMarkup(10_000)],
];

/** Marks up so that each part is seen. */
const SEEN: MarkupRules = {
  escape: (text) => text.replaceAll('*', String.raw`\*`).trim(),
  link: (text, url) => `<${url}|${text}>`,
  most: 1_000,
};

interface Rendered extends RenderedNotice {
  readonly faults: readonly string[];
}

function rendered(
  changes: Partial<Notice> = {},
  markup: MarkupRules = SEEN,
  options: Partial<RenderNoticeOptions> = {},
): Rendered {
  const faults: string[] = [];
  const onFault: RenderNoticeOptions['onFault'] = ({ line }) => void faults.push(line);
  const others = { texts: {}, templates: [], onFault, ...options };
  return { ...renderNotice(aNotice(changes), markup, others), faults };
}

/** With this text alone. */
const ofText = (text: string, changes: Partial<Notice> = {}, markup = SEEN): Rendered =>
  rendered(changes, markup, { texts: { text } });

describe('the default texts', () => {
  test('say what was written, why, and where it is seen', () => {
    expect(rendered({ pullRequest: 'https://git.example/pulls/7' })).toEqual({
      title: 'argocd/shop was updated',
      text: [
        'api (ghcr.io/acme/api) 1.4.1 to 1.4.2',
        '1.4.2 is newer than 1.4.1 [newer-version]',
        'commit <https://github.com/acme/shop/commit/0123456789abcdef0123456789abcdef01234567|0123456> on main',
        '<https://git.example/pulls/7|pull request>',
      ].join('\n'),
      faults: [],
    });
  });

  test.each(NOTICE_KINDS)('of %s have a title of their own', (kind) => {
    const { title, faults } = rendered({ kind });
    expect(title).toMatch(/^argocd\/shop[: ]/);
    expect(faults).toEqual([]);
    const others = NOTICE_KINDS.filter((one) => one !== kind).map((one) => rendered({ kind: one }).title);
    expect(others).not.toContain(title);
  });

  const image = { alias: '', image: 'r.test/a' };
  test.each<[string, Partial<Notice>, string]>([
    ['an image without versions', { images: [image] }, 'r.test/a\n'],
    ['an image that was deployed', { images: [{ ...image, from: '1' }] }, 'r.test/a 1\n'],
    ['an image that is new', { images: [{ ...image, to: '2' }] }, 'r.test/a 2\n'],
    [
      'images of several Applications',
      { images: [{ ...image, application: { namespace: 'a', name: 'b' } }] },
      'a/b: r.test/a\n',
    ],
    ['more than ten', { images: Array.from({ length: 25 }, () => image) }, 'and 15 more\n'],
    ['some of many', { images: [image], extent: { applications: 3, images: 40 } }, 'and 39 more\n'],
    ['no image at all', { images: [], commit: undefined }, '1.4.2 is newer than 1.4.1 [newer-version]'],
    [
      'a commit at an unknown host',
      { commit: { sha: 'c0ffee00', branch: 'x', remote: 'r' } },
      'commit c0ffee0 on x',
    ],
  ] as never)('have %s', (_, changes, part) => {
    expect(rendered(changes).text).toContain(part);
  });

  test.each<[string, Partial<Notice>, string]>([
    [
      'several Applications',
      { extent: { applications: 3, images: 5 } },
      '5 images of 3 Applications was updated',
    ],
    ['one Application', { extent: { applications: 1, images: 0 } }, '1 Application was updated'],
    ['Lynceus itself', { images: [], kind: 'failing', code: 'kube-denied' }, 'Lynceus (kube-denied) fails'],
  ])('name %s in the title', (_, changes, title) => {
    const { application: _one, ...notice } = aNotice(changes);
    const options = { texts: {}, templates: [], onFault: () => undefined };
    expect(renderNotice(notice, SEEN, options).title).toBe(title);
  });
});

describe('templates', () => {
  const templates = [
    { kinds: ['held' as const], title: 'held', text: 'held text' },
    { kinds: [], title: 'any', text: '' },
    { kinds: ['updated' as const], title: 'too late', text: 'too late' },
  ];
  test.each<[string, Partial<RenderNoticeOptions>, Partial<Notice>, string, string]>([
    ['of the kind count', { templates }, { kind: 'held' }, 'held', 'held text'],
    ['of all kinds count, the first ones', { templates }, {}, 'any', 'api (ghcr'],
    [
      'of a route count before others',
      { templates, texts: { text: 'own' } },
      { kind: 'held' },
      'held',
      'own',
    ],
    ['of a route may have a title alone', { texts: { title: 'own' } }, {}, 'own', 'api (ghcr'],
    [
      'that give nothing are as none',
      { texts: { title: '{{ .Check }}', text: ' \n' } },
      {},
      'argocd/shop was',
      'api',
    ],
    [
      'give a title on one line',
      { texts: { title: ' a\n\n b{{ "\\n" }}c ' } },
      {},
      'a b c',
      'api (ghcr.io/acme/api)',
    ],
  ])('%s', (_, options, changes, title, text) => {
    const found = rendered(changes, SEEN, options);
    expect(found.title.startsWith(title)).toBe(true);
    expect(found.text.startsWith(text)).toBe(true);
    expect(found.faults).toEqual([]);
  });

  test.each([
    ['has a field that is none', '{{ .Nothing }}', 'no field .Nothing'],
    ['asks for an image too many', '{{ (index .Images 1).Name }}', 'position 1 is out of range'],
    ['compares what has no order', '{{ lt .Reason 1 }}', 'have no order'],
    ['cannot be read', '{{ if', 'template line 1'],
    ['runs for too long', '{{ range 1000000 }}{{ end }}', 'limits.templateSteps'],
    [
      'makes too much',
      '{{ $x := .Reason }}{{ range 30 }}{{ $x = print $x $x }}{{ end }}',
      'limits.templateKiB',
    ],
    ['has no room for its own beginning', 'a'.repeat(2_000), 'begins with more than 1000 characters'],
  ])('that %s are left for the default, with their fault', (_, text, fault) => {
    const { faults, ...found } = ofText(text);
    expect(found).toEqual({ title: rendered().title, text: rendered().text });
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  test('have the limits that they are given', () => {
    let now = 0;
    const limits = { ...DEFAULT_TEMPLATE_LIMITS, now: () => (now += 60) };
    const text = '{{ range 200 }}x{{ end }}';
    expect(rendered({}, SEEN, { texts: { text }, limits }).faults.join()).toContain('limits.templateTime');
    expect(ofText(text)).toMatchObject({ text: 'x'.repeat(200), faults: [] });
  });

  test.each([
    ['{{ .Nope }}', 'no field .Nope'],
    ['{{ if }}', 'template line 1'],
    ['{{ range 1000000 }}x{{ end }}', 'limits.templateSteps'],
  ])('are refused with what is wrong: %s', (text, fault) => {
    expect(noticeTemplateFault(text)).toContain(fault);
  });

  test('that are right for a notice with everything are right', () => {
    const fields = Object.keys(EXAMPLE_NOTICE.images[0] ?? {});
    expect(fields).toContain('alias');
    expect(noticeTemplateFault('{{ range .Images }}{{ .Alias }}{{ end }}{{ .CommitLink }}')).toBeUndefined();
  });
});

const HOSTILE =
  '<!channel> @everyone [a](https://evil.example) *b* <b>\u001b[1m\u202E\n# x\r\nBcc: y \uE0000\uE001';
/** Everything that a stranger may have written. */
const FOREIGN: Partial<Notice> = {
  application: { namespace: HOSTILE, name: HOSTILE },
  project: HOSTILE,
  reason: HOSTILE,
  check: HOSTILE,
  images: [{ alias: HOSTILE, image: HOSTILE, from: HOSTILE, to: HOSTILE }],
  commit: { sha: HOSTILE, branch: HOSTILE, remote: HOSTILE, url: 'https://git.example/1' },
  pullRequest: 'javascript:alert(1)',
};

describe.each(MARKUPS)('values for %s', (name, markup) => {
  const escaped = markup.escape(HOSTILE.replaceAll(/\p{Co}/gu, ''));

  test.each([
    'Reason',
    'Project',
    'Application',
    'Namespace',
    'Check',
    'Branch',
    'Remote',
    'Commit',
    'Where',
  ])('are escaped: %s', (field) => {
    const { text, faults } = ofText(`*a* {{ .${field} }} <!here>`, FOREIGN, markup);
    const inner = field === 'Where' ? `${HOSTILE}/${HOSTILE}`.replaceAll(/\p{Co}/gu, '') : undefined;
    expect(text).toBe(`*a* ${inner === undefined ? escaped : markup.escape(inner)} <!here>`);
    expect(faults).toEqual([]);
  });

  test.each([
    ['through functions', '{{ printf "%s" .Reason }}'],
    ['in variables', '{{ $x := .Reason }}{{ $x }}'],
    ['as a part of all', '{{ range .Images }}{{ .To }}{{ end }}'],
    ['in pipelines', '{{ .Reason | print }}'],
  ])('are escaped %s', (_, template) => {
    expect(ofText(template, FOREIGN, markup).text).toBe(escaped);
  });

  test('are escaped in the default texts, one line each', () => {
    const { title, text } = rendered(FOREIGN, markup);
    expect(title).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}]/u);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}]/u);
    expect(text.split('\n').filter((line) => /^(?:#|Bcc)/.test(line))).toEqual([]);
    if (name === 'Slack' || name === 'Teams') expect(withoutMarks(text)).not.toMatch(/<[!@#]|\]\(/);
  });

  test('with a link keep it whole, and the words around it', () => {
    const link = markup.link('0123456', aNotice().commit?.url ?? '');
    expect(ofText('{{ .CommitLink }}', {}, markup).text).toBe(link);
    const two = ofText('{{ printf "a %s %s b" .CommitLink .CommitLink }}', {}, markup).text;
    expect(two).toBe(`a ${link} ${link} b`);
    expect(ofText('{{ printf "(%s)" .CommitLink }}', {}, markup).text).toBe(
      `${markup.escape('(')}${link}${markup.escape(')')}`,
    );
  });

  test.each([
    ['signs', '*_<'.repeat(5_000)],
    ['a word', '9'.repeat(10_000)],
    ['words of pairs', `x${'😀'.repeat(5_000)}`],
    ['backslashes', '\\'.repeat(5_000)],
  ])('that are very long are cut before they are escaped: %s', (_, long) => {
    const texts = {
      title: 'T {{ .Reason }}',
      text: '{{ .Reason }}{{ printf "%s%s" .Reason .Reason }}{{ .Code }}',
    };
    const found = rendered({ reason: long }, markup, { texts });
    for (const [text, most] of [
      [found.title, 200],
      [found.text, markup.most],
    ] as const) {
      // prettier-ignore
      expect(text.length).toBeLessThanOrEqual(most);
      expect(text).toContain('…');
      expect(text).not.toMatch(/\p{Cs}/u);
      // No backslash is left to make a letter of what follows.
      const escapes = /^(?:[^\\]|\\[^\p{L}\p{N}\s…])*$/u;
      if (markup.escape('*') === '\\*') expect(text).toMatch(escapes);
    }
    expect(found.title.length).toBeGreaterThan(60);
    expect(found.faults).toEqual([]);
  });

  test('make a title that has room for a reason of signs', () => {
    const { title } = rendered({ reason: '('.repeat(180) }, markup, { texts: { title: '{{ .Reason }}' } });
    expect(title.length).toBeGreaterThan(100);
    expect(title.length).toBeLessThanOrEqual(200);
  });
});

describe('what is too long', () => {
  test('ends before a link that has no room, with its text', () => {
    const pullRequest = `https://git.example/${'a'.repeat(2_000)}`;
    expect(ofText('see {{ .PullRequestLink }} now', { pullRequest }).text).toBe('see pull request…');
  });

  test('does not end a short one: the neighbour has all', () => {
    const text = 'see {{ .PullRequestLink }} now';
    expect(ofText(text, { pullRequest: 'https://a.example' }).text).toBe(
      'see <https://a.example|pull request> now',
    );
  });
});

function withoutMarks(text: string): string {
  return text.replaceAll(/\\[^]/g, '').replaceAll(/<https:[^>]*>|\[[^\]]*\]\(https:[^)]*\)/g, '');
}
