import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readPolicies } from '../../../src/argocd/read-policies.ts';
import type { Fence } from '../../../src/core/permissions/fence.ts';
import { judgeWrite } from '../../../src/core/permissions/judge-write.ts';
import {
  formatRule,
  literalGlob,
  type PermissionRule,
} from '../../../src/core/permissions/permission-rule.ts';
import { gitTargetOf, type TrackedImage } from '../../../src/core/policy.ts';
import type { ApplicationSource } from '../../../src/argocd/application.ts';
import { anApplication, aSource, CONTEXT } from '../../argocd/an-application.ts';
import { aRule } from './a-rule.ts';

const CONFIG = 'https://git.example/acme/config';

function aFence(rules: readonly Partial<PermissionRule>[] = [], enforced = true): Fence {
  return {
    rules: rules.map(aRule),
    enforced,
    projects: { kind: 'none' },
    argocdNamespace: 'argocd',
  };
}

type Annotations = Readonly<Record<string, string>>;

function imageOf(
  annotations: Annotations,
  sources: readonly ApplicationSource[] = [aSource({ helm: { parameters: [], valueFiles: [] } })],
): TrackedImage {
  const all = { 'image-list': 'web=acme/web:1.x', 'write-back-method': 'git', ...annotations };
  const changes = { sources, multiSource: sources.length > 1, namespace: 'team-a', project: 'shop' };
  const [image] = readPolicies(anApplication(all, changes), CONTEXT).images;
  if (image === undefined) throw new Error('the annotations are wrong');
  return image;
}

function judge(image: TrackedImage, fence: Fence, path?: string): string {
  const target = gitTargetOf(image);
  if (target === undefined) throw new Error('the image is not written to Git');
  const judged = judgeWrite({ ...image, target, ...(path === undefined ? {} : { path }) }, fence);
  return judged.kind === 'allowed' ? judged.claim : 'refused';
}

const HELM = { parameters: [], valueFiles: ['values-prod.yaml', '/shared/all.yaml', '$conf/envs/prod.yaml'] };
const MULTI = [
  aSource({ helm: HELM }),
  aSource({ repoURL: CONFIG, path: '', ref: 'conf', targetRevision: '' }),
];

/** What is asked for, and what an enforced fence without rules and an open one say. */
const ROWS: readonly [string, Annotations, readonly ApplicationSource[] | undefined, string, string][] = [
  ['the override file', {}, undefined, 'own', 'own'],
  ['the values of the chart', { 'write-back-target': 'helmvalues' }, undefined, 'own', 'own'],
  ['a listed value file', { 'write-back-target': 'helmvalues:values-prod.yaml' }, MULTI, 'own', 'own'],
  ['one from the root', { 'write-back-target': 'helmvalues:/shared/all.yaml' }, MULTI, 'own', 'own'],
  ['one in another source', { 'write-back-target': 'helmvalues:$conf/envs/prod.yaml' }, MULTI, 'own', 'own'],
  [
    'another file there',
    { 'write-back-target': 'helmvalues:$conf/envs/dev.yaml' },
    MULTI,
    'refused',
    'granted',
  ],
  [
    'a value file that is not listed',
    { 'write-back-target': 'helmvalues:other.yaml' },
    MULTI,
    'refused',
    'granted',
  ],
  ['the kustomization of the folder', { 'write-back-target': 'kustomization' }, undefined, 'own', 'own'],
  ['one below it', { 'write-back-target': 'kustomization:overlays/prod' }, undefined, 'own', 'own'],
  ['one above it', { 'write-back-target': 'kustomization:..' }, undefined, 'refused', 'granted'],
  ['one beside it', { 'write-back-target': 'kustomization:../shop-2' }, undefined, 'refused', 'granted'],
  ['marked values', { 'write-back-target': 'markers:deploy.yaml' }, undefined, 'refused', 'granted'],
  ['another remote', { 'git-repository': CONFIG }, undefined, 'refused', 'granted'],
  [
    'its own remote, spelled otherwise',
    { 'git-repository': 'git@git.example:acme/deploy', 'write-back-target': 'helmvalues' },
    undefined,
    'own',
    'own',
  ],
  ['its own branch by name', { 'git-branch': 'main' }, undefined, 'own', 'own'],
  ['another branch', { 'git-branch': 'production' }, undefined, 'refused', 'granted'],
  ['another branch to push', { 'git-branch': 'main:updates' }, undefined, 'own', 'own'],
  [
    'a branch of a commit',
    { 'git-branch': 'main' },
    [aSource({ targetRevision: 'a'.repeat(40), helm: HELM })],
    'refused',
    'granted',
  ],
  [
    'the full name of its branch',
    {},
    [aSource({ targetRevision: 'refs/heads/main', helm: HELM })],
    'own',
    'own',
  ],
  [
    'the file for all',
    { 'write-back-target': '/apps/shop/.argocd-source.yaml' },
    undefined,
    'refused',
    'refused',
  ],
  [
    "another's override file",
    { 'write-back-target': '/apps/shop/.argocd-source-web.yaml' },
    undefined,
    'refused',
    'refused',
  ],
  [
    'that of a namespace',
    { 'write-back-target': '/apps/shop/.argocd-source-team-b_web.yaml' },
    undefined,
    'refused',
    'refused',
  ],
  [
    'in other case',
    { 'write-back-target': '/apps/shop/.ArgoCD-Source.yaml' },
    undefined,
    'refused',
    'refused',
  ],
  [
    'as a value file',
    { 'write-back-target': 'helmvalues:.argocd-source.yaml' },
    [aSource({ helm: { parameters: [], valueFiles: ['.argocd-source.yaml'] } })],
    'refused',
    'refused',
  ],
];

