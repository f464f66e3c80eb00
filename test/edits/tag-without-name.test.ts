import { describe, expect, it } from 'vitest';
import { findDowngrade } from '../../src/core/overrides/downgrade.ts';
import type { FileTarget, ImageSlot, PresentImage } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { parseImageReference } from '../../src/core/image/reference.ts';
import { readImage } from '../../src/edits/index.ts';

const NAME = { path: 'image.repository', explicit: true };
const TAG = { path: 'image.tag', explicit: true };
const PARTS: ImageSlot = { kind: 'helm-parts', name: NAME, tag: TAG };
const REGISTRY: ImageSlot = { ...PARTS, registry: { path: 'image.registry', explicit: true } };
const DEFAULT: ImageSlot = { kind: 'helm-parts', name: { path: 'image.name', explicit: false }, tag: TAG };
const PLUGIN: ImageSlot = { kind: 'plugin', name: 'NAME', tag: 'TAG', spec: 'SPEC' };
const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const [HELM, PLUGINS] = (['helm', 'plugin'] as const).map((format): FileTarget => ({
  kind: 'override',
  path: '.argocd-source-shop.yaml',
  format,
  inherited: { parameters: [], images: [], env: [] },
})) as [FileTarget, FileTarget];

function parameters(...entries: readonly string[]): string {
  return `helm:\n  parameters:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
}

const HELD_TAG = '{name: image.tag, value: 2.0.0} # lynceus: hold';

/** Target, slot, its text; whether another part of the image is missing. */
const ROWS: readonly [string, FileTarget, ImageSlot, string, boolean][] = [
  ['a values file', VALUES, PARTS, 'image:\n  tag: 2.0.0 # lynceus: hold\n', true],
  ['a values file', VALUES, PARTS, 'image:\n  repository: ""\n  tag: 2.0.0 # lynceus: hold\n', true],
  ['a values file', VALUES, PARTS, 'image:\n  repository: acme/api\n  tag: 2.0.0 # lynceus: hold\n', false],
  ['a values file', VALUES, REGISTRY, 'image:\n  repository: acme/api\n  tag: 2.0.0 # lynceus: hold\n', true],
  ['a values file', VALUES, DEFAULT, 'image:\n  tag: 2.0.0 # lynceus: hold\n', false],
  ['an override file', HELM, PARTS, parameters(HELD_TAG), true],
  ['an override file', HELM, PARTS, parameters(HELD_TAG, '{name: image.repository}'), true],
  ['an override file', HELM, PARTS, parameters(HELD_TAG, '{name: image.repository, value: acme/api}'), false],
  ['an override file', HELM, DEFAULT, parameters(HELD_TAG), false],
  [
    'an override file of a plugin',
    PLUGINS,
    PLUGIN,
    'plugin:\n  env:\n  - {name: TAG, value: 2.0.0} # lynceus: hold\n',
    true,
  ],
  [
    'an override file of a plugin',
    PLUGINS,
    PLUGIN,
    'plugin:\n  env:\n  - {name: SPEC, value: "ghcr.io/acme/api:2.0.0"} # lynceus: hold\n',
    true,
  ],
  [
    'an override file of a plugin',
    PLUGINS,
    { ...PLUGIN, name: undefined, spec: undefined },
    'plugin:\n  env:\n  - {name: TAG, value: 2.0.0} # lynceus: hold\n',
    false,
  ],
];

describe('a target that has the tag', () => {
  it.each(ROWS)('%s has the image, held: %j in %j (incomplete: %s)', (_, target, slot, text, isLacking) => {
    const reading = readImage(target, text, slot, { createMissing: true });
    expect(reading).toMatchObject({ kind: 'present', hold: '', image: { tag: '2.0.0' } });

    const present = reading.kind === 'present' ? reading.image : undefined;
    expect(present?.fault).toBe(isLacking ? 'incomplete' : undefined);
    const change = {
      slot,
      image: parseImageReference('ghcr.io/acme/api'),
      to: { tag: '2.0.0', digest: undefined },
    };
    const isAt = (image: PresentImage | undefined) =>
      image !== undefined && isAtVersion(image, change, 'kept');
    expect(isAt(present), 'the name is written although the tag stays').toBe(!isLacking && slot !== REGISTRY);

    const candidate = { tag: '1.9.0', digest: undefined };
    const strategy = { kind: 'semver', constraint: '' } as const;
    expect(findDowngrade({ strategy, present, candidate })?.code).toBe('downgrade');
  });

  it('without the key of the name, where none is created, is a fault as before', () => {
    const reading = readImage(VALUES, 'image:\n  tag: 2.0.0\n', PARTS, { createMissing: false });
    expect(reading).toMatchObject({ kind: 'absent', mayCreate: false });
  });
});
