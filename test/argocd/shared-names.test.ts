import { describe, expect, test } from 'vitest';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { editApplication } from '../../src/edits/application/edit-application.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { aChange, anApplication as aDocument, HELM as TARGET } from '../edits/application/changes.ts';
import { anApplication, aSource, CONTEXT } from './an-application.ts';

const LIST = { 'image-list': 'a=acme/a:1.x,b=acme/b:1.x' };
const TAGS = { 'a.helm.image-tag': 'a.tag', 'b.helm.image-tag': 'b.tag' };
const PARAMETERS = [
  { name: 'a.tag', value: '1.0', forceString: true },
  { name: 'b.tag', value: '1.0', forceString: true },
  // As Argo CD Image Updater leaves it: the last image that was written.
  { name: 'image.name', value: 'acme/b', forceString: true },
];

function policiesOf(annotations: Readonly<Record<string, string>>): readonly TrackedImage[] {
  const sources = [aSource({ helm: { parameters: PARAMETERS, valueFiles: [] } })];
  const { images, problems } = readPolicies(anApplication({ ...LIST, ...annotations }, { sources }), CONTEXT);
  expect(problems).toEqual([]);
  return images;
}

function isShared({ destination: { slot } }: TrackedImage): boolean {
  return slot.kind === 'helm-parts' && slot.name.shared === true;
}

describe('the default for the name of an image', () => {
  test("is nobody's when several images would have it", () => {
    const images = policiesOf(TAGS);

    expect(images.map(isShared)).toEqual([true, true]);
    expect(images.map(({ observed: { declared } }) => declared)).toEqual([
      { name: undefined, tag: '1.0', digest: undefined },
      { name: undefined, tag: '1.0', digest: undefined },
    ]);
  });

  test("is an image's own when the others have names of their own", () => {
    const [a, b] = policiesOf({ ...TAGS, 'a.helm.image-name': 'a.name' });

    expect(a && isShared(a)).toBe(false);
    expect(b && isShared(b)).toBe(false);
    expect(b?.observed.declared?.name).toBe('acme/b');
  });

  test('is shared by one image under two aliases, which want the same of it', () => {
    const images = policiesOf({ ...TAGS, 'image-list': 'a=acme/a:1.x,b=docker.io/acme/a:1.x' });

    expect(images.map(isShared)).toEqual([false, false]);
  });

  test("is not written when it is nobody's: not to the Application, not to an override file, not to values", () => {
    const [tracked] = policiesOf(TAGS);
    if (tracked === undefined) throw new Error('expected a policy');
    const { slot } = tracked.destination;
    const change = aChange({ slot, image: 'acme/a', from: ':1.0' });
    const inherited = { parameters: [], images: [], env: [] };
    const override = { kind: 'override', path: 'o.yaml', format: 'helm', inherited } as const;
    const values = { kind: 'helm-values', path: 'v.yaml' } as const;
    const valuesText = 'a:\n  tag: "1.0"\nimage:\n  name: acme/b\n';
    const options = { createMissing: false };

    const { list } = editApplication(aDocument({ helm: { parameters: PARAMETERS } }), TARGET, [change]);
    const written = editFile(override, undefined, [change], options);

    expect(list.after).toEqual([{ ...PARAMETERS[0], value: '2.0' }, PARAMETERS[1], PARAMETERS[2]]);
    expect(written).not.toContain('image.name');
    expect(readImage(override, written, slot, options)).toMatchObject({
      kind: 'present',
      image: { name: undefined, tag: '2.0' },
    });
    expect(editFile(values, valuesText, [change], options)).toBe(valuesText.replace('1.0', '2.0'));
    expect(readImage(values, valuesText, slot, options)).toMatchObject({
      image: { name: undefined, tag: '1.0' },
    });
  });
});
