import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { candidatePaths, editFile, fileRequestOf, readImage } from '../../src/edits/index.ts';
import type { LynceusError } from '../../src/errors.ts';
import { DEFAULT_FILE_LIMITS } from '../../src/core/file-limits.ts';
import { caught } from '../helpers/thrown.ts';

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };

function parts(tag: string, name = 'image.name'): ImageSlot {
  return {
    kind: 'helm-parts',
    tag: { path: tag, explicit: true },
    name: { path: name, explicit: name !== 'image.name' },
  };
}

function refusal(text: string, slot = parts('image.tag')): LynceusError {
  return caught(() => readImage(VALUES, text, slot, { createMissing: false }));
}

describe('candidate paths', () => {
  it.each([
    [
      { kind: 'kustomization', directory: 'a/b' },
      ['a/b/kustomization.yaml', 'a/b/kustomization.yml', 'a/b/Kustomization'],
    ],
    [{ kind: 'kustomization', directory: '' }, ['kustomization.yaml', 'kustomization.yml', 'Kustomization']],
    [VALUES, ['values.yaml']],
  ] as const)('%j is at %j', (target, paths) => {
    expect(candidatePaths(target)).toEqual(paths);
    expect(fileRequestOf(target)).toEqual({ candidates: paths, ...(paths.length > 1 && { sole: true }) });
  });
});

describe('a key that is not there', () => {
  it.each([
    [
      'image: {repository: a, version: 1}\n',
      'image.tag',
      'values.yaml has no key image.tag; nearest: image.repository, image.version',
    ],
    [
      'backend:\n  image:\n    tag: v1\n',
      'image.tag',
      'values.yaml has no key image.tag; nearest: backend.image.tag',
    ],
    ['a: [{image: {tag: 1}}]\n', 'image.tag', 'values.yaml has no key image.tag; nearest: a[0].image.tag'],
    ['x: 1\n', 'image.tag', 'values.yaml has no key image.tag'],
    ['x: 1\n', 'a..b', 'values.yaml has no key a..b'],
    ['x: 1\n', 'a[x].b', 'values.yaml has no key a[x].b'],
  ])('in %j is reported for %s', (text, path, detail) => {
    const reading = readImage(VALUES, text, parts(path), { createMissing: false });
    expect(reading).toEqual({ kind: 'absent', mayCreate: false, detail });
  });

  it.each([
    ['app: {image.tag: {v: 1}}\n', 'app.image.tag.w', 'app."image.tag".v'],
    ['images: {ghcr.io/acme/api: {tag: 1}}\n', 'image.tag', 'images."ghcr.io/acme/api".tag'],
    ['app: [{"a b": {tag: 1}}]\n', 'image.tag', 'app[0]."a b".tag'],
    ['app: {"x\\"y": {tag: 1}}\n', 'image.tag', String.raw`app."x\"y".tag`],
    ['list: [{name: a, tag: 1}]\n', 'list[0].version', 'list[0].name, list[0].tag'],
    ["'image.tag': 1\n", 'tag', undefined],
  ])('in %j the nearest to %s can be written into the annotation', (text, path, nearest) => {
    const reading = readImage(VALUES, text, parts(path), { createMissing: false });
    const detail = reading.kind === 'absent' ? reading.detail : '';
    expect(detail.split('; nearest: ')[1]).toBe(nearest);
    for (const one of nearest?.split(', ') ?? [])
      expect(readImage(VALUES, text, parts(one), { createMissing: false }).kind, one).toBe('present');
  });

  it('may be created unless a list would have to be', () => {
    const mayCreate = (path: string, text = 'a: {b: 1}\n'): unknown => {
      const reading = readImage(VALUES, text, parts(path), { createMissing: true });
      return reading.kind === 'absent' && reading.mayCreate;
    };
    expect(mayCreate('image.tag')).toBe(true);
    expect(mayCreate('a.tag')).toBe(true);
    expect(mayCreate('a[0].tag', '')).toBe(false);
    expect(mayCreate('a..tag')).toBe(false);
    expect(mayCreate('.tag')).toBe(false);
    // Both a literal and a nested parent could take it.
    expect(mayCreate('x.y.tag', 'x: {y: {}}\nx.y: {}\n')).toBe(false);
  });

  it('cannot be created in a missing file when a list would have to be', () => {
    expect(readImage(VALUES, undefined, parts('a[0].tag'), { createMissing: true })).toMatchObject({
      mayCreate: false,
    });
    expect(readImage(VALUES, undefined, parts('a.tag'), { createMissing: true })).toMatchObject({
      mayCreate: true,
    });
    expect(readImage(VALUES, undefined, parts('a.tag'), { createMissing: false })).toMatchObject({
      mayCreate: false,
    });
  });
});

