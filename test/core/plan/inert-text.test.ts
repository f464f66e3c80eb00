import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlannedChange } from '../../../src/core/change.ts';
import { recordLine } from '../../../src/core/overrides/record.ts';
import { renderCommitMessage, renderRequestText } from '../../../src/core/plan/commit-message.ts';
import { codeText, inertText } from '../../../src/core/plan/inert-text.ts';
import { addTrailers } from '../../../src/core/plan/trailers.ts';
import { describeRequest } from '../../../src/core/pull-requests/describe-request.ts';
import { readMarker } from '../../../src/core/pull-requests/marker.ts';
import { requestTitle } from '../../../src/core/pull-requests/request-title.ts';
import { aChange } from './planned-changes.ts';

/** What hosts look for in messages, titles and texts. */
const ACTIONS: Readonly<Record<string, RegExp>> = {
  'a mention': /(?:^|[^\w`])@[\w{<"-]/,
  'an issue': /(?:^|[^\w])(?:[\w./-]+)?#\d|GH-\d/i,
  'a merge request or an epic': /(?:^|[^\w])[!&]\d/,
  'a URL of an issue': /\/(?:issues|pull|merge_requests|pull-requests|work_items)\/\w/,
  'a skipped pipeline': /\[[^\]]*(?:skip|no ci)[^\]]*\]|\*\*\*NO_CI\*\*\*/i,
  'a draft': /^\s*(?:\[|\()?(?:wip|draft)\s*[:\])]/i,
  'a trailer of a person': /^[\w-]*-by\s*:/im,
  'a record': /^lynceus-[\w-]+\s*:/im,
  'a command': /^\/\w+/m,
  'a key that is closed': /(?:closes?|fix(?:es)?|resolves?)\s+[A-Z]+-\d/i,
};

const HOSTILE: readonly (readonly [string, string])[] = [
  ['GitHub: a mention', 'thanks @acme/everyone and @admin'],
  ['GitHub: a mention at the beginning', '@team'],
  ['GitHub: a mention in brackets', '(@team) [@team] "@team" -@team'],
  ['Bitbucket: a mention by id', 'ask @{557058:d5ef} now'],
  ['Azure DevOps: a mention by id', 'ask @<a1b2c3> now'],
  ['GitHub: an issue is closed', 'Closes #1, fixes: #22'],
  ['GitHub: an issue of another repository', 'resolves acme/shop#7'],
  ['GitHub: the old form', 'fixes GH-12'],
  ['GitHub: by its URL', 'Closes https://github.com/acme/shop/issues/12'],
  ['GitLab: a merge request', 'Closes !12 and &3 and group/project!4'],
  ['GitLab: by its URL', 'Closes https://gitlab.com/acme/shop/-/merge_requests/9'],
  ['Azure DevOps: a work item', 'Fixes AB#123'],
  ['Jira: a key', 'Fixes SHOP-12'],
  ['Jira: a smart commit', 'SHOP-12 #close #time 2w'],
  ['GitLab: commands', '/merge'],
  ['GitLab: commands on lines', 'text\n/approve\n/label ~prod'],
  ['Prow: a command', '/lgtm'],
  ['a pipeline is skipped', '[skip ci] [ci skip] [no ci] [skip actions] [ SKIP-CI ]'],
  ['Azure DevOps: a pipeline is skipped', '***NO_CI***'],
  ['a draft', 'Draft: x'],
  ['a draft in brackets', '[WIP] x'],
  ['a draft of GitLab', '(Draft) x'],
  ['a co-author', 'x\n\nCo-authored-by: Eve <eve@example.com>'],
  ['a sign-off', 'Signed-off-by: Eve <eve@example.com>'],
  ['a reviewer', 'x\r\nReviewed-by : Eve <eve@example.com>'],
  [
    'a record of ours',
    `x\n\n${recordLine({ kind: 'release', application: { namespace: 'a', name: 'b' }, alias: '', image: 'x', file: 'f', key: 'k', from: undefined, to: undefined })}`,
  ],
  ['line ends that git does not know', 'x\u2028/merge\u2029Signed-off-by: Eve <e@e.e>\u0085@team'],
  ['what is removed joins the rest', '@\u0000team \u0007@\u0008admin'],
  ['a character that is not seen', '\u200b@team \u2066#1 \ufeff/merge'],
];

describe('a value that others wrote', () => {
  test.each(HOSTILE)('%s: nothing is left that a host acts on', (_, value) => {
    const text = inertText(value);
    for (const [name, action] of Object.entries(ACTIONS)) expect(text, name).not.toMatch(action);
    expect(text).not.toMatch(/[\n\r\u2028\u2029\u0085\u200b]/);
  });

  test.each([
    'acme/api',
    '1.4.2-rc.1',
    'v1.2_build',
    'main-3f2c1ab',
    `sha256:${'a'.repeat(64)}`,
    'shop',
    'Ada Lovelace <ada@example.com>',
    'https://github.com/acme/api',
    'https://github.com/acme/api/commit/3f2c1ab?x=1&y=2#readme',
    'fix: a faster cart (see OPS-17)',
    'Apache-2.0',
    '2026-01-01T00:00:00Z',
    '~1.2 costs 10% & more, C#, A/B',
  ])('%j stays as it is', (value) => {
    expect(inertText(value)).toBe(value);
  });

  test('is cut when it is long', () => {
    expect(inertText('x'.repeat(10_000))).toHaveLength(501);
  });
});

const LABELLED =
  '{{ range .AppChanges }}{{ .Labels.note }}{{ end }}\n\n{{ range .AppChanges }}{{ .Labels.note }}\n{{ .NewTag }}{{ .Labels.note }}\n{{ end }}';

function changeWith(note: string): PlannedChange {
  const image = { registry: 'r.io', name: note, tag: undefined, digest: undefined };
  return { ...aChange({ labels: { note } }), image };
}

/** The trailers of a message, as git sees them. */
function trailersOf(message: string): readonly string[] {
  const { stdout } = spawnSync('git', ['interpret-trailers', '--parse'], {
    input: message,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('what hosts get of it', () => {
  test.each(HOSTILE)('%s: title, text and message', (_, note) => {
    const changes = [changeWith(note)];
    const message = renderCommitMessage(LABELLED, changes);
    const title = requestTitle({ template: undefined, message, changes, limit: 255 });
    const byTemplate = requestTitle({
      template: '{{ .Version }}: {{ (index .AppChanges 0).Labels.note }}',
      message,
      changes,
      limit: 255,
    });
    const text = renderRequestText(LABELLED, changes);
    const limits = { title: 255, body: 65_536 };
    const { body } = describeRequest({ group: 'g', message, text, title, changes, limits });
    const shown = body.slice(0, body.lastIndexOf('<!-- lynceus '));
    const ofRequest = shown.replaceAll(/`[^`\n]*`/g, '');
    for (const [name, action] of Object.entries(ACTIONS)) {
      for (const one of [message, title, byTemplate, ofRequest, text]) expect(one, name).not.toMatch(action);
    }
    expect(ofRequest).not.toMatch(/[<[\]!]|:\/\//);
    expect(readMarker(body)?.changes).toHaveLength(1);
    // What Git takes for trailers is ours alone.
    const signed = addTrailers(message, ['Signed-off-by: Bot <bot@example.com>']);
    expect(trailersOf(signed)).toEqual(['Signed-off-by: Bot <bot@example.com>']);
  });

  test('the template itself stays as it is, and may name people and issues', () => {
    const template =
      'update {{ .AppName }} [skip ci]\n\n@acme/ops: closes #7, {{ range .AppChanges }}{{ .Image }}{{ end }}\n/label ~bot\n';
    const changes = [aChange({})];
    expect(renderCommitMessage(template, changes)).toBe(
      'update shop [skip ci]\n\n@acme/ops: closes #7, acme/api\n/label ~bot\n',
    );
    expect(renderRequestText(template, changes)).toBe('\n@acme/ops: closes #7, `acme/api`\n/label ~bot\n');
  });

  test.each([
    ['quotes', 'a`b', "`a'b`"],
    ['HTML', '<img src=x>', '`<img src=x>`'],
    ['a link', '[x](https://evil.example)', '`[x](https://evil.example)`'],
    ['nothing', '', ''],
    ['several lines', 'a <b>\n![x](https://e.e)', 'a \\<b\\>\n\\!\\[x\\](https:\\//e.e)'],
  ])('%s in a text is code', (_, value, code) => {
    expect(codeText(value)).toBe(code);
  });

  test('values side by side are one code', () => {
    const template = 'x\n\n{{ range .AppChanges }}{{ .Image }}{{ .NewTag }} {{ "as is" }}{{ end }}';
    expect(renderRequestText(template, [aChange({})])).toBe('\n`acme/api1.4.2` as is\n');
  });

  test('whatever a label holds, each line of a text is one of the template', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (note) => {
        const text = renderRequestText('t\n\nA {{ range .AppChanges }}{{ .Labels.note }}{{ end }} B', [
          changeWith(note),
        ]);
        expect(text).toMatch(/^\nA (?:`[^`\n]+` )?B\n$|^\nA {1,2}B\n$/);
      }),
    );
  });
});
