import { describe, expect, it } from 'vitest';
import type { ImageChange } from '../../src/core/change.ts';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot, PresentImage } from '../../src/core/policy.ts';
import { editFile, readImage, restoreFile } from '../../src/edits/index.ts';
import { CORPUS } from './corpus.ts';

const OPTIONS = { createMissing: true };
const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

interface Edited {
  readonly target: FileTarget;
  readonly before: string;
  readonly after: string;
  readonly changes: readonly Pick<ImageChange, 'slot' | 'image' | 'to'>[];
}

function presentIn({ target }: Edited, text: string, slot: ImageSlot): PresentImage | undefined {
  const reading = readImage(target, text, slot, OPTIONS);
  return reading.kind === 'present' ? reading.image : undefined;
}

/** What a rollback makes of the text, when these changes were made by one commit. */
function restored(edited: Edited, now: string, changes = edited.changes): string {
  const { target, before, after } = edited;
  const back = changes.map(({ slot, image, to: wrote }) => {
    const { tag = '', digest } = presentIn(edited, before, slot) ?? {};
    const from = presentIn(edited, now, slot);
    return { slot, image, from, to: { tag, digest }, restores: { before, after, wrote } };
  });
  return restoreFile(target, now, back, OPTIONS);
}

const EDITED = CORPUS.flatMap(({ kind, name, target, changes, before, after }) => {
  if (before === undefined || after === undefined) return [];
  const edited = { target, before, after, changes };
  const isThere = changes.every(({ slot }) => presentIn(edited, before, slot) !== undefined);
  return isThere ? [{ name: `${kind}/${name}`, edited }] : [];
});

/** Reading and editing all of them often takes long. */
function everyOf(count: number): typeof EDITED {
  return EDITED.filter((_, index) => index % count === 0);
}

/** A key that is added behind a comment at the end would not stand where it was added. */
const ENDS_ELSEWHERE = ['kustomization/stale-digest-and-new-name'];

describe('what was taken back', () => {
  it('is looked at in many files', () => {
    expect(EDITED.length).toBeGreaterThanOrEqual(150);
  });

  it.each(everyOf(3))('is to the letter what it was: $name', ({ edited }) => {
    expect(restored(edited, edited.after)).toBe(edited.before);
  });

  it.each(everyOf(5))('leaves alone what somebody added since: $name', ({ name, edited }) => {
    if (ENDS_ELSEWHERE.some((one) => name.startsWith(one))) return;
    const { before, after } = edited;
    const added = (text: string) => `${text}${text.endsWith('\n') ? '' : '\n'}# added since\n`;
    expect(restored(edited, added(after))).toBe(added(before));
  });
});

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const API = parseImageReference('ghcr.io/acme/api');

function keyed(path: string, digest?: string): ImageSlot {
  const key = (one: string) => ({ path: one, explicit: true });
  return {
    kind: 'helm-parts',
    name: { path: 'none', explicit: false, shared: true },
    tag: key(path),
    ...(digest === undefined ? {} : { digest: key(digest) }),
  };
}

function written(before: string, changes: Edited['changes'], target = VALUES): Edited {
  const planned = changes.map((change) => ({ ...change, from: undefined }));
  return { target, before, after: editFile(target, before, planned, OPTIONS), changes };
}

const TO = { tag: '1.4.2', digest: undefined };

describe('what was taken back of one image', () => {
  const shared = written('a:\n  tag: "1.4.1" # one\nb:\n  tag: 1.3.0\n', [
    { slot: keyed('a.tag'), image: API, to: TO },
    { slot: keyed('b.tag'), image: API, to: TO },
  ]);
  const [first, second] = shared.changes;

  it.each([
    { name: 'the first', changes: [first], expected: 'a:\n  tag: "1.4.1" # one\nb:\n  tag: 1.4.2\n' },
    { name: 'the second', changes: [second], expected: 'a:\n  tag: "1.4.2" # one\nb:\n  tag: 1.3.0\n' },
  ])('leaves the other one of the same commit alone: $name', ({ changes, expected }) => {
    expect(
      restored(
        shared,
        shared.after,
        changes.flatMap((one) => one ?? []),
      ),
    ).toBe(expected);
  });

  it('leaves the other one alone where their lines are side by side', () => {
    const near = written('a: 1.4.1\nb: 1.3.0\n', [
      { slot: keyed('a'), image: API, to: TO },
      { slot: keyed('b'), image: API, to: TO },
    ]);
    expect(restored(near, near.after, near.changes.slice(1))).toBe('a: 1.4.2\nb: 1.3.0\n');
  });

  it.each([
    { name: 'a number in quotes that had none', before: 'tag: 1.4 # keep\nx: 1\n' },
    { name: 'single quotes', before: "tag: '1.4.1'\nx: 1\n" },
    { name: 'line ends of Windows', before: 'tag: 1.4.1\r\nx: 1\r\n' },
    { name: 'no line end', before: 'x: 1\ntag: 1.4.1' },
    { name: 'a flow map', before: '{ tag: 1.4.1, x: 1 }\n' },
  ])('is as it was: $name', ({ before }) => {
    const edited = written(before, [
      { slot: keyed('tag'), image: API, to: { tag: 'v2', digest: undefined } },
    ]);
    expect(edited.after).not.toBe(before);
    expect(restored(edited, edited.after)).toBe(before);
  });

  it('is a digest key that was alone, and one beside a tag', () => {
    const edited = written(`tag: 1.4.1\ndigest: ${DIGEST}\n`, [
      { slot: keyed('tag', 'digest'), image: API, to: { tag: '1.4.2', digest: OTHER } },
    ]);
    expect(restored(edited, edited.after)).toBe(edited.before);
  });

  it('is a kustomization that had a digest in place of a tag, and one that had a tag in place of a digest', () => {
    const target: FileTarget = { kind: 'kustomization', directory: '' };
    const slot: ImageSlot = { kind: 'kustomize', name: 'acme/api', renamed: false };
    const ofDigest = written(
      `images:\n  - name: acme/api # ours\n    digest: ${DIGEST}\n`,
      [{ slot, image: API, to: TO }],
      target,
    );
    expect(ofDigest.after).toContain('newTag: 1.4.2');
    expect(restored(ofDigest, ofDigest.after)).toBe(ofDigest.before);
    const ofTag = written(
      'images:\n  - name: acme/api # ours\n    newTag: 1.4.1\n\n  - name: acme/web\n    newTag: 2.0.0\n',
      [{ slot, image: API, to: { tag: '1.4.2', digest: DIGEST } }],
      target,
    );
    expect(ofTag.after).toContain('digest:');
    expect(restored(ofTag, ofTag.after)).toBe(ofTag.before);
  });

  it('is the version alone where lines beside it were changed since', () => {
    const edited = written('image:\n  tag: "1.4.1"\n  pull: Always\n', [
      { slot: keyed('image.tag'), image: API, to: TO },
    ]);
    const moved = 'image:\n    pull: Never\n    tag: "1.4.2" # changed\n';
    expect(restored(edited, moved)).toBe('image:\n    pull: Never\n    tag: "1.4.1" # changed\n');
  });

  it('is the version alone where the commit changed other lines, too', () => {
    const edited = written('image:\n  tag: "1.4.1"\n', [{ slot: keyed('image.tag'), image: API, to: TO }]);
    const squashed = { ...edited, after: `replicas: 3\n${edited.after}` };
    expect(restored(squashed, squashed.after)).toBe('replicas: 3\nimage:\n  tag: "1.4.1"\n');
  });
});
