import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { parseValueTemplate } from '../../src/core/value-template.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { editFile, readImage } from '../../src/edits/index.ts';

const OPTIONS = { createMissing: false };
const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const NOTHING = { parameters: [], images: [], env: [] };
const OVERRIDE: FileTarget = { kind: 'override', path: 'o.yaml', format: 'helm', inherited: NOTHING };
const OLD = `sha256:${'0'.repeat(64)}`;
const NEW = `sha256:${'1'.repeat(64)}`;
const SPEC = { kind: 'helm-spec', spec: { path: 'web.image', explicit: true } } as const;
const PARTS = {
  kind: 'helm-parts',
  name: { path: 'web.name', explicit: false },
  tag: { path: 'web.image', explicit: true },
} as const;

function wanted(slot: ImageSlot, digest: string | undefined) {
  return {
    slot,
    image: parseImageReference('ghcr.io/acme/web'),
    from: undefined,
    to: { tag: '2.0', digest },
  };
}

describe('a composed value', () => {
  test.each<[string, ImageSlot, string, FileTarget, string, string]>([
    [
      'name, tag and digest',
      SPEC,
      '{name}:{tag}@{digest}',
      VALUES,
      `web:\n  image: 'ghcr.io/acme/web:1.0@${OLD}' # ours\n`,
      `web:\n  image: 'ghcr.io/acme/web:2.0@${NEW}' # ours\n`,
    ],
    ['a prefix', PARTS, 'v-{tag}', VALUES, 'web: {image: v-1.0}\n', 'web: {image: v-2.0}\n'],
    ['an empty value', PARTS, 'v-{tag}', VALUES, 'web:\n  image:\n', 'web:\n  image: v-2.0\n'],
    [
      'a parameter of an override file',
      PARTS,
      '{tag}@{digest}',
      OVERRIDE,
      `helm:\n  parameters:\n  - name: web.image\n    value: 1.0@${OLD}\n    forcestring: true\n`,
      `helm:\n  parameters:\n  - name: web.image\n    value: 2.0@${NEW}\n    forcestring: true\n`,
    ],
  ])('%s', (_, slot, text, target, before, after) => {
    const templated = { ...slot, template: parseValueTemplate(text) } as ImageSlot;
    const change = wanted(templated, text.includes('{digest}') ? NEW : undefined);

    expect(editFile(target, before, [change], OPTIONS)).toBe(after);
    expect(editFile(target, after, [change], OPTIONS)).toBe(after);
    const reading = readImage(target, after, templated, OPTIONS);
    expect(reading).toMatchObject({ kind: 'present', image: { tag: '2.0', digest: change.to.digest } });
    expect(reading.kind === 'present' && isAtVersion(reading.image, change, 'removed')).toBe(true);
  });

  test.each([VALUES, OVERRIDE])('of another form is refused, never overwritten', (target) => {
    const slot: ImageSlot = { ...PARTS, template: parseValueTemplate('v-{tag}') };
    const text =
      target === VALUES
        ? 'web:\n  image: latest\n'
        : 'helm:\n  parameters:\n  - name: web.image\n    value: latest\n';

    expect(() => readImage(target, text, slot, OPTIONS)).toThrow(
      expect.objectContaining({
        code: 'key-unsupported',
        message: `${target.kind === 'override' ? 'o.yaml' : 'values.yaml'}: web.image: expected a value of the form "v-{tag}", found something else`,
      }),
    );
  });
});
