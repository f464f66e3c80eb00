import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileTarget, ImageSlot, InheritedEntries, PresentImage } from '../../src/core/policy.ts';
import { imageInLists } from '../../src/core/source-lists.ts';
import { parseValueTemplate } from '../../src/core/value-template.ts';
import { readImage } from '../../src/edits/index.ts';

const DIGEST = `sha256:${'9f2c'.repeat(16)}`;
const NONE: InheritedEntries = { parameters: [], images: [], env: [] };

type Format = Extract<FileTarget, { kind: 'override' }>['format'];

/** The same entries as the override file of an Application has them. */
function inOverride(slot: ImageSlot, format: Format, lists: InheritedEntries): PresentImage | undefined {
  const content = {
    helm: { parameters: lists.parameters },
    kustomize: { images: lists.images },
    plugin: { env: lists.env },
  }[format];
  const target: FileTarget = { kind: 'override', path: 'o.yaml', format, inherited: NONE };
  const reading = readImage(target, JSON.stringify({ [format]: content }), slot, { createMissing: false });
  return reading.kind === 'present' ? reading.image : undefined;
}

const names = fc.constantFrom('nginx', 'ghcr.io/acme/api', 'reg.corp:5000/a', 'docker.io/library/nginx');
const versions = fc.constantFrom('1.0', 'main', `1.0@${DIGEST}`);
const references = fc
  .tuple(names, fc.constantFrom('', ':1.0', `:1.0@${DIGEST}`, `@${DIGEST}`))
  .map((parts) => parts.join(''));
const key = (path: string) => ({ path, explicit: true });

describe('a list of the Application and an override file with the same entries', () => {
  const agree = (slot: ImageSlot, format: Format, lists: InheritedEntries) => {
    const inList = imageInLists(slot, lists);
    expect(inList).toBeDefined();
    expect(inOverride(slot, format, lists)).toEqual(inList);
  };

  it('name the same image in parameters of Helm', () => {
    const template = parseValueTemplate('v-{tag}');
    fc.assert(
      fc.property(names, versions, references, fc.boolean(), (name, version, reference, isTemplated) => {
        const parameters = [
          { name: 'n', value: name, forceString: true },
          { name: 't', value: isTemplated ? 'v-1.0' : version, forceString: true },
          { name: 's', value: reference, forceString: true },
        ];
        const parts = { kind: 'helm-parts', name: key('n'), tag: key('t') } as const;
        const lists = { ...NONE, parameters };
        agree(isTemplated ? { ...parts, template } : parts, 'helm', lists);
        agree({ kind: 'helm-spec', spec: key('s') }, 'helm', lists);
      }),
      { numRuns: 200 },
    );
  });

  it('name the same image in images of Kustomize', () => {
    fc.assert(
      fc.property(references, names, fc.constantFrom('', 'base='), (reference, other, base) => {
        const renamed = base !== '';
        const [name = ''] = reference.replace(/@.*/, '').split(/:(?!.*\/)/);
        const slot = { kind: 'kustomize', name: renamed ? 'base' : name, renamed } as const;
        agree(slot, 'kustomize', { ...NONE, images: [`other=${other}x:2`, `${base}${reference}`] });
      }),
      { numRuns: 200 },
    );
  });

  it('name the same image in variables of a plugin', () => {
    fc.assert(
      fc.property(names, versions, references, fc.boolean(), (name, version, reference, hasSpec) => {
        const env = [
          { name: 'N', value: name },
          { name: 'T', value: version },
          { name: 'S', value: reference },
        ];
        const slot = { kind: 'plugin', name: 'N', tag: 'T', spec: hasSpec ? 'S' : undefined } as const;
        agree(slot, 'plugin', { ...NONE, env });
      }),
      { numRuns: 200 },
    );
  });
});

describe('a list', () => {
  const spec: ImageSlot = { kind: 'helm-spec', spec: key('s') };
  const parameters = (...values: readonly string[]) => ({
    ...NONE,
    parameters: values.map((value) => ({ name: 's', value, forceString: true })),
  });

  it('does not name the image where the value is empty or no reference', () => {
    expect(imageInLists(spec, NONE)).toBeUndefined();
    expect(imageInLists(spec, parameters(''))).toBeUndefined();
    expect(imageInLists(spec, parameters('<no image>'))).toBeUndefined();
    const kustomize: ImageSlot = { kind: 'kustomize', name: 'a', renamed: false };
    expect(imageInLists(kustomize, { ...NONE, images: ['a=<no image>'] })).toBeUndefined();
  });

  it('counts the last of several entries of one name, as Helm does', () => {
    expect(imageInLists(spec, parameters('a:1', 'a:2'))).toEqual({ name: 'a', tag: '2', digest: undefined });
  });

  it('says no version where two variables of a plugin disagree', () => {
    const slot: ImageSlot = { kind: 'plugin', name: undefined, tag: 'T', spec: 'S' };
    const env = [
      { name: 'T', value: '2.0' },
      { name: 'S', value: 'acme/api:1.0' },
    ];
    expect(imageInLists(slot, { ...NONE, env })).toEqual({
      name: 'acme/api',
      tag: undefined,
      digest: undefined,
    });
  });
});
