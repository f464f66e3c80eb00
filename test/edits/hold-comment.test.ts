import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ImageChange } from '../../src/core/change.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { LynceusError } from '../../src/errors.ts';
import { documents } from './yaml-documents.ts';

const OPTIONS = { createMissing: false };
const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const KUSTOMIZATION: FileTarget = { kind: 'kustomization', directory: '' };
const inherited = { parameters: [], images: [], env: [] };

function override(format: 'helm' | 'kustomize' | 'plugin'): FileTarget {
  return { kind: 'override', path: '.argocd-source-x.yaml', format, inherited };
}

function slotAt(path: string): ImageSlot {
  return { kind: 'helm-parts', tag: { path, explicit: true }, name: { path: 'none.such', explicit: false } };
}

const TAG = slotAt('image.tag');
const NAMED: ImageSlot = {
  kind: 'helm-parts',
  tag: { path: 'image.tag', explicit: true },
  name: { path: 'image.repository', explicit: true },
};
const SPEC: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true } };
const KUSTOMIZE: ImageSlot = { kind: 'kustomize', name: 'acme/api', renamed: false };
const PLUGIN: ImageSlot = { kind: 'plugin', name: undefined, tag: 'TAG', spec: undefined };

function holdOf(target: FileTarget, text: string, slot: ImageSlot): string | undefined {
  const reading = readImage(target, text, slot, OPTIONS);
  return reading.kind === 'present' ? reading.hold : undefined;
}

function commented(
  target: FileTarget,
  text: string,
  slot: ImageSlot,
  comment: ImageChange['comment'],
  tag?: string,
): string {
  const reading = readImage(target, text, slot, OPTIONS);
  if (reading.kind === 'absent') throw new Error('the image is not there');
  const { image: from } = reading;
  const image = { registry: '', name: 'acme/api', tag: undefined, digest: undefined };
  const to = { tag: tag ?? from.tag ?? '', digest: tag === undefined ? from.digest : undefined };
  return editFile(
    target,
    text,
    [{ slot, image, from, to, ...(comment === undefined ? {} : { comment }) }],
    OPTIONS,
  );
}

