import { describe, expect, test } from 'vitest';
import type { ImageUpdate } from '../../../src/core/change.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { findConflicts, targetKey, type UnchangedImage } from '../../../src/core/plan/conflicts.ts';
import type { FoundKeys } from '../../../src/core/key-path.ts';
import type { FileTarget, GitPlace, ImageSlot } from '../../../src/core/policy.ts';
import { readImage } from '../../../src/edits/index.ts';
import { aPlaceAt, aTracked, anUpdate, type TrackedParts } from '../../helpers/policies.ts';

function updateTo(tag: string, parts: TrackedParts = {}): ImageUpdate {
  return anUpdate(parts, { to: { tag, digest: undefined } });
}

const HTTPS = aPlaceAt('https://git.example/acme/deploy.git');
const SSH = aPlaceAt('git@git.example:acme/deploy.git');

/** Places beside `HTTPS`, and whether a file there is the same file. */
const PLACES: readonly (readonly [string, GitPlace, boolean])[] = [
  ['one spelling of the remote', HTTPS, true],
  ['another spelling', aPlaceAt('https://GIT.example:443/acme//deploy/'), true],
  ['another case of the path', aPlaceAt('https://git.example/Acme/Deploy'), true],
  ['SSH', SSH, true],
  ['SSH as a URL', aPlaceAt('ssh://other@git.example:22/acme/deploy'), true],
  ['http', aPlaceAt('http://git.example/acme/deploy'), true],
  [
    'other credentials',
    aPlaceAt('https://git.example/acme/deploy', {
      credentials: { kind: 'secret', namespace: 'a', name: 'b' },
    }),
    true,
  ],
  ['another remote', aPlaceAt('https://git.example/acme/other.git'), false],
  ['another port', aPlaceAt('https://git.example:8443/acme/deploy.git'), false],
  ['another base', aPlaceAt('https://git.example/acme/deploy.git', { base: 'next' }), false],
  ['another push branch', aPlaceAt('https://git.example/acme/deploy.git', { push: 'updates' }), false],
];

describe('two images that want different versions of one key', () => {
  test.each(PLACES)('by %s', (_, place, same) => {
    const updates = [
      updateTo('1.1.0', { place: HTTPS, alias: 'a' }),
      updateTo('2.0.0', { place, alias: 'b' }),
    ];
    expect([...findConflicts(updates, []).keys()]).toEqual(same ? updates : []);
    expect(findConflicts(updates.toReversed(), []).size).toBe(same ? 2 : 0);
  });

  test.each(PLACES)('one of which is content, by %s', (_, place, same) => {
    const content: UnchangedImage = { tracked: aTracked({ place, alias: 'b' }), keeps: '2.0.0' };
    expect(findConflicts([updateTo('1.1.0', { place: HTTPS })], [content]).size).toBe(same ? 1 : 0);
  });

  test.each(PLACES)('the same version, by %s: no conflict', (_, place) => {
    const updates = [updateTo('1.1.0', { place: HTTPS }), updateTo('1.1.0', { place })];
    expect(findConflicts(updates, []).size).toBe(0);
  });

  test('each is told who wants what', () => {
    const updates = [
      updateTo('1.1.0', { place: HTTPS, alias: 'a' }),
      updateTo('2.0.0', { place: SSH, alias: '' }),
    ];
    const message =
      'several images want different versions at the same place, so none is written: argocd/shop (a) wants 1.1.0, argocd/shop wants 2.0.0';
    expect([...findConflicts(updates, []).values()].map((reason) => describeReason(reason))).toEqual([
      message,
      message,
    ]);
  });
});

describe('targetKey', () => {
  test.each(PLACES)('of one file by %s', (_, place, same) => {
    expect(targetKey(aTracked({ place })) === targetKey(aTracked({ place: HTTPS }))).toBe(same);
  });

  test.each<readonly [FileTarget, boolean]>([
    [{ kind: 'markers', path: 'apps/shop/values.yaml' }, true],
    [{ kind: 'helm-values', path: 'apps/shop/values.yml' }, false],
    [{ kind: 'kustomization', directory: 'apps/shop/values.yaml' }, false],
  ])('of %j', (file, same) => {
    expect(targetKey(aTracked({ file })) === targetKey(aTracked())).toBe(same);
  });
});

describe('two key paths that lead to one key of the file', () => {
  const OPTIONS = { createMissing: false };
  const VALUES: FileTarget = { kind: 'helm-values', path: 'apps/shop/values.yaml' };
  const TEXT = [
    '"my.key": {tag: 1.0.0}',
    'my: {other: {tag: 1.0.0}}',
    'list:',
    '- {name: a, tag: 1.0.0, image: "ghcr.io/acme/api:1.0.0"}',
    '- {name: b, tag: 1.0.0}',
    '',
  ].join('\n');

  function at(path: string, alias: string): TrackedParts {
    const name = { path: 'none', explicit: false };
    return { alias, slot: { kind: 'helm-parts', name, tag: { path, explicit: true } } };
  }

  function foundBy(slot: ImageSlot): FoundKeys | undefined {
    const reading = readImage(VALUES, TEXT, slot, OPTIONS);
    return reading.kind === 'present' ? reading.foundAt : undefined;
  }

  function updateAt(path: string, tag: string): ImageUpdate {
    const parts = at(path, path);
    const foundAt = parts.slot && foundBy(parts.slot);
    return anUpdate(parts, { to: { tag, digest: undefined }, foundAt });
  }

  test.each([
    ['my.key.tag', '"my.key".tag', true],
    ['my.key.tag', String.raw`my\.key.tag`, true],
    ['list[0].tag', 'list[name=a].tag', true],
    ['list[1].tag', 'list[name=b].tag', true],
    ['list[0].tag', 'list[name=b].tag', false],
    ['my.other.tag', 'my.key.tag', false],
  ] as const)('%s and %s: %s', (one, other, same) => {
    const updates = [updateAt(one, '1.1.0'), updateAt(other, '2.0.0')];
    expect(findConflicts(updates, []).size).toBe(same ? 2 : 0);
    const [first, second] = updates;
    if (first === undefined || second === undefined) expect.unreachable();
    const content: UnchangedImage = { tracked: second.tracked, foundAt: second.foundAt, keeps: '2.0.0' };
    expect(findConflicts([first], [content]).size).toBe(same ? 1 : 0);
  });

  test('are one of a whole reference, too', () => {
    const spec = (path: string): ImageSlot => ({ kind: 'helm-spec', spec: { path, explicit: true } });
    const updates = ['list[0].image', 'list[name=a].image'].map((path, index) =>
      anUpdate(
        { alias: path, slot: spec(path) },
        { to: { tag: `1.${index}.0`, digest: undefined }, foundAt: foundBy(spec(path)) },
      ),
    );
    expect(findConflicts(updates, []).size).toBe(2);
  });
});

describe('two paths to one file', () => {
  test.each([
    ['behind a folder that is a link', 'base/values.yaml', true],
    ['of which one is another file', 'apps/shop/values.yaml', false],
  ])('%s', (_, path, same) => {
    const updates = [
      anUpdate(
        { alias: 'a', file: { kind: 'helm-values', path: 'base/values.yaml' } },
        { path: 'base/values.yaml' },
      ),
      anUpdate({ alias: 'b' }, { path, to: { tag: '2.0.0', digest: undefined } }),
    ];
    expect(findConflicts(updates, []).size).toBe(same ? 2 : 0);
  });
});
