import { describe, expect, test } from 'vitest';
import type { ImageUpdate } from '../../../src/core/change.ts';
import { renderBranchName } from '../../../src/core/git/branch-template.ts';
import { makePlan, type Plan, type PlanOptions } from '../../../src/core/plan/plan.ts';
import type { UnchangedImage } from '../../../src/core/plan/conflicts.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { GitPlace, ImageSlot, PlaceClaim, TrackedImage } from '../../../src/core/policy.ts';
import { aPlace, aPlaceAt, aTracked, anUpdate, type TrackedParts } from '../../helpers/policies.ts';

const OPTIONS: PlanOptions = {
  commitPer: 'application',
  needsLabels: false,
  signOff: undefined,
  trailers: false,
  commitMessage: () => 'update',
  branchName: (template, changes, target) => renderBranchName(template, changes, { target }),
};

function partsOf(app: string, claim: PlaceClaim, parts: TrackedParts): TrackedParts {
  return { application: { namespace: 'argocd', name: app }, claim, ...parts };
}

function updateOf(
  app: string,
  claim: PlaceClaim,
  parts: TrackedParts & { readonly to?: string } = {},
): ImageUpdate {
  const { to = '1.1.0', ...rest } = parts;
  return anUpdate(partsOf(app, claim, rest), { to: { tag: to, digest: undefined } });
}

/** What the owner has, when it is not written. */
function unchangedOf(keeps: string | undefined, parts: TrackedParts = {}): UnchangedImage {
  return { tracked: aTracked(partsOf('owner', 'own', parts)), keeps };
}

function writtenBy({ changeSets }: Plan): readonly string[] {
  const names = changeSets.flatMap(({ commits }) => commits.flatMap(({ applications }) => applications));
  return names.map(({ name }) => name).toSorted();
}

function refusedOf({ refused }: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(
    refused.map(({ update, reason }) => [update.tracked.application.name, describeReason(reason)]),
  );
}

/** Another image of the same file, of a bystander that is written in every case. */
const BYSTANDER = updateOf('bystander', 'granted', {
  slot: tagAt('bystander.tag'),
  image: 'ghcr.io/acme/bystander',
});

function tagAt(path: string): ImageSlot {
  return {
    kind: 'helm-parts',
    name: { path: 'none', explicit: false, shared: true },
    tag: { path, explicit: true },
  };
}

function specAt(path: string): ImageSlot {
  return { kind: 'helm-spec', spec: { path, explicit: true } };
}

function parts(slot: ImageSlot, place?: GitPlace): TrackedParts {
  return place === undefined ? { slot } : { slot, place };
}

