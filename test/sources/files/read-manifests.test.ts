import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readManifests } from '../../../src/sources/files/read-manifests.ts';
import { manifest } from './a-folder.ts';

const APPLICATION = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'a' },
  spec: { source: { repoURL: 'https://git.example/a.git' } },
};
const { kind: _kind, apiVersion: _apiVersion, ...BARE } = APPLICATION;

function namesIn(text: string): readonly string[] {
  const { applications, problems } = readManifests(text, 'apps.yaml');
  return [
    ...applications.map(({ namespace, name, origin }) => `${namespace}/${name} ${origin}`),
    ...problems.map(({ message }) => `! ${message}`),
  ];
}

describe('readManifests', () => {
  test.each<[string, string, readonly string[]]>([
    ['one document', manifest('a'), ['argocd/a apps.yaml']],
    [
      'several',
      `${manifest('a')}---\n${manifest('b')}`,
      ['argocd/a apps.yaml (document 1)', 'argocd/b apps.yaml (document 2)'],
    ],
    [
      'empty ones between',
      `---\n---\n${manifest('a')}---\n# nothing\n---\n`,
      ['argocd/a apps.yaml (document 2)'],
    ],
    ['a byte order mark', `\uFEFF${manifest('a')}`, ['argocd/a apps.yaml']],
    [
      'line ends of Windows',
      `${manifest('a')}---\n${manifest('b')}`.replaceAll('\n', '\r\n'),
      ['argocd/a apps.yaml (document 1)', 'argocd/b apps.yaml (document 2)'],
    ],
    ['a directive', `%YAML 1.2\n---\n${manifest('a')}...\n`, ['argocd/a apps.yaml']],
    ['JSON', JSON.stringify(APPLICATION), ['/a apps.yaml']],
    ['JSON with tabs', JSON.stringify(APPLICATION, null, '\t'), ['/a apps.yaml']],
    ['nothing', '', []],
    ['comments', '# nothing here\n', []],
    ['a text', 'hello\n', []],
    ['a list', '- 1\n- 2\n', []],
    [
      'other kinds',
      'apiVersion: v1\nkind: ConfigMap\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\n',
      [],
    ],
    [
      "another group's Application",
      'apiVersion: app.k8s.io/v1beta1\nkind: Application\nmetadata: {name: x}\n',
      [],
    ],
    ["another group's ApplicationSet", 'apiVersion: example.com/v1\nkind: ApplicationSet\n', []],
    ['a template of another kind', 'kind: Deployment\nimage: {{ .Values.image }}\n', []],
    [
      'a list of Kubernetes',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [APPLICATION, { kind: 'Pod' }, null, { ...APPLICATION, metadata: { name: 'b' } }],
      }),
      ['/a apps.yaml (item 1)', '/b apps.yaml (item 4)'],
    ],
    [
      'lists in lists',
      JSON.stringify({ kind: 'List', items: [{ kind: 'List', items: [APPLICATION] }] }),
      ['/a apps.yaml (item 1, item 1)'],
    ],
    [
      'a typed list',
      JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationList', items: [BARE] }),
      ['/a apps.yaml (item 1)'],
    ],
    ['a list without items', 'kind: List\n', []],
    [
      'a list in the second document',
      `--- \n---\n${JSON.stringify({ kind: 'List', items: [APPLICATION] })}`,
      ['/a apps.yaml (document 2, item 1)'],
    ],
  ])('reads %s', (_, text, expected) => {
    expect(namesIn(text)).toEqual(expected);
  });

  test('anchors and merge keys mean what they mean to Kubernetes', () => {
    const { applications } = readManifests(
      `x-source: &s {repoURL: "https://git.example/a.git", path: a}
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  source:
    <<: *s
    path: b
`,
      'apps.yaml',
    );

    expect(applications[0]?.sources).toMatchObject([{ repoURL: 'https://git.example/a.git', path: 'b' }]);
  });

  test.each<[string, string, RegExp]>([
    [
      'an open bracket',
      `${manifest('a')}---\na: [1, 2\n---\n${manifest('b')}`,
      /^! apps\.yaml \(document 2\), line 13: expected a YAML manifest: /,
    ],
    ['a tab', 'a:\n\tb: 1\n', /^! apps\.yaml, line 2: .*[Tt]abs/],
    ['a key that is there twice', `${manifest('a')}kind: Application\n`, /^! apps\.yaml, line 11: .*unique/],
    ['an anchor that is not there', `${manifest('a')}x: *nope\n`, /^! apps\.yaml, line 1: .*nope/],
    [
      'a template',
      `{{- if .Values.on }}\n${manifest('a')}{{- end }}\n`,
      /^! apps\.yaml, line 1: .*seems to be a template/,
    ],
    [
      'a template in a value',
      manifest('a').replace('targetRevision: main', 'targetRevision: {{ .Values.rev }}'),
      /^! apps\.yaml, line 10: .*found \{\{ \}\} without quotes \(it seems to be a template/,
    ],
    [
      'a template in a name',
      manifest('{{ .Values.name }}'),
      /^! apps\.yaml, line 4: .*seems to be a template/,
    ],
    [
      'a quoted template in a name',
      manifest("'{{ .Values.name }}'"),
      /^! apps\.yaml: metadata\.name: expected a Kubernetes name/,
    ],
    [
      'a set',
      'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\n',
      /^! apps\.yaml: an ApplicationSet is not supported here.*argocd appset generate/,
    ],
    [
      'an Application without version',
      'kind: Application\nmetadata: {name: a}\n',
      /^! apps\.yaml: apiVersion: expected argoproj\.io\/v1alpha1, found nothing/,
    ],
    [
      'an Application without source',
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {}\n',
      /^! apps\.yaml: spec: expected source/,
    ],
    [
      'a bomb of anchors',
      `${manifest('a')}a: &a [l,l,l,l,l,l,l,l,l]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
      /^! apps\.yaml, line 1: .*alias/,
    ],
    [
      'too many lists in lists',
      JSON.stringify(
        Array.from({ length: 9 }).reduce((inner: object) => ({ kind: 'List', items: [inner] }), APPLICATION),
      ),
      /^! .*items: expected at most/,
    ],
    ['brackets in brackets', '['.repeat(50_000), /^! apps\.yaml, line 1: .*nested too deeply/],
    [
      'maps in maps',
      `${manifest('a')}x: ${'{a: '.repeat(30_000)}1${'}'.repeat(30_000)}\n`,
      /^! apps\.yaml, line 11: .*nested too deeply/,
    ],
    ['lists without end', `a: [${'[],'.repeat(300_000)}]`, /^! apps\.yaml: .*at most 500000 values/],
    [
      'aliases without end',
      `a: &a 1\nb: [${'*a,'.repeat(10_001)}]`,
      /^! apps\.yaml: .*at most 10000 aliases/,
    ],
    [
      'JSON of lists without end',
      `{"a": [${'[],'.repeat(600_000)}[]]}`,
      /^! apps\.yaml: .*at most 500000 values/,
    ],
    ['too many documents', '---\na: 1\n'.repeat(10_001), /^! apps\.yaml: .*more than 10000 documents/],
    ['broken JSON', '{"kind": "Application",\n "metadata": [}', /^! apps\.yaml, line 2: /],
    [
      'too many items',
      JSON.stringify({ kind: 'List', items: Array.from({ length: 10_001 }, () => 1) }),
      /^! apps\.yaml: items: expected at most 10000 items/,
    ],
  ])('reports %s with its place, and goes on', (_, text, line) => {
    const lines = namesIn(text);

    expect(lines.at(-1)).toMatch(line);
    expect(lines.filter((one) => one.startsWith('! '))).toHaveLength(1);
    expect(lines.filter((one) => !one.startsWith('! '))).toHaveLength(text.includes('name: b') ? 2 : 0);
  });

  test('a problem names the Application, if its name can be read', () => {
    const { problems } = readManifests(manifest('a').replace('path: apps/a', 'path: [x]'), 'apps.yaml');

    expect(problems).toMatchObject([
      {
        application: { namespace: 'argocd', name: 'a' },
        code: 'application-invalid',
        key: 'spec.source.path',
        alias: undefined,
      },
    ]);
  });

  test('1,000 documents are read in order, and quickly', () => {
    const began = performance.now();
    const text = Array.from({ length: 1000 }, (_, index) => manifest(`app-${index}`)).join('---\n');
    const { applications, problems } = readManifests(text, 'apps.yaml');

    expect(problems).toEqual([]);
    expect(applications.map(({ name }) => name)).toEqual(
      Array.from({ length: 1000 }, (_, index) => `app-${index}`),
    );
    expect(applications.at(-1)?.origin).toBe('apps.yaml (document 1000)');
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('no text makes it throw, and no message has more than one line', () => {
    const line = fc.constantFrom(
      'kind: Application',
      'apiVersion: argoproj.io/v1alpha1',
      'metadata: {name: a}',
      'spec:',
      '  source: {}',
      '---',
      'a: *b',
      'kind: List',
      'items: [{}]',
      '{{ x }}',
      '  - &a',
      '"',
      '\t',
    );
    const lines = fc.array(line, { maxLength: 12 }).map((all) => all.join('\n'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), lines), (text) => {
        const { problems } = readManifests(text, 'apps.yaml');
        expect(problems.filter(({ message }) => /[\r\n]/.test(message))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
