import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { ImageSlot, PresentImage } from '../../src/core/policy.ts';
import { isAtVersion, sameName, versionText } from '../../src/core/presence.ts';

const DIGEST = `sha256:${'9f2c'.repeat(16)}`;
const OTHER_DIGEST = `sha256:${'0a1b'.repeat(16)}`;
const NOTHING: PresentImage = { name: undefined, tag: undefined, digest: undefined };

const PARTS: Extract<ImageSlot, { kind: 'helm-parts' }> = {
  kind: 'helm-parts',
  tag: { path: 'image.tag', explicit: true },
  name: { path: 'image.name', explicit: false },
};

describe('a target is at the chosen version', () => {
  const image = parseImageReference('ghcr.io/acme/api');
  const kustomize = (renamed: boolean): ImageSlot => ({ kind: 'kustomize', name: 'web', renamed });
  const isAt = (present: Partial<PresentImage>, slot: ImageSlot, digest?: string): boolean =>
    isAtVersion({ ...NOTHING, ...present }, { slot, image, to: { tag: '1', digest } }, 'removed');

  it('when tag, digest and name are those of the version', () => {
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '1' }, PARTS)).toBe(true);
    expect(isAt({ name: 'acme/api', tag: '1' }, PARTS), 'the short form').toBe(true);
    expect(isAt({ tag: '1' }, PARTS), 'no name at all').toBe(true);
    expect(isAt({ name: 'quay.io/acme/api', tag: '1' }, PARTS)).toBe(false);
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '2' }, PARTS)).toBe(false);
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '1', digest: DIGEST }, PARTS)).toBe(false);
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '1' }, PARTS, DIGEST)).toBe(false);
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '1', digest: DIGEST }, PARTS, DIGEST)).toBe(true);
  });

  it('with the full name where Kustomize puts it in, and with any name elsewhere', () => {
    expect(isAt({ name: 'ghcr.io/acme/api', tag: '1' }, kustomize(true))).toBe(true);
    expect(isAt({ name: 'acme/api', tag: '1' }, kustomize(true))).toBe(false);
    expect(isAt({ name: undefined, tag: '1' }, kustomize(true))).toBe(false);
    expect(isAt({ name: 'mirror.corp/acme/api', tag: '1' }, kustomize(false))).toBe(true);
    expect(isAt({ name: 'web', tag: '2' }, kustomize(false))).toBe(false);
  });

  it.each([
    ['ghcr.io', 'acme/api', true, true],
    ['GHCR.io:443/', 'acme/api', true, true],
    ['ghcr.io/acme', 'api', true, true],
    ['mirror.corp', 'acme/api', true, false],
    ['quay.io', 'nginx', false, false],
    ['ghcr.io/other', 'api', false, false],
    ['', 'acme/api', true, false],
    ['', 'ghcr.io/acme/api', true, true],
    ['ghcr.io', 'ghcr.io/acme/api', true, false],
    ['ghcr.io', undefined, true, false],
  ])('with registry %j beside name %j: %s, and %s where both are ours', (registry, name, beside, ours) => {
    const own: ImageSlot = { ...PARTS, registry: { path: 'image.registry', explicit: true } };
    expect(isAt({ registry, name, tag: '1' }, PARTS)).toBe(beside);
    expect(isAt({ registry, name, tag: '1' }, own)).toBe(ours);
  });

  it.each([
    ['web', false],
    ['acme/api', false],
    ['ghcr.io/acme/api', true],
    ['GHCR.io:443/acme/api', true],
    [undefined, false],
  ])('a Kustomize name %j with the same tag: %s', (name, expected) => {
    expect(isAt({ name, tag: '1' }, kustomize(true))).toBe(expected);
  });

  it.each([
    { present: undefined, chosen: undefined, kept: true, removed: true },
    { present: DIGEST, chosen: undefined, kept: true, removed: false },
    { present: undefined, chosen: DIGEST, kept: false, removed: false },
    { present: DIGEST, chosen: DIGEST, kept: true, removed: true },
    { present: OTHER_DIGEST, chosen: DIGEST, kept: false, removed: false },
  ])(
    'with the digest $present beside the chosen $chosen: $kept when it is kept, $removed when it is removed',
    ({ present, chosen, kept, removed }) => {
      for (const slot of [PARTS, kustomize(true), kustomize(false)]) {
        const now = { name: 'ghcr.io/acme/api', tag: '1', digest: present };
        const wanted = { slot, image, to: { tag: '1', digest: chosen } };
        expect(isAtVersion(now, wanted, 'kept')).toBe(kept);
        expect(isAtVersion(now, wanted, 'removed')).toBe(removed);
      }
    },
  );
});

describe('two names', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx', true],
    ['nginx', 'index.docker.io/library/nginx', true],
    ['ghcr.io/a', 'a', false],
    ['host:5000/a', 'host:5000/b', false],
    ['not a name!', 'not a name!', true],
    ['not a name!', 'nginx', false],
  ])('%s and %s are one image: %s', (a, b, same) => {
    expect(sameName(a, b)).toBe(same);
    expect(sameName(b, a)).toBe(same);
  });
});

describe('a version as text', () => {
  const cases: readonly [Parameters<typeof versionText>[0], string | undefined][] = [
    [{ tag: '1.2', digest: undefined }, '1.2'],
    [{ tag: '1.2', digest: DIGEST }, `1.2@${DIGEST}`],
    [{ name: 'x', tag: undefined, digest: DIGEST }, DIGEST],
    [{ name: 'x', tag: undefined, digest: undefined }, undefined],
    [{ name: 'x', tag: '', digest: undefined }, undefined],
    [undefined, undefined],
  ];
  it.each(cases)('%j is %s', (version, expected) => {
    expect(versionText(version)).toBe(expected);
  });
});