describe('a key in the own source of an Application', () => {
  test.each<readonly [string, owner: TrackedParts, stranger: TrackedParts]>([
    ['the same key', parts(tagAt('image.tag')), parts(tagAt('image.tag'))],
    ['spelled otherwise', parts(tagAt('image.tags[0]')), parts(tagAt('image."tags"[00]'))],
    ['the key above it', parts(tagAt('image.tag')), parts(specAt('image'))],
    ['a key below it', parts(specAt('image')), parts(tagAt('image.tag'))],
    ['an element of it', parts(specAt('images')), parts(specAt('images[0]'))],
    ['the name beside the tag', { image: 'ghcr.io/acme/api' }, { image: 'ghcr.io/evil/pwn', alias: 'pwn' }],
    [
      'by another spelling of the remote',
      parts(tagAt('image.tag')),
      parts(tagAt('image.tag'), aPlaceAt('git@git.example:Acme/deploy')),
    ],
    [
      'with another login',
      parts(tagAt('image.tag')),
      parts(tagAt('image.tag'), aPlace({ credentials: { kind: 'secret', namespace: 'evil', name: 'x' } })),
    ],
    [
      'on a branch of its own',
      parts(tagAt('image.tag')),
      parts(tagAt('image.tag'), aPlace({ push: 'stranger' })),
    ],
    [
      'past the branch that the owner pushes',
      parts(tagAt('image.tag'), aPlace({ push: 'updates' })),
      parts(tagAt('image.tag')),
    ],
    [
      'an entry of a kustomization',
      {
        slot: { kind: 'kustomize', name: 'acme/api', renamed: false },
        file: { kind: 'kustomization', directory: 'a' },
      },
      {
        slot: { kind: 'kustomize', name: 'docker.io/acme/api', renamed: false },
        file: { kind: 'kustomization', directory: 'a' },
      },
    ],
  ])('%s is not written for others, and its owner goes on', (_, owner, stranger) => {
    const plan = makePlan(
      [
        updateOf('owner', 'own', owner),
        updateOf('a-stranger', 'granted', { ...stranger, to: '9.9.9' }),
        BYSTANDER,
      ],
      OPTIONS,
    );

    expect(writtenBy(plan)).toEqual(['bystander', 'owner']);
    expect(refusedOf(plan)['a-stranger']).toContain('the place is in the own source of argocd/owner (api)');
  });

  test.each<readonly [string, UnchangedImage]>([
    ['is at its version', unchangedOf('1.0.0')],
    ['is held', unchangedOf('1.0.0')],
    ['could not be decided', unchangedOf(undefined)],
  ])('is not written for others while the owner %s', (_, owner) => {
    const plan = makePlan([updateOf('a-stranger', 'granted'), BYSTANDER], OPTIONS, [owner]);

    expect(writtenBy(plan)).toEqual(['bystander']);
    expect(Object.keys(refusedOf(plan))).toEqual(['a-stranger']);
  });

  test('is not written for others while the owner is not evaluated', () => {
    const owners: readonly TrackedImage[] = [aTracked(partsOf('owner', 'own', {}))];
    const plan = makePlan([updateOf('a-stranger', 'granted'), BYSTANDER], { ...OPTIONS, owners });

    expect(refusedOf(plan)).toEqual({
      'a-stranger':
        'the place is in the own source of argocd/owner (api), whose version is not known in this cycle, so this is not written: name another key or file',
    });
    expect(writtenBy(plan)).toEqual(['bystander']);
  });

  test.each<readonly [string, UnchangedImage['keeps']]>([
    ['holds another version', '2.0.0'],
    ['failed', undefined],
  ])('is written for its owner whatever a stranger does that %s', (_, keeps) => {
    const stranger: UnchangedImage = { tracked: aTracked(partsOf('a-stranger', 'granted', {})), keeps };
    const plan = makePlan([updateOf('owner', 'own'), BYSTANDER], OPTIONS, [stranger]);

    expect(writtenBy(plan)).toEqual(['bystander', 'owner']);
    expect(plan.refused).toEqual([]);
  });

  test('is written for both when both want the same', () => {
    const plan = makePlan([updateOf('owner', 'own'), updateOf('a-stranger', 'granted')], OPTIONS);

    expect(writtenBy(plan)).toEqual(['a-stranger', 'owner']);
  });

  test.each<readonly [PlaceClaim]>([['own'], ['granted']])(
    'of two Applications that are both %s is written for neither',
    (claim) => {
      const plan = makePlan(
        [updateOf('a', claim), updateOf('b', claim, { to: '2.0.0' }), BYSTANDER],
        OPTIONS,
        [],
      );

      expect(writtenBy(plan)).toEqual(['bystander']);
      expect(refusedOf(plan)['a']).toContain('several images want different versions');
      expect(refusedOf(plan)['b']).toBe(refusedOf(plan)['a']);
    },
  );

  test('is not written by a stranger who edits a kustomization as a values file', () => {
    const file = { kind: 'kustomization', directory: 'apps' } as const;
    const slot = { kind: 'kustomize', name: 'acme/api', renamed: false } as const;
    const owner: UnchangedImage = {
      ...unchangedOf('1.0.0', { file, slot }),
      path: 'apps/kustomization.yaml',
    };
    const stranger = updateOf('a-stranger', 'granted', {
      file: { kind: 'helm-values', path: 'apps/kustomization.yaml' },
      slot: tagAt('images[0].newTag'),
    });

    const plan = makePlan([{ ...stranger, path: 'apps/kustomization.yaml' }, BYSTANDER], OPTIONS, [owner]);

    expect(writtenBy(plan)).toEqual(['bystander']);
  });
});

