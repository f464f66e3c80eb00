import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ImageChange } from '../../src/core/change.ts';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { editFile, readImage } from '../../src/edits/index.ts';

const TARGET: FileTarget = { kind: 'kustomization', directory: '' };
const OPTIONS = { createMissing: false };
const DIGESTS = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);

type Element = Readonly<Record<string, string>>;
type Style = 'block' | 'flow element' | 'flow list';

interface Kustomization {
  readonly text: string;
  readonly elements: readonly Element[];
  readonly style: Style;
}

const NAMES = ['acme/api', 'nginx', 'ghcr.io/acme/api', 'localhost:5000/web', 'placeholder'];
const version = fc.constantFrom('v1', '1.20', '2024-01-01', 'on', 'latest', '1234e567');

const optionalKeys = fc.record(
  {
    newTag: version,
    digest: fc.constantFrom(...DIGESTS),
    newName: fc.constantFrom('x/y', 'quay.io/x/z'),
    tagSuffix: fc.constant('-s'),
  },
  { requiredKeys: [] },
);

/** An element with its keys in any order. */
function elementNamed(name: string): fc.Arbitrary<Element> {
  return optionalKeys.chain((optional) => {
    const entries = Object.entries({ name, ...optional });
    return fc
      .shuffledSubarray(entries, { minLength: entries.length })
      .map((order) => Object.fromEntries(order));
  });
}

const elementLists = fc
  .shuffledSubarray(NAMES, { maxLength: 4 })
  .chain((names) => fc.tuple(...names.map(elementNamed)));

const writings = fc.record({
  style: fc.constantFrom<Style>('block', 'flow element', 'flow list'),
  quote: fc.constantFrom('"', "'"),
  gap: fc.integer({ min: 2, max: 4 }),
  dash: fc.integer({ min: 0, max: 4 }),
  comments: fc.array(fc.constantFrom('', ' # c', ' # "x": {'), { minLength: 6, maxLength: 6 }),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  rest: fc.constantFrom('', '\nnamePrefix: x-\n', '# end', 'patches:\n- patch: |-\n    a\n\n    b\n'),
  finalLineEnd: fc.boolean(),
});

type Writing = typeof writings extends fc.Arbitrary<infer T> ? T : never;

const kustomizations: fc.Arbitrary<Kustomization> = fc
  .tuple(elementLists, writings)
  .map(([elements, writing]) => ({ text: write(elements, writing), elements, style: writing.style }));

function write(elements: readonly Element[], writing: Writing): string {
  const { style, rest, finalLineEnd, lineEnd } = writing;
  const isFlow = style === 'flow list' || elements.length === 0;
  const flow = `images: [${elements.map((element) => flowElement(element, writing)).join(', ')}]\n`;
  const block = elements.map((element, index) => blockElement(element, writing, index)).join('');
  const text = `resources:\n- a\n${isFlow ? flow : `images:\n${block}`}${rest}`;
  return (finalLineEnd ? text : text.trimEnd()).replaceAll('\n', lineEnd);
}

function flowElement(element: Element, { quote }: Writing): string {
  return `{${Object.entries(element)
    .map(([key, value]) => `${key}: ${quote}${value}${quote}`)
    .join(', ')}}`;
}

function blockElement(element: Element, writing: Writing, index: number): string {
  const { style, quote, gap, dash, comments } = writing;
  const head = `${' '.repeat(dash)}-${' '.repeat(gap - 1)}`;
  if (style === 'flow element') return `${head}${flowElement(element, writing)}${comments[index] ?? ''}\n`;
  const lines = Object.entries(element).map(
    ([key, value], line) => `${key}: ${quote}${value}${quote}${comments[(index + line) % 6] ?? ''}\n`,
  );
  return lines.map((line, at) => `${at === 0 ? head : ' '.repeat(dash + gap)}${line}`).join('');
}

const changes: fc.Arbitrary<ImageChange> = fc
  .record({
    name: fc.constantFrom(...NAMES, 'docker.io/library/nginx', 'new/one'),
    renamed: fc.boolean(),
    tag: version,
    digest: fc.option(fc.constantFrom(...DIGESTS), { nil: undefined }),
  })
  .map(({ name, renamed, tag, digest }) => ({
    slot: { kind: 'kustomize', name, renamed },
    image: parseImageReference(renamed ? 'quay.io/x/z' : name),
    from: undefined,
    to: { tag, digest },
  }));

/** What the edit has to do, said once more on plain data. */
function expected(elements: readonly Element[], { slot, to }: ImageChange): readonly Element[] {
  if (slot.kind !== 'kustomize') return elements;
  const version = to.digest === undefined ? { newTag: to.tag } : { newTag: to.tag, digest: to.digest };
  const names = slot.renamed ? { newName: 'quay.io/x/z' } : {};
  const isOurs = (item: Element): boolean => item['name'] === slot.name.replace('docker.io/library/', '');
  if (!elements.some(isOurs)) return [...elements, { name: slot.name, ...names, ...version }];
  return elements.map((item) => {
    if (!isOurs(item)) return item;
    const { digest: _old, ...others } = item;
    return { ...others, ...names, ...version };
  });
}

/** Lines of a block list that hold nothing of what may change; a dash may move away from them or to them. */
function expectLinesKept(before: string, after: string): void {
  const kept = before.split('\n').filter((line) => !/newTag|newName|digest/.test(line));
  const now = after.split('\n').map((line) => line.trim());
  expect(kept.filter((line) => !now.some((other) => other.endsWith(line.trim())))).toEqual([]);
}

describe('editing a random kustomization', () => {
  it('changes one element and nothing else, and then has nothing to do', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(kustomizations, changes, ({ text, elements, style }, change) => {
        const after = editFile(TARGET, text, [change], OPTIONS);
        const [before, now] = [parse(text), parse(after)] as [
          Record<string, unknown>,
          Record<string, unknown>,
        ];
        expect(now).toEqual({ ...before, images: expected(elements, change) });
        if (style === 'block' && elements.length > 0) expectLinesKept(text, after);
        expect(editFile(TARGET, after, [change], OPTIONS)).toBe(after);
        const reading = readImage(TARGET, after, change.slot, OPTIONS);
        expect(reading.kind === 'present' && isAtVersion(reading.image, change, 'removed')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
