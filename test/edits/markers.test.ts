import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { documentsOf } from '../../src/edits/yaml/documents.ts';
import { LynceusError } from '../../src/errors.ts';
import { orRefused } from '../helpers/thrown.ts';

const TARGET: FileTarget = { kind: 'markers', path: 'all.yaml' };
const OPTIONS = { createMissing: true };
const API: ImageSlot = { kind: 'markers', names: ['shop/api', 'argocd/shop/api'] };
const WEB: ImageSlot = { kind: 'markers', names: ['shop/web', 'argocd/shop/web'] };
const OLD = `sha256:${'0'.repeat(64)}`;
const NEW = `sha256:${'1'.repeat(64)}`;

function change(tag = '2.0.0', digest?: string, slot = API) {
  return { slot, image: parseImageReference('ghcr.io/acme/api'), from: undefined, to: { tag, digest } };
}

function edit(text: string, ...changes: ReturnType<typeof change>[]): string {
  return editFile(TARGET, text, changes.length === 0 ? [change()] : changes, OPTIONS);
}

function read(text: string, slot = API) {
  return readImage(TARGET, text, slot, OPTIONS);
}

const UGLY = `\uFEFF# a comment
apiVersion: v1
kind: ConfigMap
data:
    script: |
       image: ghcr.io/acme/api:1.0.0 # {"$lynceus": "shop/api"}
    odd   :   'it''s'
---   # the second one
spec: {containers: [
   {name: a, image: "ghcr.io/acme/api:1.0.0"  ,    # {"$lynceus": "shop/api"}
    env: []} ] }
...
%YAML 1.2
---
- # no map
...
---
x: &x   ghcr.io/acme/api:1.0.0 #{"$lynceus":"argocd/shop/api"} and more
y:
- 'ghcr.io/acme/web:3'   # {"$lynceus": "shop/web"}
---
`;

