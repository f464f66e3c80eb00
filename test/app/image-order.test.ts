import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { Evaluation } from '../../src/app/decide-images.ts';
import { inOrder } from '../../src/app/evaluate.ts';
import { planEvaluations } from '../../src/app/plan-evaluations.ts';
import { renderBranchName } from '../../src/core/git/branch-template.ts';
import { DEFAULT_COMMIT_TEMPLATE, renderCommitMessage } from '../../src/core/plan/commit-message.ts';
import type { PlanOptions } from '../../src/core/plan/plan.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { anApplication, CONTEXT } from '../argocd/an-application.ts';

const OPTIONS: PlanOptions = {
  commitPer: 'application',
  needsLabels: false,
  signOff: undefined,
  trailers: true,
  commitMessage: (changes) => renderCommitMessage(DEFAULT_COMMIT_TEMPLATE, changes),
  branchName: (template, changes, target) => renderBranchName(template, changes, { target }),
};

/** One update from 1.0.0 to 1.1.0 for each image of the list, in the order in which the list has them. */
function evaluationsOf(imageList: string, name = 'shop'): readonly Evaluation[] {
  const application = anApplication(
    {
      'image-list': imageList,
      'write-back-method': 'git',
      'write-back-target': 'kustomization',
      'git-branch': 'main:upd-{{.SHA256}}',
    },
    { name },
  );
  const { images, problems } = readPolicies(application, CONTEXT);
  expect(problems).toEqual([]);
  return images.map((tracked): Evaluation => {
    const image = { name: undefined, tag: '1.0.0', digest: undefined };
    const chosen = { tag: '1.1.0', digest: undefined };
    const facts = {
      chosen,
      strategy: { kind: 'semver', constraint: '' },
      considered: 1,
      present: image,
    } as const;
    return {
      tracked,
      present: { kind: 'read', presence: { kind: 'present', image }, path: 'kustomization.yaml' },
      decision: { outcome: 'update', code: 'newer-version', facts, to: chosen, labels: {} },
    };
  });
}

function trackedOf(evaluations: readonly Evaluation[]): readonly TrackedImage[] {
  return evaluations.map(({ tracked }) => tracked);
}

/** What Argo CD Image Updater hashes, for these images in this order. */
function hashOf(...names: readonly string[]): string {
  const text = names.map((name) => `${name}-1.0.0-1.1.0,`).join('');
  return createHash('sha256').update(text).digest('hex');
}

interface Row {
  readonly list: string;
  readonly names: readonly string[];
}

const ROWS: readonly Row[] = [
  { list: 'web=acme/web:^1, api=acme/api:^1', names: ['acme/web', 'acme/api'] },
  { list: 'acme/web:^1, acme/api:^1, acme/job:^1', names: ['acme/web', 'acme/api', 'acme/job'] },
  { list: 'a=acme/zoo:^1, acme/api:^1, z=acme/bar:^1', names: ['acme/zoo', 'acme/api', 'acme/bar'] },
  { list: 'one=ghcr.io/acme/b:^1,\n two=quay.io/acme/a:^1', names: ['acme/b', 'acme/a'] },
  { list: 'acme/only:^1', names: ['acme/only'] },
];

describe.each(ROWS)('of the image list $list', ({ list, names }) => {
  test('commit, trailers and branch have the images in the order of the list', () => {
    const images = evaluationsOf(list);
    for (const found of [images, inOrder(images.toReversed(), trackedOf(images))]) {
      const { changeSets } = planEvaluations(found, OPTIONS);
      expect(changeSets.map(({ pushBranch }) => pushBranch)).toEqual([`upd-${hashOf(...names)}`]);
      const [message = ''] = changeSets.flatMap(({ commits }) => commits.map((commit) => commit.message));
      const listed = [...message.matchAll(/^updates image (\S+) tag '1\.0\.0' to '1\.1\.0'$/gm)];
      expect(listed.map(([, name]) => name)).toEqual(names);
      const recorded = [...message.matchAll(/^Lynceus-Update: .* image=(?:ghcr\.io\/|quay\.io\/)?(\S+)/gm)];
      expect(recorded.map(([, name]) => name)).toEqual(names);
    }
  });
});

test('another Application keeps its own order, and Applications come by their names', () => {
  const found = [
    ...evaluationsOf('acme/b:^1, acme/a:^1', 'shop'),
    ...evaluationsOf('acme/d:^1, acme/c:^1', 'cart'),
  ];
  const { changeSets } = planEvaluations(found, OPTIONS);
  expect(changeSets.map(({ pushBranch }) => pushBranch)).toEqual([
    `upd-${hashOf('acme/d', 'acme/c')}`,
    `upd-${hashOf('acme/b', 'acme/a')}`,
  ]);
});