describe('a comment that holds', () => {
  test.each<[string, FileTarget, ImageSlot, string, string | undefined]>([
    ['beside the value', VALUES, TAG, 'image:\n  tag: 1.4.1 # lynceus: hold\n', ''],
    [
      'with a reason',
      VALUES,
      TAG,
      'image:\n  tag: 1.4.1 # lynceus: hold until the audit # 7\n',
      'until the audit # 7',
    ],
    [
      'with a reason behind a separator',
      VALUES,
      TAG,
      'image:\n  tag: 1.4.1 # lynceus: hold - audit\n',
      'audit',
    ],
    ['however it is spelled', VALUES, TAG, 'image:\n  tag: 1.4.1 ##Lynceus:HOLD: audit\r\n', 'audit'],
    [
      'behind another comment',
      VALUES,
      TAG,
      'image:\n  tag: "1.4.1" # keep quotes # lynceus: hold audit\n',
      'audit',
    ],
    ['on the line above', VALUES, TAG, 'image:\n  # lynceus: hold audit\n  tag: 1.4.1\n', 'audit'],
    [
      'at the start of a comment of several lines above',
      VALUES,
      TAG,
      'image:\n  # lynceus: hold until the audit,\n  # see OPS-17\n  tag: 1.4.1\n',
      'until the audit,',
    ],
    ['above a gap', VALUES, TAG, 'image:\n  # lynceus: hold\n\n  tag: 1.4.1\n', undefined],
    ['above another value', VALUES, TAG, 'image:\n  # lynceus: hold\n  a: 1 # x\n  tag: 1.4.1\n', undefined],
    ['on the line below', VALUES, TAG, 'image:\n  tag: 1.4.1\n  # lynceus: hold\n', undefined],
    [
      'of another key',
      VALUES,
      TAG,
      'image:\n  name: a # lynceus: hold\n  tag: 1.4.1\nother: 1 # lynceus: hold\n',
      undefined,
    ],
    ['another word', VALUES, TAG, 'image:\n  tag: 1.4.1 # lynceus: holdover\n', undefined],
    [
      'no comment but text',
      VALUES,
      TAG,
      'note: |\n  # lynceus: hold\nimage: {tag: "1 # lynceus: hold"}\n',
      undefined,
    ],
    ['in flow style', VALUES, TAG, 'image: { tag: 1.4.1 } # lynceus: hold audit\n', 'audit'],
    [
      'in a flow map of several lines',
      VALUES,
      TAG,
      'image: {\n  tag: 1.4.1, # lynceus: hold audit\n}\n',
      'audit',
    ],
    [
      'in the header of a block scalar',
      VALUES,
      TAG,
      'image:\n  tag: |- # lynceus: hold audit\n    1.4.1\n',
      'audit',
    ],
    ['where an alias is used', VALUES, TAG, 'v: &v 1.4.1\nimage:\n  tag: *v # lynceus: hold\n', ''],
    ['where the anchor is', VALUES, TAG, 'v: &v 1.4.1 # lynceus: hold\nimage:\n  tag: *v\n', ''],
    ['beside a whole reference', VALUES, SPEC, 'image: acme/api:1.4.1 # lynceus: hold\n', ''],
    [
      'beside newTag',
      KUSTOMIZATION,
      KUSTOMIZE,
      'images:\n- name: acme/api\n  newTag: 1.4.1 # lynceus: hold audit\n',
      'audit',
    ],
    [
      'beside the name of the entry',
      KUSTOMIZATION,
      KUSTOMIZE,
      'images:\n- name: acme/api # lynceus: hold\n  newTag: 1.4.1\n',
      '',
    ],
    [
      'above the entry',
      KUSTOMIZATION,
      KUSTOMIZE,
      'images:\n# lynceus: hold\n- name: acme/api\n  newTag: 1.4.1\n',
      '',
    ],
    [
      'of another entry',
      KUSTOMIZATION,
      KUSTOMIZE,
      'images:\n- name: acme/api\n  newTag: 1.4.1\n- name: b # lynceus: hold\n  newTag: 2\n',
      undefined,
    ],
    [
      'of a parameter',
      override('helm'),
      TAG,
      'helm:\n  parameters:\n  - name: image.tag\n    value: 1.4.1 # lynceus: hold\n',
      '',
    ],
    [
      'of an image in an override',
      override('kustomize'),
      KUSTOMIZE,
      'kustomize:\n  images:\n  - acme/api:1.4.1 # lynceus: hold\n',
      '',
    ],
    [
      'of a variable',
      override('plugin'),
      PLUGIN,
      'plugin:\n  env:\n  - name: TAG # lynceus: hold\n    value: 1.4.1\n',
      '',
    ],
    ['beside the map that it is in', VALUES, TAG, 'image: # lynceus: hold audit\n  tag: 1.4.1\n', 'audit'],
    ['above that map', VALUES, TAG, '# lynceus: hold\nimage:\n  a: 1\n  tag: 1.4.1\n', ''],
    ['above that map, parted from it', VALUES, TAG, '# lynceus: hold\n\nimage:\n  tag: 1.4.1\n', undefined],
    ['beside a map further out', VALUES, slotAt('a.b.tag'), 'a: # lynceus: hold\n  b:\n    tag: 1\n', ''],
    ['beside another map', VALUES, TAG, 'a: # lynceus: hold\n  tag: 1\nimage:\n  tag: 1.4.1\n', undefined],
    [
      'beside a map before the comment of the value',
      VALUES,
      TAG,
      'image: # lynceus: hold all\n  tag: 1.4.1 # lynceus: hold audit\n',
      'audit',
    ],
    [
      'behind the end of a flow map',
      VALUES,
      TAG,
      'image: {\n  tag: 1.4.1\n} # lynceus: hold audit\nother: 1\n',
      'audit',
    ],
    [
      'of an element of a list',
      VALUES,
      slotAt('pods[1].tag'),
      'pods:\n  - name: a\n    tag: 1\n  # lynceus: hold\n  - name: b\n    tag: 2\n',
      '',
    ],
    [
      'of another element of a list',
      VALUES,
      slotAt('pods[0].tag'),
      'pods:\n  - name: a\n    tag: 1\n  # lynceus: hold\n  - name: b\n    tag: 2\n',
      undefined,
    ],
    [
      'beside the name of the image',
      VALUES,
      NAMED,
      'image:\n  repository: acme/api # lynceus: hold audit\n  tag: 1.4.1\n',
      'audit',
    ],
    [
      'beside the list of images',
      KUSTOMIZATION,
      KUSTOMIZE,
      'images: # lynceus: hold\n- name: acme/api\n  newTag: 1.4.1\n',
      '',
    ],
    [
      'beside the name parameter',
      override('helm'),
      NAMED,
      'helm:\n  parameters:\n  - name: image.tag\n    value: 1.4.1\n  - name: image.repository\n    value: acme/api # lynceus: hold\n',
      '',
    ],
    [
      'beside the digest parameter',
      override('helm'),
      { ...TAG, digest: { path: 'image.digest', explicit: true } } as ImageSlot,
      `helm:\n  parameters:\n  - name: image.tag\n    value: 1.4.1\n  - name: image.digest\n    value: sha256:${'ab'.repeat(32)} # lynceus: hold\n`,
      '',
    ],
    [
      'beside the registry parameter',
      override('helm'),
      { ...NAMED, registry: { path: 'image.registry', explicit: true } } as ImageSlot,
      'helm:\n  parameters:\n  - name: image.tag\n    value: 1.4.1\n  - name: image.repository\n    value: acme/api\n  - name: image.registry\n    value: ghcr.io # lynceus: hold\n',
      '',
    ],
    [
      'beside a marked name',
      { kind: 'markers', path: 'a.yaml' },
      { kind: 'markers', names: ['shop/api'] },
      'a: acme/api # {"$lynceus": "shop/api:name"} # lynceus: hold\nb: 1.4.1 # {"$lynceus": "shop/api:tag"}\n',
      '',
    ],
    ['of a file with a byte order mark', VALUES, TAG, '\ufeffimage:\n  tag: 1.4.1 # lynceus: hold\n', ''],
  ])('%s', (_where, target, slot, text, hold) => {
    expect(holdOf(target, text, slot)).toBe(hold);
  });

  test.each<[string, string | undefined]>([
    ['# lynceus:hold until friday', 'until friday'],
    ['# Lynceus: Hold', ''],
    ['#lynceus hold', ''],
    ['# lynceus hold until friday', 'until friday'],
    ['# lynceus = hold', ''],
    ['# @lynceus: hold', ''],
    ['# lynceus: hodl', ''],
    ['# lynceus: held, see OPS-17', 'see OPS-17'],
    ['# lynceus: on hold', ''],
    ['# lynceus: hold-until-friday', 'until-friday'],
    ['# lyncues: hold', ''],
    ['# lynceus: pin', ''],
    ['# x # lynceus: hodl # lynceus: hold audit', 'audit'],
    ['# lynceus: constructor', undefined],
    ['# lynceus: updates this', undefined],
    ['# lynceus holds the newest version', undefined],
    ['# lynceus', undefined],
    ['# hold', undefined],
    ['# license: hold', undefined],
    ['# see "lynceus: hold"', undefined],
  ])('spelled %s', (comment, hold) => {
    expect(holdOf(VALUES, `image:\n  tag: 1.4.1 ${comment}\n`, TAG)).toBe(hold);
    expect(holdOf(VALUES, `image:\n  ${comment}\n  tag: 1.4.1\n`, TAG)).toBe(hold);
  });

  test('stays when the version changes', () => {
    const text = 'image:\n  tag: 1.4.1 # lynceus: hold audit\n';
    expect(commented(VALUES, text, TAG, undefined, '1.4.2')).toBe(
      'image:\n  tag: 1.4.2 # lynceus: hold audit\n',
    );
  });
});