describe('a file with markers', () => {
  test('everything but the marked values stays as it is, in every document', () => {
    const text = UGLY.replace('- # no map\n', 'a: 1\n');
    const after = edit(text);

    const lines = after.split('\n');
    const changed = text.split('\n').flatMap((line, index) => (line === lines[index] ? [] : [lines[index]]));
    expect(changed).toEqual([
      '   {name: a, image: "ghcr.io/acme/api:2.0.0"  ,    # {"$lynceus": "shop/api"}',
      'x: &x   ghcr.io/acme/api:2.0.0 #{"$lynceus":"argocd/shop/api"} and more',
    ]);
    expect(edit(after)).toBe(after);
    expect(edit(text.replaceAll('\n', '\r\n'))).toBe(after.replaceAll('\n', '\r\n'));
  });

  test.each<[string, string, string, string | undefined]>([
    [
      'a tag and a name',
      'name: acme/x # {"$lynceus": "shop/api:name"}\ntag: 1.10 # {"$lynceus": "shop/api:tag"}\n',
      'name: ghcr.io/acme/api # {"$lynceus": "shop/api:name"}\ntag: 2.0.0 # {"$lynceus": "shop/api:tag"}\n',
      undefined,
    ],
    [
      'a tag that looks like a number',
      'tag: v1 # {"$lynceus": "shop/api:tag"}\n',
      'tag: "1.20" # {"$lynceus": "shop/api:tag"}\n',
      undefined,
    ],
    [
      'tag and digest apart',
      `tag: 1 # {"$lynceus": "shop/api:tag"}\n---\ndigest: '${OLD}' # {"$lynceus": "shop/api:digest"}\n`,
      `tag: 2.0.0 # {"$lynceus": "shop/api:tag"}\n---\ndigest: '${NEW}' # {"$lynceus": "shop/api:digest"}\n`,
      NEW,
    ],
    [
      'a whole reference with its digest, whose name another key completes',
      `image: acme/api@${OLD} # {"$lynceus": "shop/api"}\n`,
      `image: acme/api:2.0.0@${NEW} # {"$lynceus": "shop/api"}\n`,
      NEW,
    ],
    [
      'places that do not agree',
      'a: ghcr.io/acme/api:2.0.0 # {"$lynceus": "shop/api"}\nb: ghcr.io/acme/api:1.0.0 # {"$lynceus": "shop/api"}\n',
      'a: ghcr.io/acme/api:2.0.0 # {"$lynceus": "shop/api"}\nb: ghcr.io/acme/api:2.0.0 # {"$lynceus": "shop/api"}\n',
      undefined,
    ],
    [
      'beside the marker of another tool, behind an empty text',
      'tag: \'\' # {"$imagepolicy": "flux:api:tag"} {"$lynceus": "shop/api:tag"}',
      'tag: \'2.0.0\' # {"$imagepolicy": "flux:api:tag"} {"$lynceus": "shop/api:tag"}',
      undefined,
    ],
  ])('%s', (name, before, after, digest) => {
    const wanted = change(name.includes('number') ? '1.20' : '2.0.0', digest);
    const reading = read(before);

    expect(reading.kind === 'present' && isAtVersion(reading.image, wanted, 'removed')).toBe(false);
    expect(edit(before, wanted)).toBe(after);
    expect(edit(after, wanted)).toBe(after);
    const now = read(after);
    expect(now.kind === 'present' && isAtVersion(now.image, wanted, 'removed')).toBe(true);
  });

  test.each([
    [
      'alone',
      `a: ${OLD} # {"$lynceus": "shop/api:digest"}\n`,
      `a: ${NEW} # {"$lynceus": "shop/api:digest"}\n`,
    ],
    [
      'beside',
      `a: ghcr.io/acme/web # {"$lynceus": "shop/api:name"}\nb: "1" # {"$lynceus": "shop/api:tag"}\nc: ${OLD} # {"$lynceus": "shop/api:digest"}\n`,
      `a: ghcr.io/acme/api # {"$lynceus": "shop/api:name"}\nb: "2.0.0" # {"$lynceus": "shop/api:tag"}\nc: ${NEW} # {"$lynceus": "shop/api:digest"}\n`,
    ],
  ])('a digest %s is written with every version', (digestKey, before, after) => {
    expect(read(before)).toMatchObject({ kind: 'present', image: { digest: OLD, digestKey } });
    expect(edit(before, change('2.0.0', NEW))).toBe(after);
    const now = read(after);
    expect(now.kind === 'present' && isAtVersion(now.image, change('2.0.0', NEW), 'removed')).toBe(true);
    expect(now.kind === 'present' && isAtVersion(now.image, change('2.0.0', OLD), 'kept')).toBe(false);
  });

  test.each([
    ['a whole reference', 'a: ghcr.io/acme/api:1.0.0 # {"$lynceus": "shop/api"}\n', true],
    [
      'a tag and a digest',
      `a: 1.0.0 # {"$lynceus": "shop/api:tag"}\nb: ${OLD} # {"$lynceus": "shop/api:digest"}\n`,
      true,
    ],
    ['a tag alone', 'a: 1.0.0 # {"$lynceus": "shop/api:tag"}\n', false],
    [
      'a tag and a name',
      'a: 1.0.0 # {"$lynceus": "shop/api:tag"}\nb: x/y # {"$lynceus": "shop/api:name"}\n',
      false,
    ],
  ])('%s says whether it has room for a digest', (_, text, hasRoom) => {
    const now = read(text);
    expect(now.kind === 'present' && now.image.noDigest !== true).toBe(hasRoom);
    const written = orRefused(() => edit(text, change('2.0.0', NEW)));
    expect(written instanceof LynceusError).toBe(!hasRoom);
  });

  test('what does not agree says no version', () => {
    const marked = (tag: string) => `x${tag}: ghcr.io/acme/api:${tag} # {"$lynceus": "shop/api"}\n`;

    expect(read(marked('1') + marked('2'))).toEqual({
      kind: 'present',
      image: { name: 'ghcr.io/acme/api', tag: undefined, digest: undefined },
    });
  });

  test.each<[string, string, string, string]>([
    ['a: 1 # {"$lynceus": "shop"}\n', 'target-unsupported', 'line 1, column 6', 'found "shop"'],
    ['a: 1 # {"$lynceus": "shop/api:tga"}\n', 'target-unsupported', 'line 1', 'found "shop/api:tga"'],
    ["a: 1 # {'$lynceus': 'shop/api'}\n", 'target-unsupported', 'line 1', 'found something else'],
    [
      'a: 1\n---\nb: 1\nc: 1 # {$lynceus: other/x}\n',
      'target-unsupported',
      'line 4, column 6',
      'something else',
    ],
    ['a: 1\n---\nb: # {"$lynceus": "shop/api"}\n', 'key-unsupported', 'line 3, column 4', 'a single value'],
    ['b: # {"$lynceus": "shop/api"}\n  c: 1\n', 'key-unsupported', 'line 1', 'a single value'],
    ['# {"$lynceus": "shop/api"}\nc: 1\n', 'key-unsupported', 'line 1, column 1', 'a single value'],
    ['b: | # {"$lynceus": "shop/api"}\n  c\n', 'key-unsupported', 'line 1', 'a single value'],
    ['x: &x 1\nb: *x # {"$lynceus": "shop/api"}\n', 'key-unsupported', 'line 2', 'a single value'],
    ['b: {c: 1} # {"$lynceus": "shop/api"}\n', 'key-unsupported', 'line 1', 'a single value'],
    ['b: "{{ .x }}" # {"$lynceus": "shop/api"}\n', 'key-unsupported', 'line 1', 'found a template'],
    [
      'b: x # {"$lynceus": "shop/api:name"}\n',
      'key-unsupported',
      'all.yaml',
      'no marker of shop/api holds its tag',
    ],
    ['a: 1\n---\n- b # {"$lynceus": "shop/api"}\n', 'target-unsupported', 'line 3', 'expected a map'],
    ['a: 1\n---\na: 1\na: 2\n', 'target-unsupported', 'line 4', 'for the second time'],
  ])('%j is refused by name', (text, code, where, what) => {
    for (const run of [() => read(text), () => edit(text)])
      expect(run).toThrow(
        expect.objectContaining({
          code,
          message: expect.stringMatching(
            new RegExp(`${where}.*${what.replace(/[[\]]/g, String.raw`\$&`)}`),
          ) as string,
        }),
      );
  });

  test('a file without a marker of the image tells whose there are', () => {
    const text = 'a: x/y:1 # {"$lynceus": "shop/web"}\n---\nb: 1 # {"$lynceus": "team/shop/api"}\n';
    const detail =
      'all.yaml has no value with the marker {"$lynceus": "shop/api"}; there are markers of shop/web, team/shop/api';

    expect(read(text)).toEqual({ kind: 'absent', mayCreate: false, detail });
    expect(() => edit(text)).toThrow(expect.objectContaining({ code: 'key-missing', message: detail }));
    expect(() => editFile(TARGET, undefined, [change()], OPTIONS)).toThrow(/all\.yaml does not exist/);
  });

  test('a digest without a place, and a place without a digest, are refused', () => {
    const tag = 'a: 1 # {"$lynceus": "shop/api:tag"}\n';

    expect(() => edit(tag, change('2', NEW))).toThrow(/no marker of shop\/api holds the digest/);
    expect(() => edit(`${tag}b: x # {"$lynceus": "shop/api:digest"}\n`, change('2'))).toThrow(
      /there is no digest/,
    );
  });

  test('two images of one file are written together; one place for both is refused', () => {
    const text = 'a: 1 # {"$lynceus": "shop/api:tag"}\n---\nb: 1 # {"$lynceus": "shop/web:tag"}\n';

    expect(edit(text, change('2'), change('3', undefined, WEB))).toBe(
      'a: "2" # {"$lynceus": "shop/api:tag"}\n---\nb: "3" # {"$lynceus": "shop/web:tag"}\n',
    );
    expect(() => edit(text, change('2'), change('3'))).toThrow(
      expect.objectContaining({ code: 'conflicting-changes' }),
    );
  });

  test('a person holds a marked value as any other', () => {
    const text =
      'x: 1\n---\na: "1" # {"$lynceus": "shop/api:tag"}\n---\nb: "1" # {"$lynceus": "shop/api:tag"}\n';
    const held = edit(text, { ...change('1'), comment: { kind: 'held', reason: 'wait' } } as never);

    expect(held).toBe(text.replace('"shop/api:tag"}', '"shop/api:tag"} # lynceus: hold wait'));
    expect(read(held)).toMatchObject({ kind: 'present', hold: 'wait', image: { tag: '1' } });
    expect(edit(held, { ...change('1'), comment: { kind: 'released' } } as never)).toBe(text);
  });

  test('any stream of documents: the marked values change and nothing else, and the second edit is the identity', () => {
    const key = fc.stringMatching(/^[a-z]{1,5}$/);
    const plain = fc.constantFrom(
      '1.0',
      "'x'",
      '"y # z"',
      'true',
      '[a, b]',
      '{c: d}',
      '~',
      '|\n    text # {"$lynceus": "shop/api"}',
    );
    const marked = fc.constantFrom('ghcr.io/acme/api:1', "'ghcr.io/acme/api:0'", '"ghcr.io/acme/api:9"');
    const entry = fc.oneof(
      plain.map((value) => ({ value, isOurs: false })),
      marked.map((value) => ({ value, isOurs: true })),
    );
    const document = fc.uniqueArray(fc.tuple(key, entry), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 5,
    });
    const tags = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/);
    const separators = fc.constantFrom('---\n', '--- # next\n', '...\n---\n', '\n---\n\n');
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 1, maxLength: 4 }),
        separators,
        tags,
        (documents, separator, tag) => {
          const text = documents
            .map((entries) =>
              entries
                .map(
                  ([name, { value, isOurs }]) =>
                    `${name}: ${value}${isOurs ? '  # {"$lynceus": "shop/api"}' : ''}\n`,
                )
                .join(''),
            )
            .join(separator);
          const pieces = documentsOf('all.yaml', text);
          expect(pieces.map((piece) => piece.text).join('')).toBe(text);
          expect(pieces).toHaveLength(documents.length);
          fc.pre(documents.flat().some(([, { isOurs }]) => isOurs));
          const after = edit(text, change(tag));
          expect(edit(after, change(tag))).toBe(after);
          const load = (all: string) =>
            parseAllDocuments(all).map((one) => one.toJS() as Record<string, unknown>);
          const before = load(text);
          expect(load(after)).toEqual(
            documents.map((entries, index) =>
              Object.fromEntries(
                entries.map(([name, { isOurs }]) => [
                  name,
                  isOurs ? `ghcr.io/acme/api:${tag}` : before[index]?.[name],
                ]),
              ),
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
