import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../../src/core/image/reference.ts';
import type { Fence } from '../../../src/core/permissions/fence.ts';
import { judgeKeys } from '../../../src/core/permissions/judge-keys.ts';
import type { PermissionRule } from '../../../src/core/permissions/permission-rule.ts';
import type { FileTarget, ImageSlot } from '../../../src/core/policy.ts';
import { readImage } from '../../../src/edits/index.ts';
import { aPlace, aRequester, aTracked } from '../../helpers/policies.ts';
import { aRule } from './a-rule.ts';

const VALUES = `
image: {repository: ghcr.io/acme/api, tag: 1.0.0}
flag: true
"deploy.run": make
workers: [{name: mail, replicas: 3, tag: 1.0.0}]
workflow: {run: ""}
anchors: {v: &rev v1.0.0, api: &api 17}
version: &version 1.0.0
spec: {targetRevision: *version}
web: {tag: *api, version: *rev}
deploy: {branch: *rev}
env: [{name: API_TAG, value: latest}, {name: GIT_REF, value: v1.0.0}]
`;

const FILE = { kind: 'helm-values', path: 'apps/shop/values.yaml' } as const satisfies FileTarget;

function tagAt(...paths: readonly string[]): ImageSlot {
  const [first, ...others] = paths.map((path) => ({
    kind: 'helm-parts' as const,
    name: { path: 'image.repository', explicit: false, shared: true as const },
    tag: { path, explicit: true },
  }));
  if (first === undefined) throw new Error('a slot needs a key');
  return others.length === 0 ? first : { ...first, others };
}

interface Given {
  readonly rules?: readonly PermissionRule[];
  readonly createMissing?: boolean;
  readonly path?: string;
}

function judge(
  slot: ImageSlot,
  { rules = [], createMissing = false, path = FILE.path }: Given = {},
): string | undefined {
  const fence: Fence = { rules, enforced: false, projects: { kind: 'none' }, argocdNamespace: 'argocd' };
  const tracked = {
    ...aTracked({ slot, file: FILE, requester: aRequester({ project: 'shop' }) }),
    image: parseImageReference('ghcr.io/acme/api'),
  };
  const target = { method: 'git', place: aPlace(), file: FILE } as const;
  const presence = readImage(FILE, VALUES, slot, { createMissing });
  return judgeKeys({ ...tracked, target, path }, presence, fence)?.line;
}

describe('the keys of a values file that may be written', () => {
  test.each([['image.tag'], ['workers[0].tag'], ['workers[name=mail].tag'], ['image."tag"']])(
    '%s without a rule',
    (path) => {
      expect(judge(tagAt(path))).toBeUndefined();
      expect(judge(tagAt('image.tag', path))).toBeUndefined();
    },
  );

  test.each([
    ['flag', 'flag'],
    ['workers[0].replicas', 'workers[0].replicas'],
    ['workers[name=mail].replicas', 'workers[0].replicas'],
    ['deploy.run', 'deploy.run'],
    ['workflow.run', 'workflow.run'],
    ['"workflow"."run"', 'workflow.run'],
    ['spec.targetRevision', 'spec.targetRevision'],
    ['version', 'spec.targetRevision'],
    ['env[name=GIT_REF].value', 'env[1].value'],
    ['web.version', 'deploy.branch'],
    ['anchors.v', 'deploy.branch'],
    ['workflow."x"', 'workflow.x'],
  ])('%s only with a rule, and it is named as it was found', (path, shown) => {
    const line = judge(tagAt(path), { createMissing: true });

    expect(line).toContain(
      `apps/shop/values.yaml: the key "${path === 'deploy.run' ? '"deploy.run"' : shown}"`,
    );
    expect(judge(tagAt('image.tag', path), { createMissing: true })).toBe(line);
  });

  test.each<readonly [Partial<PermissionRule>, boolean]>([
    [{ keys: ['workflow.run'] }, true],
    [{ keys: ['workflow.*'] }, true],
    [{ keys: ['*'], projects: ['shop'], applications: ['sh*'], namespaces: ['argocd'] }, true],
    [{ keys: ['*'], remotes: ['https://git.example/acme/*'], paths: ['apps/*/values.yaml'] }, true],
    [{ keys: ['*'], branches: ['main'] }, true],
    [{ keys: ['workflow'] }, false],
    [{ keys: [] }, false],
    [{ keys: ['*'], projects: ['billing'] }, false],
    [{ keys: ['*'], paths: ['envs/*'] }, false],
    [{ keys: ['*'], remotes: ['https://git.example/other/*'] }, false],
    [{ templates: ['*'] }, false],
  ])('by the rule %j: %s', (rule, allowed) => {
    expect(judge(tagAt('workflow.run'), { rules: [aRule(rule)] }) === undefined).toBe(allowed);
    expect(judge(tagAt('image.tag'), { rules: [aRule(rule)] })).toBeUndefined();
  });

  test('a rule for a key does not allow another one that shares its anchor', () => {
    const by = (...keys: readonly string[]) => judge(tagAt('version'), { rules: [aRule({ keys })] });

    expect(by('version')).toContain('keys: [spec.targetRevision]');
    expect(by('spec.targetRevision')).toBeUndefined();
  });

  test('the rule that a refusal names allows it', () => {
    expect(judge(tagAt('workers[name=mail].replicas'))).toBe(
      'apps/shop/values.yaml: the key "workers[0].replicas" may not be written: its name is that of something else than the tag of an image ' +
        '(name the key of an image in the annotation, or an administrator may allow it with a rule of permissions.rules: ' +
        '{projects: [shop], namespaces: [argocd], applications: [shop], remotes: [https://git.example/acme/deploy.git], ' +
        "paths: [apps/shop/values.yaml], keys: ['workers\\[name=mail\\].replicas']})",
    );
    const rule = aRule({
      projects: ['shop'],
      namespaces: ['argocd'],
      applications: ['shop'],
      remotes: ['https://git.example/acme/deploy.git'],
      paths: ['apps/shop/values.yaml'],
      keys: [String.raw`workers\[name=mail\].replicas`],
    });
    expect(judge(tagAt('workers[name=mail].replicas'), { rules: [rule] })).toBeUndefined();
    expect(judge(tagAt('workers[0].name'), { rules: [rule] })).toBeDefined();
  });
});