describe('a branch that an Application pushes from its own source', () => {
  const fileOf = (app: string) => ({ kind: 'helm-values', path: `apps/${app}/values.yaml` }) as const;
  const REQUEST = { group: 'branch updates', kind: undefined };

  test.each<readonly [string, owner: Partial<GitPlace>, stranger: Partial<GitPlace>]>([
    ['from another base', { push: 'updates' }, { push: 'updates', base: 'next' }],
    [
      'by another transport',
      { push: 'updates' },
      { ...aPlaceAt('git@git.example:acme/deploy'), push: 'updates' },
    ],
    [
      'with another login',
      { push: 'updates' },
      { push: 'updates', credentials: { kind: 'repocreds', project: 'x' } },
    ],
    ['without its pull request', { push: 'updates', pullRequest: REQUEST }, { push: 'updates' }],
    ['with a pull request', { push: 'updates' }, { push: 'updates', pullRequest: REQUEST }],
    ['as a folder', { push: 'updates' }, { push: 'updates/x' }],
    ['as a folder of folders', { push: 'a/b' }, { push: 'a/b/c/d' }],
    ['as what would be a folder', { push: 'updates/x' }, { push: 'updates' }],
    ['as the base', { push: 'updates' }, { base: 'updates' }],
    ['as the base of another', { push: 'updates' }, { base: 'updates', push: 'others' }],
    [
      'by a template',
      { push: 'updates-1.1.0' },
      { base: 'next', push: 'updates-{{range .Images}}{{.NewTag}}{{end}}' },
    ],
  ])('is not taken by others %s, written now or not', (_, own, others) => {
    const owner = { place: aPlace(own), file: fileOf('owner') };
    const stranger = updateOf('a-stranger', 'granted', { place: aPlace(others), file: fileOf('stranger') });

    const both = makePlan([updateOf('owner', 'own', owner), stranger, BYSTANDER], OPTIONS);
    const content = makePlan([stranger, BYSTANDER], OPTIONS, [unchangedOf('1.0.0', owner)]);
    const absent = makePlan([stranger, BYSTANDER], {
      ...OPTIONS,
      owners: [aTracked(partsOf('owner', 'own', owner))],
    });

    expect(writtenBy(both)).toEqual(['bystander', 'owner']);
    expect(writtenBy(content)).toEqual(['bystander']);
    expect(writtenBy(absent)).toEqual(['bystander']);
    for (const plan of [both, content, absent])
      expect(refusedOf(plan)['a-stranger']).toBe(
        `"${own.push}" belongs to argocd/owner, whose own source it is: name another branch in git-branch`,
      );
  });

  test.each<readonly [string, Partial<GitPlace>]>([
    ['to the same place', { push: 'updates' }],
    ['to a branch whose name begins alike', { push: 'updates-2' }],
    [
      'to a branch of another remote',
      { ...aPlaceAt('https://git.example/acme/other.git'), push: 'updates', base: 'next' },
    ],
    ['to its base', {}],
  ])('is not in the way of what others push %s', (_, others) => {
    const plan = makePlan(
      [
        updateOf('owner', 'own', { place: aPlace({ push: 'updates' }), file: fileOf('owner') }),
        updateOf('a-stranger', 'granted', { place: aPlace(others), file: fileOf('stranger') }),
      ],
      OPTIONS,
    );

    expect(writtenBy(plan)).toEqual(['a-stranger', 'owner']);
  });

  test.each<readonly [PlaceClaim]>([['own'], ['granted']])(
    'of two that are both %s is pushed by neither',
    (claim) => {
      const sets = ['main', 'next'].map((base) =>
        updateOf(base, claim, { place: aPlace({ push: 'updates', base }), file: fileOf(base) }),
      );

      expect(writtenBy(makePlan([...sets, BYSTANDER], OPTIONS))).toEqual(['bystander']);
    },
  );
});
