import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot, InheritedEntries } from '../../src/core/policy.ts';
import { editApplication } from '../../src/edits/application/edit-application.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import type { LynceusError } from '../../src/errors.ts';
import { caught } from '../helpers/thrown.ts';

/*
 * A key that holds another part of an image than its annotation says: whoever reads it expects that part, and what is
 * written for the other would break what is deployed.
 */

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const SPEC: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true } };
const DIGEST = `sha256:${'ab'.repeat(32)}`;

function parts(tag: string, name = 'none.such'): ImageSlot {
  const isNamed = name !== 'none.such';
  return {
    kind: 'helm-parts',
    tag: { path: tag, explicit: true },
    name: { path: name, explicit: isNamed },
  };
}

function changeOf(slot: ImageSlot) {
  const to = { tag: '1.1.0', digest: undefined };
  return { slot, image: parseImageReference('ghcr.io/acme/api'), from: undefined, to };
}

function written(slot: ImageSlot, text: string, target = VALUES): string {
  return editFile(target, text, [changeOf(slot)], { createMissing: false });
}

function refusal(slot: ImageSlot, text: string, target = VALUES): LynceusError {
  const error = caught(() => written(slot, text, target)) as LynceusError;
  expect(error.code).toBe('key-unsupported');
  return error;
}

describe('helm.image-spec', () => {
  test.each([
    '1.0.0',
    'v1',
    '"1.20"',
    'latest',
    'main-3f2c1ab',
    `1.0.0@${DIGEST}`,
    DIGEST,
    `"@${DIGEST}"`,
    '":1.0.0"',
  ])('at the tag %s alone is a problem', (value) => {
    const { message, hint } = refusal(SPEC, `image: ${value}\n`);
    expect(message).toBe('values.yaml: image: expected NAME:TAG, found a tag alone');
    expect(hint).toMatch(/^name the key with helm\.image-tag/);
  });

  test.each([
    ['ghcr.io/acme/api:1.0.0', 'ghcr.io/acme/api:1.1.0'],
    ['acme/api', 'acme/api:1.1.0'],
    ['api', 'ghcr.io/acme/api:1.1.0'],
    ['acme/old', 'ghcr.io/acme/api:1.1.0'],
    ['old:1.0.0', 'ghcr.io/acme/api:1.1.0'],
    [`acme/api@${DIGEST}`, 'acme/api:1.1.0'],
    ['""', '"ghcr.io/acme/api:1.1.0"'],
    ['<none & nothing>', 'ghcr.io/acme/api:1.1.0'],
  ])('at %j is served', (value, after) => {
    expect(written(SPEC, `image: ${value}\n`)).toBe(`image: ${after}\n`);
  });

  test('with a template is judged by the template', () => {
    const template = { text: 'x-{tag}', literals: ['x-', ''], placeholders: ['tag'] } as const;
    expect(written({ ...SPEC, template } as ImageSlot, 'image: x-1\n')).toBe('image: x-1.1.0\n');
  });
});

describe('helm.image-tag', () => {
  const slot = parts('image.tag');

  test.each([
    'ghcr.io/acme/api:1.0.0',
    'acme/api',
    'api:1.0.0',
    `acme/api:1.0.0@${DIGEST}`,
    'localhost:5000/acme/api:1.0.0',
    '":1.0.0"',
  ])('at %s is a problem, also before a registry is asked', (value) => {
    const text = `image:\n  tag: ${value}\n`;
    const { message, hint } = refusal(slot, text);
    expect(message).toBe('values.yaml: image.tag: expected a tag, found more than a tag, such as name:tag');
    expect(hint).toMatch(/^name the key with helm\.image-spec/);
    expect(caught(() => readImage(VALUES, text, slot, { createMissing: false })).message).toBe(message);
  });

  test.each([
    ['1.0.0', '1.1.0'],
    [`1.0.0@${DIGEST}`, '1.1.0'],
    [`"@${DIGEST}"`, '"1.1.0"'],
    ['""', '"1.1.0"'],
    ['SET_ME', '1.1.0'],
    ['set by a/b', '1.1.0'],
  ])('at %s is served', (value, after) => {
    expect(written(slot, `image:\n  tag: ${value}\n`)).toBe(`image:\n  tag: ${after}\n`);
  });
});

test('helm.image-tag at a digest alone is served with a digest', () => {
  const digest = `sha256:${'cd'.repeat(32)}`;
  const change = { ...changeOf(parts('image.tag')), to: { tag: '1.1.0', digest } };
  expect(editFile(VALUES, `image:\n  tag: ${DIGEST}\n`, [change], { createMissing: false })).toBe(
    `image:\n  tag: ${digest}\n`,
  );
});

describe('helm.image-name', () => {
  const slot = parts('tag', 'name');

  test('at a name with a tag is a problem', () => {
    expect(refusal(slot, 'name: acme/api:1.0.0\ntag: 1.0.0\n').message).toBe(
      'values.yaml: name: expected the name of an image, found a name with a tag',
    );
  });

  test.each(['localhost:5000/acme/api', 'acme/api', 'acme/old'])('at %s is served', (name) => {
    expect(written(slot, `name: ${name}\ntag: 1.0.0\n`)).toMatch(/\ntag: 1\.1\.0\n$/);
  });
});

const NOTHING: InheritedEntries = { parameters: [], images: [], env: [] };

describe('in other places it is a problem, too:', () => {
  test.each<[string, FileTarget, ImageSlot, string, string]>([
    [
      'a parameter of an override file',
      { kind: 'override', path: 'o.yaml', format: 'helm', inherited: NOTHING },
      SPEC,
      'helm:\n  parameters:\n  - {name: image, value: "1.0.0"}\n',
      'o.yaml: image: expected NAME:TAG, found a tag alone',
    ],
    [
      'a parameter that the Application has itself',
      {
        kind: 'override',
        path: 'o.yaml',
        format: 'helm',
        inherited: { ...NOTHING, parameters: [{ name: 'tag', value: 'acme/api:1', forceString: true }] },
      },
      parts('tag'),
      '',
      'o.yaml: tag: expected a tag, found more than a tag, such as name:tag',
    ],
    [
      'a variable of a plugin',
      { kind: 'override', path: 'o.yaml', format: 'plugin', inherited: NOTHING },
      { kind: 'plugin', name: undefined, tag: undefined, spec: 'IMAGE' },
      'plugin:\n  env:\n  - {name: IMAGE, value: "1.0.0"}\n',
      'o.yaml: IMAGE: expected NAME:TAG, found a tag alone',
    ],
  ])('%s', (_where, target, slot, text, message) => {
    expect(refusal(slot, text, target).message).toBe(message);
  });

  test('a parameter of the live Application, beside one that is served', () => {
    const parameters = [
      { name: 'image', value: '1.0.0' },
      { name: 'web.tag', value: '1.0.0' },
    ];
    const application = { spec: { source: { helm: { parameters } } } };
    const target = { method: 'application', at: 'spec.source', format: 'helm' } as const;
    const present = (name?: string, tag?: string) => ({ name, tag, digest: undefined });
    const edit = editApplication(application, target, [
      { ...changeOf(SPEC), from: present('1.0.0') },
      { ...changeOf(parts('web.tag')), from: present(undefined, '1.0.0') },
    ]);
    expect(edit.refused.map(({ error }) => error.message)).toEqual([
      'spec.source.helm: image: expected NAME:TAG, found a tag alone',
    ]);
    expect(edit.list.after).toContainEqual(expect.objectContaining({ name: 'web.tag', value: '1.1.0' }));
  });
});
