import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import type { FileTarget } from '../../src/core/policy.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { aSource, HELM, KUSTOMIZE, PLUGIN, readWeb } from './an-application.ts';

type Special = Partial<Application>;

const CHART = aSource({ repoURL: 'https://charts.example', path: '', chart: 'web', targetRevision: '1.2.3' });
const PLAIN: Special = { sources: [aSource()] };
const KUSTOMIZED: Special = { sources: [aSource(KUSTOMIZE)] };
const TAG = { 'web.plugin.image-tag': 'WEB_TAG' };

function fileOf(
  target: string | undefined,
  changes: Special = {},
  context: Partial<PolicyContext> = {},
): FileTarget | undefined {
  const plugin = changes.sources?.[0]?.plugin !== undefined && target === undefined;
  const annotations = {
    ...(target === undefined ? {} : { 'write-back-target': target }),
    ...(plugin ? TAG : {}),
  };
  const { images, problems } = readWeb(annotations, changes, context);
  expect(problems).toEqual([]);
  const written = images[0]?.destination.target;
  return written?.method === 'git' ? written.file : undefined;
}

function pathOf(file: FileTarget | undefined): string {
  if (file === undefined) return 'none';
  const path = file.kind === 'kustomization' ? file.directory : file.path;
  return `${file.kind === 'override' ? `${file.format} override` : file.kind} ${path}`;
}

