import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { editFile, readImage } from '../../src/edits/index.ts';
import { LynceusError } from '../../src/errors.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { documents, type GeneratedDocument } from './yaml-documents.ts';

const TARGET: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const OPTIONS = { createMissing: false };
/** All properties see the same documents and tags, so that each edit is made once. */
const RUNS = { numRuns: 1000, seed: Date.now() };

/** OCI distribution spec, "Pulling manifests". */
const tags = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/),
  fc.stringMatching(/^[0-9]{1,4}[.e_x:-]?[0-9]{0,3}$/).filter((tag) => !tag.includes(':')),
  fc.constantFrom(
    'on',
    'y',
    'NO',
    'null',
    '1_000',
    '0x1F',
    '1e3',
    '1234e567',
    '2024-01-01',
    '0o7',
    '0b1',
    '1.',
    '_1',
  ),
);

function slotAt(path: string): ImageSlot {
  return { kind: 'helm-parts', tag: { path, explicit: true }, name: { path: 'none.such', explicit: false } };
}

function edit(text: string, path: string, tag: string, options = OPTIONS): string {
  const image = { registry: '', name: 'acme/api', tag: undefined, digest: undefined };
  const change = { slot: slotAt(path), image, from: undefined, to: { tag, digest: undefined } };
  return editFile(TARGET, text, [change], options);
}

const edited = new Map<string, string>();

function editOnce(text: string, path: string, tag: string): string {
  const key = [path, tag, text].join('\n');
  const known = edited.get(key);
  if (known !== undefined) return known;
  const after = edit(text, path, tag);
  edited.set(key, after);
  return after;
}

function textOf({ prefix, token, suffix }: GeneratedDocument): string {
  return `${prefix}${token}${suffix}`;
}

/** The file as JavaScript, read by the library alone. */
function load(text: string, version: '1.1' | '1.2' = '1.2'): unknown {
  const [document] = parseAllDocuments(text, { version, merge: true, uniqueKeys: false });
  return document?.toJS({ maxAliasCount: -1 }) as unknown;
}

function steps(path: string): readonly (string | number)[] {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (step.startsWith('k') ? step : Number(step)));
}

/** The same data with one value replaced. */
function withValue(data: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(data))
    return data.map((item: unknown, index) => (index === step ? withValue(item, rest, value) : item));
  const entries = Object.entries(data as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === step ? withValue(item, rest, value) : item]),
  );
}

function valueAt(data: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], data);
}

describe('editing a random values file', () => {
  it('changes the bytes of the scalar and no others, in its own style', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(documents, tags, (document, tag) => {
        const { prefix, token, suffix, style } = document;
        fc.pre(tag !== document.old);
        const after = editOnce(textOf(document), document.path, tag);
        expect(after.startsWith(prefix)).toBe(true);
        expect(after.endsWith(suffix)).toBe(true);
        const written = after.slice(prefix.length, after.length - suffix.length);
        if (style === 'single' || style === 'double') expect(written).toBe(`${token[0]}${tag}${token[0]}`);
        else if (style === 'literal' || style === 'folded') expect(written).toBe(tag);
        else expect([tag, `"${tag}"`]).toContain(style === 'empty' ? written.slice(1) : written);
      }),
      RUNS,
    );
  });

  it('gives exactly the planned change to readers of YAML 1.1 and of 1.2', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(documents, tags, (document, tag) => {
        // A number that says the tag already is left alone, and stays a number.
        fc.pre(tag !== document.old);
        const before = textOf(document);
        const after = editOnce(before, document.path, tag);
        expect(load(after)).toEqual(withValue(load(before), steps(document.path), tag));
        const directive = '%YAML 1.2';
        expect(valueAt(load(after.replace(directive, '%YAML 1.1'), '1.1'), steps(document.path))).toBe(tag);
      }),
      RUNS,
    );
  });

  it('reads back what was written, and has nothing to do the second time', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(documents, tags, (document, tag) => {
        const after = editOnce(textOf(document), document.path, tag);
        const reading = readImage(TARGET, after, slotAt(document.path), OPTIONS);
        expect(reading).toMatchObject({ kind: 'present', image: { tag } });
        expect(edit(after, document.path, tag)).toBe(after);
      }),
      RUNS,
    );
  });

  it('adds a missing key without touching a byte that was there', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(documents, tags, (document, tag) => {
        const before = textOf(document);
        const parent = document.path.replace(/\.?k[0-9]+$|\[[0-9]+\]$/, '');
        const path = `${parent}${parent === '' ? '' : '.'}added.tag`;
        const after = addOrRefuse(before, path, tag);
        if (after === undefined) return;
        expect(isInsertion(before, after)).toBe(true);
        expect(load(after)).toEqual(withNew(load(before), steps(parent), tag));
      }),
      RUNS,
    );
  });
});

/** Lists do not get keys, and below an open block scalar nothing is added. */
function addOrRefuse(before: string, path: string, tag: string): string | undefined {
  try {
    return edit(before, path, tag, { createMissing: true });
  } catch (error) {
    if (error instanceof LynceusError && (error.code === 'key-unsupported' || error.code === 'edit-unsafe')) {
      expect(`${path} ${error.message}`).toMatch(/found a list|block scalar|alias|anchor/);
      return undefined;
    }
    throw error;
  }
}

/** Whether text was only put in, at one place. */
function isInsertion(before: string, after: string): boolean {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  return after.endsWith(before.slice(start));
}

function withNew(data: unknown, path: readonly (string | number)[], tag: string): unknown {
  const parent = valueAt(data, path) as Record<string, unknown>;
  return withValue(data, path, { ...parent, added: { tag } });
}