describe('an Application that asks for', () => {
  test.each(ROWS)('%s', (_, annotations, sources, enforced, open) => {
    const image = imageOf(annotations, sources);
    expect([judge(image, aFence()), judge(image, aFence([], false))]).toEqual([enforced, open]);
  });

  test.each<[string, string, string]>([
    ['apps/shop/values.yaml', 'own', 'own'],
    ['apps/other/values.yaml', 'refused', 'granted'],
    ['apps/shop/.argocd-source.yaml', 'refused', 'refused'],
    ['.github/workflows/deploy.yaml', 'refused', 'granted'],
  ])('a file that a symbolic link makes %s', (path, enforced, open) => {
    const image = imageOf({ 'write-back-target': 'helmvalues' });
    expect([judge(image, aFence(), path), judge(image, aFence([], false), path)]).toEqual([enforced, open]);
  });
});

describe('a rule', () => {
  const other = imageOf({
    'git-repository': CONFIG,
    'git-branch': 'main',
    'write-back-target': 'helmvalues:/a/v.yaml',
  });
  const place = { remotes: [CONFIG], branches: ['main'], paths: ['a/v.yaml'] };
  test.each<[string, readonly Partial<PermissionRule>[], string]>([
    ['of all three', [place], 'granted'],
    [
      'with globs',
      [{ remotes: ['https://git.example/acme/*'], branches: ['m*'], paths: ['**/*.yaml'] }],
      'granted',
    ],
    ['for any remote', [{ ...place, remotes: ['*'] }], 'granted'],
    ['by another transport', [{ ...place, remotes: ['git@git.example:acme/config.git'] }], 'granted'],
    ['without the remote', [{ ...place, remotes: [] }], 'refused'],
    ['without the branch', [{ ...place, branches: [] }], 'refused'],
    ['without the path', [{ ...place, paths: [] }], 'refused'],
    ['of another path', [{ ...place, paths: ['a/*/v.yaml'] }], 'refused'],
    ['of a folder alone', [{ ...place, paths: ['a/'] }], 'refused'],
    ['of a remote that begins alike', [{ ...place, remotes: ['https://git.example/acme/conf'] }], 'refused'],
    [
      'in two halves',
      [
        { ...place, paths: [] },
        { ...place, remotes: [] },
      ],
      'refused',
    ],
    ['for its project', [{ ...place, projects: ['sh*'] }], 'granted'],
    ['for another project', [{ ...place, projects: ['sho'] }], 'refused'],
    ['for its namespace', [{ ...place, namespaces: ['team-?'] }], 'granted'],
    ['for another namespace', [{ ...place, namespaces: ['argocd'] }], 'refused'],
    ['for its name', [{ ...place, applications: ['shop'] }], 'granted'],
    ['for another name', [{ ...place, applications: ['shop-*'] }], 'refused'],
    ['after one that is for others', [{ projects: ['x'] }, place], 'granted'],
    ['for everything', [{ remotes: ['*'], branches: ['**'], paths: ['**'] }], 'granted'],
    ['that grants nothing', [{}], 'refused'],
  ])('%s', (_, rules, expected) => {
    expect(judge(other, aFence(rules))).toBe(expected);
  });

  test('of a path alone is for its own remotes', () => {
    const own = imageOf({ 'write-back-target': 'helmvalues:/a/v.yaml' });
    const fence = aFence([{ paths: ['a/v.yaml'] }]);
    expect([judge(own, fence), judge(other, fence)]).toEqual(['granted', 'refused']);
  });

  test('of a remote does not grant a path of another', () => {
    const own = imageOf({ 'write-back-target': 'helmvalues:/a/v.yaml' });
    expect(judge(own, aFence([place]))).toBe('refused');
  });

  test('for the default branch fits it once its name is known', () => {
    const own = imageOf({ 'git-branch': 'trunk' }, [aSource({ targetRevision: 'next', helm: HELM })]);
    const listed = { ...own, requester: { ...own.requester, defaultBranch: 'trunk' } };
    const fence = aFence([{ branches: ['HEAD'] }]);
    expect([judge(own, fence), judge(listed, fence)]).toEqual(['refused', 'granted']);
  });

  test.each(ROWS.filter(([, , , enforced]) => enforced === 'refused'))(
    'that the refusal of %s names allows it, and is YAML',
    (_, annotations, sources) => {
      const image = imageOf(annotations, sources);
      const target = gitTargetOf(image);
      const judged = target && judgeWrite({ ...image, target }, aFence());
      const rule =
        judged?.kind === 'refused' ? (parse(formatRule(judged.rule)) as Partial<PermissionRule>) : {};
      expect(judge(image, aFence([rule]))).toBe('granted');
      expect(judge({ ...image, application: { ...image.application, name: 'x' } }, aFence([rule]))).toBe(
        'refused',
      );
    },
  );
});

test('a default branch is its own whichever way it is named', () => {
  const image = imageOf({ 'git-branch': 'trunk' }, [aSource({ targetRevision: 'HEAD', helm: HELM })]);
  const withDefault = (defaultBranch: string) => ({
    ...image,
    requester: { ...image.requester, defaultBranch },
  });
  expect([
    judge(image, aFence()),
    judge(withDefault('trunk'), aFence()),
    judge(withDefault('main'), aFence()),
  ]).toEqual(['own', 'own', 'refused']);
});

test.each(['a*b', '[x]', '{a,b}', 'a\\b', 'plain/path.yaml', "it's", '- x', 'true', '#', 'a: b', '~', '!x'])(
  'the glob of the text %j is read back from YAML and matches it alone',
  (text) => {
    const rule = parse(formatRule({ paths: [literalGlob(text)] })) as Partial<PermissionRule>;
    expect(rule.paths).toEqual([literalGlob(text)]);
  },
);