describe('a key path', () => {
  it.each([
    ['x: [a]\n', 'x[1]', 'key-missing', 'has 1 elements'],
    ['x: []\n', 'x[0].y', 'key-missing', 'has 0 elements'],
    ['x: [a]\n', 'x.y', 'key-unsupported', 'found a list'],
    ['x: {a: b}\n', 'x[0]', 'key-unsupported', 'expected a list at x, found a map'],
    ['x: a\n', 'x.y.z', 'key-unsupported', 'expected a map at x, found a single value'],
    ['x: 1\n', '', 'key-missing', 'found 0'],
    ['x: 1\n', 'x'.repeat(1025), 'key-missing', 'found 1025'],
    ['a.b: 1\na: {b: 1}\n', 'a.b', 'target-ambiguous', 'a.b and "a.b"'],
    ['a.b: {c: 1}\na: {b.c: 1}\n', 'a.b.c', 'target-ambiguous', 'more than one'],
    ['a[0]: 1\na: [1]\n', 'a[0]', 'target-ambiguous', 'a[0] and "a[0]"'],
  ])('in %j: %s ends as %s', (text, path, code, message) => {
    const error = refusal(text, parts(path));
    expect({ code: error.code, message: error.message }).toEqual({
      code,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('finds a key however it is written', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['a.b.c: v1\n', 'a.b.c'],
      ['a.b: {c: v1}\n', 'a.b.c'],
      ['a: {b.c: v1}\n', 'a.b.c'],
      ['a: [[x, {c: v1}]]\n', 'a[0][1].c'],
      ['a[0]: v1\n', 'a[0]'],
      ['a..b: v1\n', 'a..b'],
      ['8080: {on: v1}\n', '8080.on'],
      ['a.b: {c: v1}\na: {b: {c: v2}}\n', '"a.b".c'],
      ['a.b: {c: v2}\na: {b: {c: v1}}\n', '"a"."b".c'],
      ['a: {b.c.d: v1}\n', String.raw`a.b\.c\.d`],
      ['a: {b.c: [v0, v1]}\n', "a['b.c'][1]"],
      ['a: {"b[0]": v1, b: [v0]}\n', 'a."b[0]"'],
      ["a: {'b\"c': v1}\n", String.raw`a."b\"c"`],
      ["a: {it's: v1}\n", "a.it's"],
    ];
    for (const [text, path] of rows) {
      expect(readImage(VALUES, text, parts(path), { createMissing: false }), path).toMatchObject({
        image: { tag: 'v1' },
      });
    }
  });
});

describe('a refusal', () => {
  it.each([
    'password: s3cr3t\n\tx: s3cr3t\n',
    'password: "s3cr3t\n',
    'password: {s3cr3t\nimage: x\n',
    'password: s3cr3t: s3cr3t\n',
    's3cr3t\n',
    'password: &a s3cr3t\nx: *b\n',
    'image: s3cr3t\n',
    'image:\n  tag: |\n    s3cr3t\n    s3cr3t\n',
    'image:\n  tag: "{{ s3cr3t }}"\n',
    'password: s3cr3t\n---\npassword: s3cr3t\n',
    '%s3cr3t\n---\n@s3cr3t\n',
  ])('never tells a value: %j', (text) => {
    const error = caught(() =>
      editFile(
        VALUES,
        text,
        [
          {
            slot: parts('image.tag'),
            image: parseImageReference('acme/api'),
            from: undefined,
            to: { tag: '1', digest: undefined },
          },
        ],
        { createMissing: true },
      ),
    );
    expect(error.line).not.toContain('s3cr3t');
  });

  it('comes soon, however large the file', { timeout: 30_000 }, () => {
    const large: Readonly<Record<string, string>> = {
      'too many bytes': `a: ${'é'.repeat(DEFAULT_FILE_LIMITS.bytes / 2)}`,
      brackets: '['.repeat(100_000),
      dashes: '- '.repeat(60_000),
      questions: '? '.repeat(60_000),
      'closing braces': '}'.repeat(100_000),
      commas: `{${','.repeat(100_000)}`,
      anchors: '&a '.repeat(40_000),
      'open quotes': `a: "${'x\n'.repeat(50_000)}`,
      'aliases on aliases': `a0: &a0 x\n${Array.from({ length: 3000 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`).join('')}`,
    };
    for (const [name, text] of Object.entries(large)) {
      const error = refusal(text);
      expect(error.code, name).toBe('target-unsupported');
      // Recursion is never tried: in V8 an exhausted stack can end the whole process.
      if (/brackets|dashes|questions|aliases/.test(name)) {
        expect(error.message, name).toContain('levels of nesting');
      }
    }
  });

  it('does not come for a large file of many keys', { timeout: 30_000 }, () => {
    const text = `${Array.from({ length: 20_000 }, (_, index) => `key${index}: v1\n`).join('')}image: {tag: v1}\n`;
    expect(readImage(VALUES, text, parts('image.tag'), { createMissing: false })).toMatchObject({
      image: { tag: 'v1' },
    });
    expect(readImage(VALUES, text, parts('image.version'), { createMissing: false })).toMatchObject({
      kind: 'absent',
    });
  });
});
