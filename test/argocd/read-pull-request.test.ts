import { describe, expect, test } from 'vitest';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import { policyOf, readWeb } from './an-application.ts';

type Annotations = Readonly<Record<string, string>>;

const ASKS: Partial<PolicyContext> = {
  pullRequests: () => ({ enabled: true, grouping: 'application' }),
};

function placeOf(annotations: Annotations, context: Partial<PolicyContext>): unknown {
  const {
    destination: { target },
  } = policyOf(readWeb(annotations, {}, context));
  return target.method === 'git' ? [target.place.push, target.place.pullRequest] : undefined;
}

describe('whether changes are proposed with a pull request', () => {
  const own = [undefined, { group: 'argocd/shop', kind: undefined }];
  test.each<readonly [Annotations, Partial<PolicyContext>, unknown]>([
    [{}, {}, [undefined, undefined]],
    [{ 'pull-request': 'true' }, {}, own],
    [{ 'pull-request': ' True ' }, {}, own],
    [{ 'pull-request': 'gitlab' }, {}, [own[0], { group: 'argocd/shop', kind: 'gitlab' }]],
    [{}, ASKS, own],
    [{ 'pull-request': 'false' }, ASKS, [undefined, undefined]],
    [{ 'git-branch': 'main:updates' }, ASKS, ['updates', { group: 'branch updates', kind: undefined }]],
    [
      { 'git-branch': 'main:upd-{{.SHA256}}' },
      ASKS,
      ['upd-{{.SHA256}}', { group: 'argocd/shop', kind: undefined }],
    ],
    [
      {},
      { pullRequests: () => ({ enabled: true, grouping: 'remote' }) },
      [undefined, { group: 'all', kind: undefined }],
    ],
    [{ 'pull-request-group': 'Remote' }, ASKS, [undefined, { group: 'all', kind: undefined }]],
    [
      { 'pull-request': 'true', 'pull-request-group': 'application' },
      { pullRequests: () => ({ enabled: false, grouping: 'remote' }) },
      own,
    ],
    [
      { 'pull-request-labels': ' team a,,images, team a', 'pull-request-title': 'shop: {{ .Version }}' },
      ASKS,
      [
        undefined,
        {
          group: 'argocd/shop',
          kind: undefined,
          labels: ['team a', 'images'],
          title: 'shop: {{ .Version }}',
        },
      ],
    ],
    [{ 'pull-request-labels': '' }, ASKS, own],
    [{ 'pull-request-group': 'remote' }, {}, [undefined, undefined]],
  ])('%j', (annotations, context, place) => {
    expect(placeOf(annotations, context)).toEqual(place);
  });

  test.each<readonly [string, string, RegExp]>([
    ['pull-request-group', 'everything', /expected one of application, target, remote, found "everything"/],
    ['pull-request-labels', 'x'.repeat(256), /expected at most 100 labels of at most 255 characters/],
    ['pull-request-labels', Array.from({ length: 101 }, (_, index) => `l${index}`).join(','), /at most 100/],
    ['pull-request-title', '{{ .Nothing }}', /expected a template of a title, found "\{\{ \.Nothing }}"/],
    ['pull-request-title', '{{ range 99999999 }}x{{ end }}', /more than 10000 steps/],
    ['pull-request-title', '{{ range 999 }}{{ printf "%999d" 1 }}{{ end }}', /more than 64 KiB/],
    ['pull-request-title', '{{ if }}', /expected a template of a title/],
  ])('%s: %s is a problem', (key, value, message) => {
    const { problems } = readWeb({ 'pull-request': 'true', [key]: value });
    expect(problems.map((one) => [one.key, one.message])).toEqual([
      [`argocd-image-updater.argoproj.io/${key}`, expect.stringMatching(message)],
    ]);
  });

  test('anything else is a problem that says what may stand there', () => {
    const { problems } = readWeb({ 'pull-request': 'yes' });
    expect(problems.map(({ key, message }) => [key, message])).toEqual([
      [
        'argocd-image-updater.argoproj.io/pull-request',
        'pull-request: expected one of true, false, github, gitlab, gitea, forgejo, bitbucket-cloud, bitbucket-data-center, azure-devops, found "yes"',
      ],
    ]);
  });
});