describe('the file that is written', () => {
  test.each<[string | undefined, Special, string]>([
    // Nothing said: the override file, by type.
    [undefined, {}, 'helm override apps/shop/.argocd-source-shop.yaml'],
    [undefined, KUSTOMIZED, 'kustomize override apps/shop/.argocd-source-shop.yaml'],
    [undefined, { sources: [aSource(PLUGIN)] }, 'plugin override apps/shop/.argocd-source-shop.yaml'],
    [undefined, { ...PLAIN, sourceTypes: ['Helm'] }, 'helm override apps/shop/.argocd-source-shop.yaml'],
    [
      undefined,
      { ...PLAIN, sourceTypes: ['Kustomize'] },
      'kustomize override apps/shop/.argocd-source-shop.yaml',
    ],
    [undefined, { sources: [aSource({ ...HELM, path: '.' })] }, 'helm override .argocd-source-shop.yaml'],
    [
      undefined,
      { sources: [aSource({ ...HELM, path: './apps//shop/' })] },
      'helm override apps/shop/.argocd-source-shop.yaml',
    ],
    // What the source says itself counts, not what an outdated status says.
    [
      undefined,
      { ...KUSTOMIZED, sourceTypes: ['Helm'] },
      'kustomize override apps/shop/.argocd-source-shop.yaml',
    ],
    [
      undefined,
      { ...KUSTOMIZED, sourceTypes: ['Directory'] },
      'kustomize override apps/shop/.argocd-source-shop.yaml',
    ],
    // Kustomization.
    ['kustomization', KUSTOMIZED, 'kustomization apps/shop'],
    ['kustomization:', KUSTOMIZED, 'kustomization apps/shop'],
    ['kustomization:overlays/prod', KUSTOMIZED, 'kustomization apps/shop/overlays/prod'],
    ['kustomization: ../base ', KUSTOMIZED, 'kustomization apps/base'],
    ['kustomization:/base', KUSTOMIZED, 'kustomization base'],
    ['kustomization:/', KUSTOMIZED, 'kustomization '],
    ['kustomization', PLAIN, 'kustomization apps/shop'],
    ['kustomization', { ...PLAIN, sourceTypes: ['Directory'] }, 'kustomization apps/shop'],
    ['kustomization', { sources: [aSource(PLUGIN)] }, 'kustomization apps/shop'],
    // Values files.
    ['helmvalues', {}, 'helm-values apps/shop/values.yaml'],
    ['helmvalues:', {}, 'helm-values apps/shop/values.yaml'],
    ['helmvalues:values-staging.yaml', {}, 'helm-values apps/shop/values-staging.yaml'],
    ['helmvalues:../values.yaml', {}, 'helm-values apps/values.yaml'],
    ['helmvalues:/envs/staging.yaml', {}, 'helm-values envs/staging.yaml'],
    ['helmvalues:/envs/staging', {}, 'helm-values envs/staging'],
    ['helmvalues:values.yaml', PLAIN, 'helm-values apps/shop/values.yaml'],
    ['helmvalues:values.yaml', { sources: [aSource(PLUGIN)] }, 'helm-values apps/shop/values.yaml'],
    ['helmvalues:values.yaml', KUSTOMIZED, 'helm-values apps/shop/values.yaml'],
    // A file with markers.
    ['markers:all.yaml', PLAIN, 'markers apps/shop/all.yaml'],
    ['markers:/all.yaml', KUSTOMIZED, 'markers all.yaml'],
    ['markers: ../all.yml', {}, 'markers apps/all.yml'],
    // A file from the root.
    ['envs/staging.yaml', {}, 'helm-values envs/staging.yaml'],
    ['/envs/staging.yml', {}, 'helm-values envs/staging.yml'],
    ['envs/staging', {}, 'helm-values envs/staging'],
    ['envs/staging.yaml', KUSTOMIZED, 'helm-values envs/staging.yaml'],
    ['apps/shop/.argocd-source-other.yaml', {}, 'helm override apps/shop/.argocd-source-other.yaml'],
    ['apps/shop/.argocd-source.yaml', KUSTOMIZED, 'kustomize override apps/shop/.argocd-source.yaml'],
  ])('%j with %o', (target, changes, expected) => {
    expect(pathOf(fileOf(target, changes))).toBe(expected);
  });

  test.each<[string, string, string]>([
    ['argocd', 'argocd', '.argocd-source-shop.yaml'],
    ['', 'argocd', '.argocd-source-shop.yaml'],
    ['team', 'argocd', '.argocd-source-team_shop.yaml'],
    ['team', 'default', '.argocd-source-shop.yaml'],
    ['team', 'team', '.argocd-source-shop.yaml'],
  ])('an Application in %j, Argo CD in %j: %s', (namespace, argocdNamespace, file) => {
    expect(pathOf(fileOf(undefined, { namespace }, { argocdNamespace }))).toBe(
      `helm override apps/shop/${file}`,
    );
  });

  test.each<[string, Special, string, string]>([
    ['kustomizationX', KUSTOMIZED, 'annotation-invalid', 'did you mean kustomization?'],
    ['kustomisation:../base', KUSTOMIZED, 'annotation-invalid', 'did you mean kustomization:../base?'],
    ['helmvalue:x.yaml', {}, 'annotation-invalid', 'did you mean helmvalues:x.yaml?'],
    ['values', {}, 'annotation-invalid', 'did you mean helmvalues?'],
    [
      'git:x.yaml',
      {},
      'annotation-invalid',
      'expected kustomization[:PATH], helmvalues[:PATH], markers:PATH or a file',
    ],
    ['markers', PLAIN, 'annotation-invalid', 'expected a file with markers behind the colon'],
    ['markers:', PLAIN, 'annotation-invalid', 'expected a file with markers behind the colon'],
    ['markers:all/', PLAIN, 'annotation-invalid', 'expected a file with markers, found the folder'],
    ['markers:$x/all.yaml', PLAIN, 'annotation-invalid', 'no source has a ref'],
    ['markers:../../../x.yaml', PLAIN, 'target-outside', 'leads out of it'],
    ['marker:all.yaml', PLAIN, 'annotation-invalid', 'did you mean markers:all.yaml?'],
    ['helmvalues:envs/', {}, 'annotation-invalid', 'expected a values file, found the folder'],
    ['helmvalues:/', {}, 'annotation-invalid', 'expected a values file, found the folder'],
    ['helmvalues:$values', {}, 'annotation-invalid', 'expected $REF/PATH, found "$values"'],
    ['helmvalues:$/x.yaml', {}, 'annotation-invalid', 'expected $REF/PATH, found "$/x.yaml"'],
    ['helmvalues:..', {}, 'annotation-invalid', 'expected a values file, found the folder'],
    ['envs/', {}, 'annotation-invalid', 'expected a file, found the folder'],
    ['/', {}, 'annotation-invalid', 'expected a file, found the folder'],
    ['apps/shop/kustomization.yaml', KUSTOMIZED, 'annotation-invalid', 'write kustomization:/apps/shop'],
    ['Kustomization', KUSTOMIZED, 'annotation-invalid', 'did you mean kustomization?'],
    [
      'kustomization:base/kustomization.yml',
      KUSTOMIZED,
      'annotation-invalid',
      'expected the folder of the kustomization',
    ],
    ['envs/staging', KUSTOMIZED, 'target-unsupported', 'only a Helm source'],
    ['helmvalues:../../../x.yaml', {}, 'target-outside', 'leads out of it'],
    ['kustomization:../../..', KUSTOMIZED, 'target-outside', 'leads out of it'],
    ['../x.yaml', {}, 'target-outside', 'leads out of it'],
    ['helmvalues:/.git/config.yaml', {}, 'target-outside', "Git's own folder"],
    ['apps/.argocd-source-x.yaml', PLAIN, 'target-unsupported', 'spec.source is not known to be Helm'],
  ])('refuses %j', (target, changes, code, line) => {
    const { images, refused } = readWeb({ 'write-back-target': target }, changes);

    expect(images).toEqual([]);
    expect(refused[0]?.problems).toMatchObject([
      {
        code,
        key: `${PREFIX}write-back-target`,
        value: target,
        alias: undefined,
        message: expect.stringContaining(line) as string,
      },
    ]);
  });

  test.each<[string, Special, string]>([
    ['a plain directory', PLAIN, 'spec.source is not known to be Helm, Kustomize or a plugin'],
    [
      'a plain directory by its status',
      { ...PLAIN, sourceTypes: ['Directory'] },
      'spec.source is not known to be',
    ],
    [
      'one of several',
      { sources: [aSource(), aSource()], multiSource: true },
      'spec.sources[0] is not known to be',
    ],
  ])('an override file beside %s is refused, with the ways out', (_, changes, line) => {
    const { refused } = readWeb({}, changes);

    expect(refused[0]?.problems).toMatchObject([
      { code: 'target-unsupported', key: `${PREFIX}write-back-target`, value: '' },
    ]);
    expect(refused[0]?.problems[0]?.message).toContain(line);
    expect(refused[0]?.problems[0]?.message).toContain(
      'write-back-target: helmvalues:PATH or kustomization:PATH',
    );
  });

  test('a source whose path leaves the work tree is refused', () => {
    const { refused } = readWeb({}, { sources: [aSource({ ...HELM, path: '../elsewhere' })] });

    expect(refused[0]?.problems).toMatchObject([
      { code: 'target-outside', key: 'spec.source.path', value: '../elsewhere' },
    ]);
  });

  test('a packaged chart has no place in Git: the values that lie beside it are named', () => {
    const helm = { parameters: [], valueFiles: ['$values/envs/staging.yaml'] };
    const values = aSource({ path: '', ref: 'values', repoURL: 'https://me:pw@git.example/values.git' });
    const { refused } = readWeb({}, { sources: [{ ...CHART, helm }, values], multiSource: true });
    const [first, second] = refused[0]?.problems ?? [];

    expect(first).toMatchObject({ code: 'target-unsupported', key: `${PREFIX}git-repository` });
    expect(first?.message).toContain('write write-back-target: helmvalues:$values/envs/staging.yaml');
    expect(second?.message).toContain('beside which Argo CD reads no override file');
  });

  test('a packaged chart can be written to a named file of a named Git remote', () => {
    const { images } = readWeb(
      {
        'git-repository': 'https://git.example/values.git',
        'write-back-target': 'helmvalues:/envs/staging.yaml',
      },
      { sources: [CHART] },
    );

    expect(images[0]?.destination.target).toMatchObject({
      method: 'git',
      // The revision of a chart is a version, so the remote's default branch is meant.
      place: {
        remote: { url: 'https://git.example/values.git' },
        base: 'HEAD',
        push: undefined,
        credentials: { kind: 'repocreds' },
      },
      file: { kind: 'helm-values', path: 'envs/staging.yaml' },
    });
  });
});
