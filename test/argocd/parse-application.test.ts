import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApplication, readApplication } from '../../src/argocd/parse-application.ts';
import { LynceusError } from '../../src/errors.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { orRefused } from '../helpers/thrown.ts';
import { aSource } from './an-application.ts';

const SOURCE = { repoURL: 'https://git.example/a.git', path: 'apps/shop', targetRevision: 'main' };

function manifest(changes: object = {}, spec: object = { source: SOURCE }): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd', ...changes },
    spec,
  };
}

/** What is special about the manifest, and the line it is refused with. */
const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['nothing', undefined, 'shop.yaml: expected object, found undefined'],
  ['null', null, 'shop.yaml: expected object, found null'],
  ['text', 'hello', 'shop.yaml: expected object, found string'],
  ['a list', [], 'shop.yaml: expected object, found array'],
  ['no metadata', { spec: { source: SOURCE } }, 'shop.yaml: metadata: expected object, found undefined'],
  ['no name', manifest({ name: undefined }), 'shop.yaml: metadata.name: expected string, found undefined'],
  ['a number as name', manifest({ name: 7 }), 'shop.yaml: metadata.name: expected string, found number'],
  ['a path as name', manifest({ name: '../../x' }), 'shop.yaml: metadata.name: expected a Kubernetes name'],
  ['a template as name', manifest({ name: 'shop-{{ .env }}' }), 'metadata.name: expected a Kubernetes name'],
  ['a path as namespace', manifest({ namespace: 'a/b' }), 'metadata.namespace: '],
  ['another kind', { ...manifest(), kind: 'AppProject' }, 'shop.yaml: kind: expected "Application"'],
  ['no spec', { metadata: { name: 'shop' } }, 'shop.yaml: spec: expected object, found undefined'],
  ['no source', manifest({}, {}), 'spec: expected source, sources or sourceHydrator.drySource, found none'],
  ['no sources', manifest({}, { sources: [] }), 'spec: expected source, sources or sourceHydrator.drySource'],
  ['a text as source', manifest({}, { source: 'x' }), 'spec.source: expected object, found string'],
  [
    'a number as path',
    manifest({}, { source: { path: 1 } }),
    'spec.source.path: expected string, found number',
  ],
  [
    'a number as revision',
    manifest({}, { sources: [{ targetRevision: 1.1 }] }),
    'spec.sources[0].targetRevision: expected string',
  ],
  [
    'a map as parameters',
    manifest({}, { source: { helm: { parameters: {} } } }),
    'spec.source.helm.parameters: expected array',
  ],
  [
    'a parameter without name',
    manifest({}, { source: { helm: { parameters: [{ value: '1' }] } } }),
    'spec.source.helm.parameters[0].name: expected string',
  ],
  [
    'a list as value',
    manifest({}, { source: { helm: { parameters: [{ name: 'a', value: [] }] } } }),
    'helm.parameters[0].value: expected a text, a number or a truth value',
  ],
  [
    'an object as image',
    manifest({}, { source: { kustomize: { images: [{}] } } }),
    'spec.source.kustomize.images[0]: expected string',
  ],
  ['no dry source', manifest({}, { sourceHydrator: {} }), 'spec.sourceHydrator.drySource: expected object'],
  [
    'an unquoted true',
    manifest({ annotations: { [`${PREFIX}force-update`]: true } }),
    `metadata.annotations["${PREFIX}force-update"]: expected a text, found a boolean: put the value in quotes`,
  ],
  [
    'an unquoted number',
    manifest({ annotations: { [`${PREFIX}allow-tags`]: 1.1 } }),
    'expected a text, found a number',
  ],
  [
    'an empty annotation',
    manifest({ annotations: { [`${PREFIX}allow-tags`]: null } }),
    'expected a text, found nothing',
  ],
];

