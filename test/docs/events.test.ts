import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { image, report } from '../reporters/reports.ts';
import { eventNoticesOf, type EventReason } from '../../src/reporters/event-notices.ts';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
const words = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, word = '']) => word);

test('docs/events.md explains each reason, and no others', () => {
  // A reason that is missing here, or is none any more, does not compile.
  const reasons: Record<EventReason, true> = {
    ImagesUpdated: true,
    ImageUpdateFailed: true,
    ImageHeld: true,
    ImageWarning: true,
    UpdateVerified: true,
    VerificationFailed: true,
    VerificationInconclusive: true,
    RolledBack: true,
    RollbackFailed: true,
  };
  expect(words.filter((word) => /^[A-Z]/.test(word))).toEqual(Object.keys(reasons));
});

test('docs/events.md explains each annotation, and no others', () => {
  const cycle = report({ images: [image('updated', { candidate: { tag: '1.4.2', digest: undefined } })] });
  const made = eventNoticesOf(cycle).updates.flatMap(({ annotations }) => Object.keys(annotations));
  expect(words.filter((word) => word.includes('/'))).toEqual(
    made.map((key) => key.replace('image-0', 'image-<i>')),
  );
});
