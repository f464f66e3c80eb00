import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { aSource, HELM, KUSTOMIZE, PLUGIN, policyOf, readWeb } from './an-application.ts';

type Annotations = Readonly<Record<string, string>>;
type Special = Partial<Application>;

const KUSTOMIZED: Special = { sources: [aSource(KUSTOMIZE)] };
const PLUGGED: Special = { sources: [aSource(PLUGIN)] };

describe('where it is written', () => {
  test.each<[Annotations, Special, object]>([
    [{}, {}, { base: 'main', push: undefined }],
    [{}, { sources: [aSource({ ...HELM, targetRevision: '' })] }, { base: 'HEAD' }],
    [{}, { sources: [aSource({ ...HELM, targetRevision: 'HEAD' })] }, { base: 'HEAD' }],
    [{}, { sources: [aSource({ ...HELM, targetRevision: 'refs/heads/next' })] }, { base: 'next' }],
    [{ 'git-branch': 'next' }, {}, { base: 'next', push: undefined }],
    [{ 'git-branch': ' next:updates ' }, {}, { base: 'next', push: 'updates' }],
    [{ 'git-branch': ':updates' }, {}, { base: 'main', push: 'updates' }],
    [{ 'git-branch': ':main' }, {}, { base: 'main', push: 'main' }],
    [{ 'git-branch': '  ' }, {}, { base: 'main', push: undefined }],
    [
      { 'git-branch': 'next' },
      { sources: [aSource({ ...HELM, targetRevision: '>=1.0' })] },
      { base: 'next' },
    ],
    [
      { 'git-repository': 'https://git.example/other.git' },
      {},
      { remote: { url: 'https://git.example/other.git' }, base: 'main' },
    ],
    [
      { 'git-repository': 'https://git.example/other' },
      {
        sources: [
          aSource(HELM),
          aSource({ repoURL: 'https://git.example/other.git', targetRevision: 'stage', ref: 'v' }),
        ],
        multiSource: true,
      },
      { remote: { url: 'https://git.example/other' }, base: 'stage' },
    ],
    [
      {},
      {
        sources: [
          aSource({ ref: 'v', targetRevision: 'main' }),
          aSource({ ...HELM, targetRevision: 'prod' }),
        ],
        multiSource: true,
      },
      { base: 'prod' },
    ],
    [
      { 'write-back-method': 'git:secret:creds' },
      {},
      { credentials: { kind: 'secret', namespace: 'argocd', name: 'creds' } },
    ],
    [
      { 'write-back-method': 'git:secret:creds' },
      { namespace: '' },
      { credentials: { kind: 'secret', namespace: 'argocd', name: 'creds' } },
    ],
    [
      { 'write-back-method': 'git:secret:team/creds' },
      { namespace: 'team' },
      { credentials: { kind: 'secret', namespace: 'team', name: 'creds' } },
    ],
    [
      {},
      { sources: [aSource({ ...HELM, repoURL: 'https://org@dev.azure.com/o/p/_git/r' })] },
      { remote: { url: 'https://dev.azure.com/o/p/_git/r' } },
    ],
  ])('%o with %o', (annotations, changes, place) => {
    const {
      destination: { target },
    } = policyOf(readWeb(annotations, changes));

    expect(target.method === 'git' && target.place).toMatchObject(place);
  });

  const https = 'https://git.example/values.git';
  test.each<
    [source: Partial<Application['sources'][number]>, remote: string | undefined, own: boolean | undefined]
  >([
    [HELM, undefined, true],
    [{ repoURL: https, ref: 'v' }, https, true],
    [{ repoURL: https, ref: 'v' }, 'https://GIT.example:443/values/', true],
    [{ repoURL: https, ref: 'v' }, 'git@git.example:values.git', true],
    [{ repoURL: 'git@git.example:values.git', ref: 'v' }, https, true],
    [{ repoURL: 'http://git.example/values', ref: 'v' }, 'http://git.example/values.git', true],
    [{ repoURL: https, ref: 'v' }, 'http://git.example/values.git', undefined],
    [{ repoURL: https, ref: 'v' }, 'https://git.example:8443/values.git', undefined],
    [{ repoURL: https, ref: 'v' }, 'ssh://git@git.example:2222/values.git', undefined],
    [{ repoURL: https, ref: 'v' }, 'https://git.example/values-2.git', undefined],
    [{ repoURL: https, chart: 'values' }, https, undefined],
    [{ repoURL: '/srv/git/values', ref: 'v' }, 'file:///srv/git/values.git', true],
    [{ repoURL: '/srv/git/values', ref: 'v' }, 'file:///srv/git/secret', undefined],
  ])('a source %o makes git-repository %s its own: %s', (source, remote, own) => {
    const annotations: Annotations = remote === undefined ? {} : { 'git-repository': remote };
    const {
      destination: { target },
    } = policyOf(readWeb(annotations, { sources: [aSource(HELM), aSource(source)], multiSource: true }));

    expect(target.method === 'git' && target.place.isOwnSource).toBe(own);
  });

  test.each<[Annotations, Special, Partial<PolicyContext>, string, string]>([
    [{ 'write-back-method': 'argocd' }, {}, {}, 'spec.source', 'helm'],
    [{ 'write-back-method': ' argocd ' }, KUSTOMIZED, {}, 'spec.source', 'kustomize'],
    [{ 'web.plugin.image-tag': 'TAG' }, PLUGGED, { defaultMethod: 'argocd' }, 'spec.source', 'plugin'],
    [
      {},
      { sources: [aSource({ chart: 'web', path: '' })] },
      { defaultMethod: 'argocd' },
      'spec.source',
      'helm',
    ],
    [
      {},
      { sources: [aSource(), aSource(KUSTOMIZE)], multiSource: true },
      { defaultMethod: 'argocd' },
      'spec.sources[1]',
      'kustomize',
    ],
    [{}, { hydrated: true }, { defaultMethod: 'argocd' }, 'spec.sourceHydrator.drySource', 'helm'],
  ])('%o with %o changes the Application', (annotations, changes, context, at, format) => {
    const tracked = policyOf(readWeb(annotations, changes, context));

    expect(tracked.destination.target).toEqual({ method: 'application', at, format });
  });

  test.each<[Annotations, Partial<PolicyContext>, string]>([
    [{ 'write-back-method': 'argocd' }, {}, 'argocd'],
    [{}, { defaultMethod: 'argocd' }, ''],
  ])('%o cannot change an Application that was read from a file', (annotations, context, value) => {
    const { images, refused } = readWeb(annotations, {}, { ...context, canWriteApplications: false });

    expect(images).toEqual([]);
    expect(refused[0]?.problems).toMatchObject([
      { code: 'write-method-unsupported', key: `${PREFIX}write-back-method`, value, alias: undefined },
    ]);
    expect(refused[0]?.problems[0]?.message).toMatch(/write-back-method: git.*writeBack\.method: git/);
  });
});
