import { describe, expect, test } from 'vitest';
import { layerPaths, warnOfLayers } from '../../src/app/warn-of-layers.ts';
import { parseApplication } from '../../src/argocd/parse-application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { describeWarning } from '../../src/core/reasons/describe-warning.ts';
import { imagesInGit } from '../../src/core/policy.ts';
import { CONTEXT } from '../argocd/an-application.ts';
import { prefixed } from '../helpers/annotations.ts';

const GIT = 'https://git.example/acme/deploy.git';
const OTHER = 'https://git.example/acme/other.git';
const SHOP = { repoURL: GIT, path: 'apps/shop', targetRevision: 'main' };
const KEYS = { 'web.helm.image-tag': 'image.tag', 'web.helm.image-name': 'image.repository' };
const TAG = 'image:\n  tag: 1.0.0\n';

interface Case {
  readonly source?: Readonly<Record<string, unknown>>;
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
  readonly target?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly status?: unknown;
  /** What Git has beside the target. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The sentence of each warning; `files` are looked into unless the manifest alone is. */
function warningsOf(one: Case, isOffline = false): readonly string[] {
  const {
    source,
    sources,
    target = 'helmvalues',
    annotations = KEYS,
    namespace = 'argocd',
    files = {},
  } = one;
  const manifest = {
    kind: 'Application',
    metadata: {
      name: 'shop',
      namespace,
      annotations: prefixed({
        'image-list': 'web=acme/web:1.x',
        'write-back-method': 'git',
        'write-back-target': target,
        ...annotations,
      }),
    },
    spec: sources === undefined ? { source: { ...SHOP, ...source } } : { sources },
    status: one.status,
  };
  const { images, problems } = readPolicies(parseApplication(manifest, 'shop.yaml'), CONTEXT);
  expect(problems).toEqual([]);
  const paths = layerPaths(imagesInGit(images));
  const textOf = (path: string) => (paths.includes(path) ? files[path] : undefined);
  return images
    .flatMap((tracked) => warnOfLayers(tracked, isOffline ? undefined : textOf))
    .map(describeWarning);
}

function wins(by: string, { file = 'apps/shop/values.yaml', key = 'image.tag' } = {}): string {
  return `what is written to ${file} at ${key} has no effect: ${by} sets it, too, and wins; take it out of it, or write there`;
}

function helm(changes: Readonly<Record<string, unknown>>): Case {
  return { source: { helm: changes } };
}

describe('the Application itself wins over a values file,', () => {
  test.each<[string, Case, string]>([
    ['parameters', helm({ parameters: [{ name: 'image.tag', value: '1' }] }), 'spec.source.helm.parameters'],
    [
      'a parameter of the map',
      helm({ parameters: [{ name: 'image', value: '1' }] }),
      'spec.source.helm.parameters',
    ],
    ['valuesObject', helm({ valuesObject: { image: { tag: '1' } } }), 'spec.source.helm.valuesObject'],
    ['values', helm({ values: TAG }), 'spec.source.helm.values'],
    ['values that set it to nothing', helm({ values: 'image: {tag: null}' }), 'spec.source.helm.values'],
    ['values without the map', helm({ values: 'image: acme/web:1' }), 'spec.source.helm.values'],
    [
      'fileParameters',
      helm({ fileParameters: [{ name: 'image.tag', path: 'tag.txt' }] }),
      'spec.source.helm.fileParameters',
    ],
  ])('by %s', (_what, one, by) => {
    expect(warningsOf(one)).toEqual([wins(by)]);
    expect(warningsOf(one, true)).toEqual([wins(by)]);
  });

  test('and several of them are named, the strongest first', () => {
    const one = helm({ values: TAG, parameters: [{ name: 'image.tag', value: '1' }] });
    expect(warningsOf(one)).toEqual([
      'what is written to apps/shop/values.yaml at image.tag has no effect: spec.source.helm.parameters and spec.source.helm.values set it, too, and win; take it out of them, or write there',
    ]);
  });

  test.each<[string, Case]>([
    [
      'other parameters',
      helm({
        parameters: [
          { name: 'image.tags', value: '1' },
          { name: 'tag', value: '1' },
        ],
      }),
    ],
    ['a parameter in it', helm({ parameters: [{ name: 'image.pullPolicy', value: 'Always' }] })],
    ['other values', helm({ values: 'image:\n  pullPolicy: Always\n' })],
    ['values that are no YAML', helm({ values: 'image: {tag: [' })],
    ['values of another shape', helm({ values: 7, valuesObject: 'x', fileParameters: 'y' })],
    ['values beside valuesObject', helm({ values: TAG, valuesObject: { replicas: 2 } })],
    ['nothing', {}],
  ])('but not by %s', (_what, one) => {
    expect(warningsOf(one)).toEqual([]);
  });

  test('for elements of lists, by a list, that very parameter, or one in a list of the chart', () => {
    const annotations = { 'web.helm.image-tag': 'pods[1].tag' };
    const of = (changes: Readonly<Record<string, unknown>>) => warningsOf({ ...helm(changes), annotations });
    const key = { key: 'pods[1].tag' };
    expect(of({ values: 'pods: []' })).toEqual([wins('spec.source.helm.values', key)]);
    expect(of({ parameters: [{ name: 'pods[1].tag', value: '1' }] })).toEqual([
      wins('spec.source.helm.parameters', key),
    ]);
    const other = { parameters: [{ name: 'pods[0].tag', value: '1' }] };
    expect(of(other)).toEqual([wins('spec.source.helm.parameters', key)]);
    expect(
      warningsOf({ ...helm({ ...other, valueFiles: ['v.yaml'] }), target: 'helmvalues:v.yaml', annotations }),
    ).toEqual([]);
  });
});

describe('value files', () => {
  const files = { 'apps/shop/b.yaml': TAG, 'envs/prod.yaml': TAG, 'apps/shop/values.yaml': TAG };

  test.each<[string, Case, readonly string[]]>([
    [
      'that come later win',
      { ...helm({ valueFiles: ['a.yaml', 'b.yaml'] }), target: 'helmvalues:a.yaml', files },
      [wins('apps/shop/b.yaml', { file: 'apps/shop/a.yaml' })],
    ],
    [
      'that are listed win over the one of the chart',
      { ...helm({ valueFiles: ['/envs/prod.yaml'] }), files },
      [wins('envs/prod.yaml')],
    ],
    [
      'that come before do not',
      { ...helm({ valueFiles: ['b.yaml', 'a.yaml'] }), target: 'helmvalues:a.yaml', files },
      [],
    ],
    [
      'that are not there do not',
      { ...helm({ valueFiles: ['c.yaml'], ignoreMissingValueFiles: true }), files },
      [],
    ],
    [
      'that set something else do not',
      { ...helm({ valueFiles: ['c.yaml'] }), files: { 'apps/shop/c.yaml': 'a: 1\n' } },
      [],
    ],
    [
      'of another source win when it is in the same remote',
      {
        sources: [
          { ...SHOP, helm: { valueFiles: ['$v/envs/prod.yaml'] } },
          { repoURL: 'git@git.example:acme/deploy', targetRevision: 'main', ref: 'v' },
        ],
        files,
      },
      [wins('envs/prod.yaml')],
    ],
    [
      'in another remote are not looked at',
      {
        sources: [
          { ...SHOP, helm: { valueFiles: ['$v/envs/prod.yaml'] } },
          { repoURL: OTHER, targetRevision: 'main', ref: 'v' },
        ],
        files,
      },
      [],
    ],
  ])('%s', (_what, one, warnings) => {
    expect(warningsOf(one)).toEqual(warnings);
  });

  const unread = (file: string, at = 'spec.source') =>
    `what is written to ${file} has no effect: it is not among the value files of ${at}; add it to helm.valueFiles, or correct write-back-target`;

  test.each<[string, Case, readonly string[]]>([
    [
      'a file that is not listed',
      { ...helm({ valueFiles: ['values-prod.yaml'] }), target: 'helmvalues:values-stage.yaml' },
      [unread('apps/shop/values-stage.yaml')],
    ],
    [
      'a file where none is listed',
      { ...helm({}), target: 'helmvalues:values-stage.yaml' },
      [unread('apps/shop/values-stage.yaml')],
    ],
    [
      'a file of another source beside a packaged chart',
      {
        sources: [
          {
            repoURL: 'https://charts.example',
            chart: 'shop',
            targetRevision: '1.0.0',
            helm: { valueFiles: ['$v/a.yaml'] },
          },
          { repoURL: GIT, targetRevision: 'main', ref: 'v' },
        ],
        target: 'helmvalues:$v/b.yaml',
      },
      [unread('b.yaml', 'spec.sources[0]')],
    ],
    [
      'a file of a source that the status calls Helm',
      { status: { sourceType: 'Helm' }, target: 'helmvalues:/v.yaml' },
      [unread('v.yaml')],
    ],
    [
      'a file that is listed',
      { ...helm({ valueFiles: ['../../envs/./a.yaml'] }), target: 'helmvalues:/envs/a.yaml' },
      [],
    ],
    [
      'a file that a pattern may name',
      { ...helm({ valueFiles: ['envs/*.yaml'] }), target: 'helmvalues:/envs/a.yaml' },
      [],
    ],
    [
      'a file that a variable may name',
      { ...helm({ valueFiles: ['values-$ARGOCD_APP_NAME.yaml'] }), target: 'helmvalues:values-shop.yaml' },
      [],
    ],
    ['a chart inside of the chart', { ...helm({}), target: 'helmvalues:charts/web/values.yaml' }, []],
    ['a source that may be no Helm', { target: 'helmvalues:values-stage.yaml' }, []],
    [
      'a file in a remote of its own',
      { ...helm({}), target: 'helmvalues:/v.yaml', annotations: { ...KEYS, 'git-repository': OTHER } },
      [],
    ],
    [
      'a file of another source of the Application',
      {
        sources: [
          { ...SHOP, helm: {} },
          { ...SHOP, path: 'apps/web', helm: { valueFiles: ['v.yaml'] } },
        ],
        target: 'helmvalues:/apps/web/v.yaml',
      },
      [],
    ],
  ])('%s', (_what, one, warnings) => {
    expect(warningsOf(one)).toEqual(warnings);
    expect(warningsOf(one, true)).toEqual(warnings);
  });

  test('of another chart may come by a dependency, so the chart is looked into', () => {
    const one = { ...helm({}), target: 'helmvalues:/charts/web/values.yaml' };
    const chart = (text: string): Case => ({ ...one, files: { 'apps/shop/Chart.yaml': text } });
    expect(warningsOf(chart('name: shop\n'))).toEqual([unread('charts/web/values.yaml')]);
    expect(
      warningsOf(chart('dependencies:\n- {name: web, repository: "file://../../charts/web"}\n')),
    ).toEqual([]);
    expect(warningsOf(one)).toEqual([]);
    expect(warningsOf(one, true)).toEqual([]);
  });
});

describe('an override file that is left over', () => {
  const own = 'apps/shop/.argocd-source-shop.yaml';
  const all = 'apps/shop/.argocd-source.yaml';
  const parameter = 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n';

  test.each<[string, Case, string]>([
    ['of the Application', { files: { [own]: parameter } }, own],
    ['of all Applications', { files: { [all]: parameter } }, all],
    ['with field names in another case', { files: { [own]: parameter.replace('name:', 'Name:') } }, own],
    ['with values', { files: { [own]: 'helm:\n  values: |\n    image: {tag: 1}\n' } }, own],
    ['with an object', { files: { [own]: 'helm:\n  valuesObject:\n    image:\n      tag: 1\n' } }, own],
    [
      'of an Application in another namespace',
      { namespace: 'team', files: { 'apps/shop/.argocd-source-team_shop.yaml': parameter } },
      'apps/shop/.argocd-source-team_shop.yaml',
    ],
  ])('%s wins over a values file', (_what, one, by) => {
    const { files = {} } = one;
    expect(warningsOf({ ...one, source: { helm: {} } })).toEqual([wins(by)]);
    expect(warningsOf({ ...one, source: { helm: {} }, files: {} })).toEqual([]);
    expect(Object.keys(files)).toEqual([by]);
  });

  test.each<[string, Case]>([
    ['of another Application', { files: { 'apps/shop/.argocd-source-web.yaml': parameter } }],
    ['that sets something else', { files: { [own]: parameter.replace('image.tag', 'replicas') } }],
    ['that cannot be read', { files: { [own]: 'helm: [' } }],
    [
      'that replaces the parameters of the Application',
      {
        source: { helm: { parameters: [{ name: 'image.tag', value: '1' }] } },
        files: { [own]: 'helm:\n  parameters: []\n' },
      },
    ],
  ])('%s does not', (_what, one) => {
    expect(warningsOf({ source: { helm: {} }, ...one })).toEqual([]);
  });

  test('wins over the override file that is written, when it comes after it', () => {
    const source = { helm: {} };
    const target = all;
    const other = parameter.replace('image.tag', 'replicas');
    expect(warningsOf({ source, target, files: { [own]: other } })).toEqual([wins(own, { file: all })]);
    expect(warningsOf({ source, target: own, files: { [all]: parameter } })).toEqual([]);
  });

  test('is not the file that is written', () => {
    const source = { helm: {} };
    expect(warningsOf({ source, target: 'apps/web/.argocd-source-shop.yaml' })).toEqual([
      `what is written to apps/web/.argocd-source-shop.yaml has no effect: the override file that Argo CD reads is ${own}; correct write-back-target`,
    ]);
    expect(warningsOf({ source, target: own })).toEqual([]);
  });
});

describe('Kustomize images of the Application', () => {
  const target = 'kustomization';
  const file = 'the kustomization in apps/shop';
  const of = (...images: readonly string[]): Case => ({
    source: { kustomize: { images } },
    target,
    annotations: {},
  });

  test.each([
    'acme/web:1.0.0',
    'acme/web=quay.io/acme/web:1',
    'docker.io/acme/web@sha256:ab',
    'acme/web=acme/x',
  ])('%s wins over the kustomization', (entry) => {
    expect(warningsOf(of('acme/api:1', entry))).toEqual([
      wins('spec.source.kustomize.images', { file, key: 'acme/web' }),
    ]);
    expect(warningsOf(of(entry), true)).toHaveLength(1);
  });

  test.each(['acme/api:1.0.0', 'acme/web=quay.io/acme/web:*', 'other=acme/web:1'])('%s does not', (entry) => {
    expect(warningsOf(of(entry))).toEqual([]);
  });

  test('so does an override file that is left over', () => {
    const by = 'apps/shop/.argocd-source-shop.yaml';
    const files = { [by]: 'kustomize:\n  images:\n  - acme/web:1.0.0\n' };
    expect(warningsOf({ ...of(), files })).toEqual([wins(by, { file, key: 'acme/web' })]);
  });
});
