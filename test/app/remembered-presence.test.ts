import { expect, test } from 'vitest';
import { rememberedPresence } from '../../src/app/remembered-presence.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { aTracked } from '../helpers/policies.ts';

const OPTIONS = { createMissing: false };

function target(): { readonly file: FileTarget; readonly slot: ImageSlot } {
  const { destination } = aTracked({ slot: { ...aTracked({}).destination.slot } });
  if (destination.target.method !== 'git') throw new Error('expected a target in Git');
  return { file: destination.target.file, slot: destination.slot };
}

function tagIn(presence: ReturnType<typeof rememberedPresence>): string | undefined {
  return presence.kind === 'present' ? presence.image.tag : undefined;
}

test('a text is parsed once for an image, and another text again', () => {
  const { file, slot } = target();
  const first = rememberedPresence(
    { file, text: 'image:\n  repository: web\n  tag: 1.0.0\n', slot },
    OPTIONS,
  );

  expect(rememberedPresence({ file, text: 'image:\n  repository: web\n  tag: 1.0.0\n', slot }, OPTIONS)).toBe(
    first,
  );
  const second = rememberedPresence(
    { file, text: 'image:\n  repository: web\n  tag: 1.1.0\n', slot },
    OPTIONS,
  );
  expect([tagIn(first), tagIn(second)]).toEqual(['1.0.0', '1.1.0']);
});

test('what was read for one image, file or setting is not taken for another', () => {
  const text = 'image:\n  repository: web\n  tag: 1.0.0\n';
  const { file, slot } = target();
  const first = rememberedPresence({ file, text, slot }, OPTIONS);

  expect(rememberedPresence({ file, text, slot: { ...slot } }, OPTIONS)).not.toBe(first);
  expect(rememberedPresence({ file: { ...file }, text, slot }, OPTIONS)).not.toBe(first);
  expect(rememberedPresence({ file, text, slot }, { createMissing: true })).not.toBe(first);
});

test('a text that cannot be read is a failure each time', () => {
  const { file, slot } = target();
  const read = (): unknown => rememberedPresence({ file, text: 'image: [', slot }, OPTIONS);

  expect(read).toThrow('expected YAML');
  expect(read).toThrow('expected YAML');
});
