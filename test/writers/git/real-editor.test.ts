import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PlannedChange } from '../../../src/core/change.ts';
import type { FileTarget, ImageSlot, PresentImage } from '../../../src/core/policy.ts';
import { readImage } from '../../../src/edits/index.ts';
import { readAt } from '../../helpers/git-world.ts';
import { aChange, aCommit, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

const HELM: ImageSlot = {
  kind: 'helm-parts',
  name: { path: 'image.repository', explicit: true },
  tag: { path: 'image.tag', explicit: true },
};

function change(slot: ImageSlot, from: PresentImage | undefined): PlannedChange {
  return { ...aChange({ to: '1.1.0' }), slot, from };
}

it('writes values, a kustomization and an override file through the real editors, and nothing the second time', async () => {
  const remote = world.remote({
    'helm/values.yaml': '# ours\nimage:\n  repository: ghcr.io/acme/api   # keep\n  tag: "1.0.0"\n',
    'kustomize/kustomization.yml': 'images:\n  - name: ghcr.io/acme/api\n    newTag: 1.0.0 # pinned\n',
  });
  const values: FileTarget = { kind: 'helm-values', path: 'helm/values.yaml' };
  const kustomization: FileTarget = { kind: 'kustomization', directory: 'kustomize' };
  const inherited = { parameters: [], images: [], env: [] };
  const override: FileTarget = {
    kind: 'override',
    path: 'app/.argocd-source-shop.yaml',
    format: 'helm',
    inherited,
  };
  const kustomizeSlot: ImageSlot = { kind: 'kustomize', name: 'ghcr.io/acme/api', renamed: false };
  const read = readImage(
    kustomization,
    readAt(remote, 'main', 'kustomize/kustomization.yml'),
    kustomizeSlot,
    {
      createMissing: false,
    },
  );
  const set = aSet(
    aPlaceAt(remote),
    aCommit('values', {
      target: values,
      changes: [change(HELM, { name: 'ghcr.io/acme/api', tag: '1.0.0', digest: undefined })],
    }),
    aCommit(
      'rest',
      {
        target: kustomization,
        changes: [change(kustomizeSlot, read.kind === 'present' ? read.image : undefined)],
      },
      { target: override, changes: [change(HELM, undefined)] },
    ),
  );
  const writer = world.writer();
  const first = writer.open();
  const results = await first.apply(set, LASTING);
  await first.close();
  expect(results.map(outcomeOf)).toEqual(['pushed', 'pushed']);
  expect(results.flatMap(({ refused }) => refused)).toEqual([]);
  expect(readAt(remote, 'main', 'helm/values.yaml')).toBe(
    '# ours\nimage:\n  repository: ghcr.io/acme/api   # keep\n  tag: "1.1.0"\n',
  );
  expect(readAt(remote, 'main', 'kustomize/kustomization.yml')).toBe(
    'images:\n  - name: ghcr.io/acme/api\n    newTag: 1.1.0 # pinned\n',
  );
  expect(readAt(remote, 'main', 'app/.argocd-source-shop.yaml')).toContain('value: 1.1.0');
  const second = writer.open();
  expect((await second.apply(set, LASTING)).map(outcomeOf)).toEqual(['unchanged', 'unchanged']);
  await second.close();
});