describe('a digest alone', () => {
  const D = `sha256:${'a'.repeat(64)}`;
  const MARKERS: FileTarget = { kind: 'markers', path: 'job.yaml' };
  const MARKED: ImageSlot = { kind: 'markers', names: ['shop/api'] };
  const other = 'web:\n  tag: 1.0.0\n';

  test.each<[string, FileTarget, ImageSlot, string]>([
    ['in a key of its own', VALUES, slotAt('image.digest'), `image:\n  digest: ${D}\n${other}`],
    ['in the key of the tag', VALUES, TAG, `image:\n  tag: ${D}\n${other}`],
    ['behind a tag key with @', VALUES, TAG, `image:\n  tag: "@${D}"\n${other}`],
    ['in a whole reference', VALUES, SPEC, `image: ghcr.io/acme/api@${D}\n${other}`],
    ['in a kustomization', KUSTOMIZATION, KUSTOMIZE, `images:\n- name: acme/api\n  digest: ${D}\n`],
    [
      'in a kustomization with a new name',
      KUSTOMIZATION,
      KUSTOMIZE,
      `images:\n- name: acme/api\n  newName: ghcr.io/acme/api\n  digest: ${D}\n`,
    ],
    [
      'in an override file of Kustomize',
      override('kustomize'),
      KUSTOMIZE,
      `kustomize:\n  images:\n  - acme/api@${D}\n`,
    ],
    [
      'in a parameter',
      override('helm'),
      SPEC,
      `helm:\n  parameters:\n  - name: image\n    value: acme/api@${D}\n    forcestring: true\n`,
    ],
    [
      'in a variable of a plugin',
      override('plugin'),
      { kind: 'plugin', name: undefined, tag: undefined, spec: 'IMAGE' },
      `plugin:\n  env:\n  - name: IMAGE\n    value: acme/api@${D}\n`,
    ],
    ['marked as a reference', MARKERS, MARKED, `image: acme/api@${D} # {"$lynceus": "shop/api"}\n`],
    ['marked as a digest', MARKERS, MARKED, `pin: ${D} # {"$lynceus": "shop/api:digest"}\n`],
  ])('%s can be held and released', (_what, target, slot, text) => {
    const held = commented(target, text, slot, { kind: 'held', reason: 'audit' });

    expect(held.split(/ # lynceus: hold audit(?=\n)/)).toHaveLength(2);
    expect(held.replace(' # lynceus: hold audit', '')).toBe(text);
    expect(holdOf(target, held, slot)).toBe('audit');
    expect(commented(target, held, slot, { kind: 'held', reason: 'audit' })).toBe(held);
    expect(commented(target, held, slot, { kind: 'released' })).toBe(text);
  });

  test.each([
    ['another digest', { tag: '', digest: `sha256:${'b'.repeat(64)}` }],
    ['no digest', { tag: '', digest: undefined }],
  ])('an empty tag with %s is never written', (_, to) => {
    const text = `image:\n  tag: ${D}\n`;
    const image = { registry: '', name: 'acme/api', tag: undefined, digest: undefined };
    const from = { name: undefined, tag: undefined, digest: D };
    const comment = { kind: 'held', reason: '' } as const;
    for (const more of [{}, { comment }])
      expect(() => editFile(VALUES, text, [{ slot: TAG, image, from, to, ...more }], OPTIONS)).toThrow(
        /an empty one/,
      );
  });
});

describe('writing the comment', () => {
  const held = { kind: 'held', reason: 'audit' } as const;

  test.each<[string, string, string]>([
    ['a plain value', 'image:\n  tag: 1.4.1\n', 'image:\n  tag: 1.4.1 # lynceus: hold audit\n'],
    ['a line of Windows', 'image:\r\n  tag: 1.4.1\r\n', 'image:\r\n  tag: 1.4.1 # lynceus: hold audit\r\n'],
    ['a file without a final line end', 'image:\n  tag: 1.4.1', 'image:\n  tag: 1.4.1 # lynceus: hold audit'],
    ['another comment', 'image:\n  tag: 1.4.1 # x\n', 'image:\n  tag: 1.4.1 # x # lynceus: hold audit\n'],
    [
      'another reason',
      'image:\n  tag: 1.4.1 # lynceus: hold, x\n',
      'image:\n  tag: 1.4.1 # lynceus: hold audit\n',
    ],
    [
      'another reason above',
      'image:\n  # lynceus: hold x\n  tag: 1.4.1\n',
      'image:\n  # lynceus: hold audit\n  tag: 1.4.1\n',
    ],
    [
      'the same reason',
      'image:\n  tag: 1.4.1 # lynceus: hold: audit\n',
      'image:\n  tag: 1.4.1 # lynceus: hold: audit\n',
    ],
    [
      'a block scalar',
      'image:\n  tag: |-\n    1.4.1\n',
      'image:\n  tag: |- # lynceus: hold audit\n    1.4.1\n',
    ],
    ['a flow map', 'image: {tag: 1.4.1}\n', 'image: {tag: 1.4.1} # lynceus: hold audit\n'],
    [
      'an alias',
      'v: &v 1.4.1\nimage:\n  tag: *v\n',
      'v: &v 1.4.1\nimage:\n  tag: *v # lynceus: hold audit\n',
    ],
  ])('beside %s', (_what, before, after) => {
    expect(commented(VALUES, before, TAG, held)).toBe(after);
  });

  test.each<[string, string, RegExp]>([
    ['JSON', '{"image": {"tag": "1.4.1"}}\n', /image\.tag: the file is written as JSON/],
    ['a merged value', 'a: &a {tag: 1.4.1}\nimage:\n  <<: *a\n', /image\.tag: its value is shared/],
    ['a line that ends inside a string', 'image: {tag: 1.4.1, x: "a\n  b"}\n', /was left alone/],
  ])('not into %s', (_what, text, message) => {
    expect(() => commented(VALUES, text, TAG, held)).toThrow(LynceusError);
    expect(() => commented(VALUES, text, TAG, held)).toThrow(message);
  });

  test.each([
    ['image:\n  tag: 1.4.1\n', 'image:\n  tag: 1.4.1 # lynceus: hold\n'],
    ['image:\n  tag: 1.4.1 # lynceus: hold until May\n', 'image:\n  tag: 1.4.1 # lynceus: hold until May\n'],
  ])('without a reason, which takes none away: %j', (before, after) => {
    expect(commented(VALUES, before, TAG, { kind: 'held', reason: '' })).toBe(after);
  });

  test('with a new version at once', () => {
    expect(commented(VALUES, 'image:\n  tag: 1.4.1\n', TAG, held, '1.4.0')).toBe(
      'image:\n  tag: 1.4.0 # lynceus: hold audit\n',
    );
  });

  test.each<[string, string, string]>([
    ['beside a value', 'image:\n  tag: 1.4.1 # lynceus: hold audit\n', 'image:\n  tag: 1.4.1\n'],
    ['behind another comment', 'image:\n  tag: 1.4.1 # x # lynceus: hold\n', 'image:\n  tag: 1.4.1 # x\n'],
    ['above', 'image:\n  # lynceus: hold\n  tag: 1.4.1\n', 'image:\n  tag: 1.4.1\n'],
    [
      'above, behind another',
      'image:\n  # x # lynceus: hold\n  tag: 1.4.1\n',
      'image:\n  # x\n  tag: 1.4.1\n',
    ],
    ['twice', 'image:\n  # lynceus: hold\n  tag: 1.4.1 # lynceus: hold\n', 'image:\n  tag: 1.4.1\n'],
    ['that is spelled badly', 'image:\n  tag: 1.4.1 # x #lynceus hodl\n', 'image:\n  tag: 1.4.1 # x\n'],
    [
      'but not beside the map, for it may hold others',
      'image: # lynceus: hold\n  tag: 1.4.1 # lynceus: hold\n',
      'image: # lynceus: hold\n  tag: 1.4.1\n',
    ],
    ['nowhere', 'image:\n  tag: 1.4.1 # x\n', 'image:\n  tag: 1.4.1 # x\n'],
  ])('and taking it away %s', (_where, before, after) => {
    expect(commented(VALUES, before, TAG, { kind: 'released' })).toBe(after);
  });
});

test.each([
  [VALUES, TAG, 'image:\n  tag: 1.20\n', 'image:\n  tag: 1.20 # lynceus: hold\n'],
  [VALUES, TAG, 'image:\n  tag: 4200077 # x\n', undefined],
  [
    KUSTOMIZATION,
    KUSTOMIZE,
    'images:\n- name: acme/api\n  newTag: 3.6\n',
    'images:\n- name: acme/api\n  newTag: 3.6 # lynceus: hold\n',
  ],
] as const)(
  'beside a tag without quotes changes nothing but the comment: %j',
  (target, slot, before, after) => {
    const held = commented(target, before, slot, { kind: 'held', reason: '' });
    if (after !== undefined) expect(held).toBe(after);
    expect(load(held)).toEqual(load(before));
    expect(commented(target, held, slot, { kind: 'released' })).toBe(before);
  },
);

test('a reading tells apart the comments that hold one value and all of a map', () => {
  const aboveOf = (text: string) => {
    const reading = readImage(VALUES, text, TAG, OPTIONS);
    return reading.kind === 'present' ? reading.holdAbove : undefined;
  };
  expect(aboveOf('a: 1\nimage: # lynceus: hold\n  tag: 1.4.1\n')).toEqual({
    key: 'image',
    line: 2,
    alone: true,
  });
  expect(aboveOf('# lynceus: hold\nimage:\n  tag: 1.4.1 # lynceus: hold\n')).toEqual({
    key: 'image',
    line: 1,
    alone: false,
  });
  expect(aboveOf('image:\n  tag: 1.4.1 # lynceus: hold\n')).toBeUndefined();
});

function load(text: string): unknown {
  return parseAllDocuments(text, { merge: true, uniqueKeys: false })[0]?.toJS({
    maxAliasCount: -1,
  }) as unknown;
}

test('in any file: only the comment comes and goes, and the data stays', { timeout: 60_000 }, () => {
  let written = 0;
  const reasons = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', 'audit', '- x', 'a # b', 'a\nb: c'),
  );
  fc.assert(
    fc.property(documents, reasons, ({ prefix, token, suffix, path }, reason) => {
      const before = `${prefix}${token}${suffix}`;
      const slot = slotAt(path);
      const reading = readImage(VALUES, before, slot, OPTIONS);
      fc.pre(reading.kind === 'present' && reading.image.tag !== undefined);
      let after: string;
      try {
        after = commented(VALUES, before, slot, { kind: 'held', reason });
      } catch (error) {
        expect((error as LynceusError).code).toMatch(/^(?:key-unsupported|edit-unsafe)$/);
        return;
      }
      written += 1;
      expect(load(after)).toEqual(load(before));
      const added = after.length - before.length;
      const at = [...after].findIndex((character, index) => character !== [...before][index]);
      expect(after.slice(0, Math.max(0, at))).toBe(before.slice(0, Math.max(0, at)));
      expect(added).toBeGreaterThan(0);
      expect(holdOf(VALUES, after, slot)).toBeDefined();
      expect(commented(VALUES, after, slot, { kind: 'released' })).toBe(before);
    }),
    { numRuns: 150 },
  );
  expect(written).toBeGreaterThan(75);
});