describe('parseApplication', () => {
  test.each(REFUSED)('refuses %s', (_, document, line) => {
    expect(() => parseApplication(document, 'shop.yaml')).toThrow(
      expect.objectContaining({
        code: 'application-invalid',
        message: expect.stringContaining(line) as string,
      }) as Error,
    );
  });

  test('reads what decides something, and nothing else', () => {
    const read = parseApplication(
      {
        ...manifest(
          {
            annotations: { [`${PREFIX}image-list`]: 'web=acme/web', other: 7 },
            labels: { team: 'a', n: 1 },
            uid: 'x',
          },
          {
            project: 'default',
            source: {
              ...SOURCE,
              helm: {
                parameters: [{ name: 'image.tag', value: '1.0', forceString: true }],
                valueFiles: ['v.yaml'],
                values: 'a: 1',
              },
            },
          },
        ),
        status: { sourceType: 'Helm', summary: { images: ['acme/web:1.0'] }, health: {} },
      },
      'shop.yaml',
    );

    expect(read).toEqual({
      namespace: 'argocd',
      name: 'shop',
      uid: 'x',
      annotations: { [`${PREFIX}image-list`]: 'web=acme/web' },
      labels: { team: 'a' },
      sources: [
        aSource({
          repoURL: 'https://git.example/a.git',
          helm: {
            parameters: [{ name: 'image.tag', value: '1.0', forceString: true }],
            valueFiles: ['v.yaml'],
            values: 'a: 1',
          },
        }),
      ],
      multiSource: false,
      hydrated: false,
      sourceTypes: ['Helm'],
      liveImages: ['acme/web:1.0'],
      origin: 'shop.yaml',
    });
  });

  test.each([
    ['team', 'team'],
    ['default', undefined],
    ['', undefined],
    [undefined, undefined],
    [7, undefined],
  ])('of the project %j, %j is kept', (project, kept) => {
    expect(parseApplication(manifest({}, { project, source: SOURCE }), 'shop.yaml').project).toBe(kept);
  });

  test.each<[string, unknown, unknown]>([
    [
      'a server',
      { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      { server: 'https://kubernetes.default.svc', name: '', namespace: 'shop' },
    ],
    ['a name', { name: 'production' }, { server: '', name: 'production', namespace: '' }],
    ['strange parts', { server: 7, name: null, namespace: ['a'] }, { server: '', name: '', namespace: '' }],
    ['nothing', null, undefined],
    ['a text', 'production', undefined],
    ['no destination', undefined, undefined],
  ])('reads a destination with %s', (_, destination, expected) => {
    const read = parseApplication(manifest({}, { destination, source: SOURCE }), 'shop.yaml');

    expect(read.destination).toEqual(expected);
    expect('destination' in read).toBe(expected !== undefined);
  });

  test('a namespace may be missing, and empty fields count as missing', () => {
    const read = parseApplication(
      manifest(
        { namespace: undefined, annotations: null, labels: null },
        { source: { ...SOURCE, helm: null, chart: null } },
      ),
      'shop.yaml',
    );

    expect(read).toMatchObject({
      namespace: '',
      annotations: {},
      labels: {},
      sources: [{ helm: undefined, chart: '' }],
    });
  });

  test('an empty block is a block, because Argo CD takes it for one', () => {
    const read = parseApplication(manifest({}, { source: { ...SOURCE, kustomize: {} } }), 'shop.yaml');

    expect(read.sources[0]?.kustomize).toEqual({ images: [] });
  });

  test.each([
    ['a number', 1.5, '1.5'],
    ['a truth value', false, 'false'],
    ['a text', '1.50', '1.50'],
    ['nothing', null, ''],
    ['a missing value', undefined, ''],
  ])('a parameter may have %s as its value', (_, value, text) => {
    const helm = { parameters: [{ name: 'a', value }] };
    const plugin = { env: [{ name: 'A', value }] };
    const read = parseApplication(manifest({}, { source: { helm, plugin } }), 'shop.yaml');

    expect(read.sources[0]?.helm?.parameters).toEqual([{ name: 'a', value: text, forceString: false }]);
    expect(read.sources[0]?.plugin?.env).toEqual([{ name: 'A', value: text }]);
  });

  test.each([
    [
      'the hydrator over sources',
      {
        sourceHydrator: { drySource: { path: 'dry' } },
        sources: [{ path: 'many' }],
        source: { path: 'one' },
      },
      ['dry'],
      [false, true],
    ],
    [
      'sources over source',
      { sources: [{ path: 'a' }, { path: 'b' }], source: { path: 'one' } },
      ['a', 'b'],
      [true, false],
    ],
    ['source over an empty sources', { sources: [], source: { path: 'one' } }, ['one'], [false, false]],
  ])('takes %s', (_, spec, paths, kind) => {
    const read = parseApplication(manifest({}, spec), 'shop.yaml');

    expect(read.sources.map(({ path }) => path)).toEqual(paths);
    expect([read.multiSource, read.hydrated]).toEqual(kind);
  });

  test.each([
    ['no status', undefined, [], undefined],
    ['an empty status', {}, [], undefined],
    ['a summary without images', { summary: {} }, [], []],
    [
      'several types',
      { sourceTypes: ['Helm', 'Directory'], sourceType: '' },
      ['Helm', 'Directory'],
      undefined,
    ],
    ['an empty type', { sourceType: '' }, [], undefined],
    ['a strange status', { sourceType: 7, summary: 'x' }, [], undefined],
    ['strange images', { summary: { images: [{}] } }, [], undefined],
  ])('reads %s', (_, status, sourceTypes, liveImages) => {
    const read = parseApplication({ ...manifest(), status }, 'shop.yaml');

    expect(read).toMatchObject({ sourceTypes, liveImages });
  });

  test('all faults are told at once, but not endlessly many', () => {
    const source = { path: 1, chart: 2, ref: 3, repoURL: 4, targetRevision: 5, helm: 6, kustomize: 7 };

    expect(() => parseApplication(manifest({}, { source }), 'shop.yaml')).toThrow(
      /spec\.source\.repoURL: .*; spec\.source\.path: .*; and 2 more$/,
    );
  });

  test('a problem carries the name of the Application and the path in the manifest', () => {
    expect(readApplication(manifest({}, { source: { path: 1 } }), 'shop.yaml')).toMatchObject({
      kind: 'problem',
      problem: {
        application: { namespace: 'argocd', name: 'shop' },
        alias: undefined,
        code: 'application-invalid',
        key: 'spec.source.path',
      },
    });
  });

  test('nothing makes it throw anything but a LynceusError', () => {
    const anything = fc.anything();
    const nearly = fc.record(
      {
        kind: fc.constant('Application'),
        metadata: fc.record({ name: fc.constant('a'), annotations: anything }),
        spec: fc.record(
          { source: anything, sources: anything, sourceHydrator: anything },
          { requiredKeys: [] },
        ),
        status: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (document) => {
        const read = orRefused(() => parseApplication(document, 'x'));
        expect(read instanceof LynceusError || read.sources.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
