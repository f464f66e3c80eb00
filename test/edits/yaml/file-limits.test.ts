import { describe, expect, it } from 'vitest';
import { editFile, readImage } from '../../../src/edits/index.ts';
import { parseImageReference } from '../../../src/core/image/reference.ts';
import { DEFAULT_FILE_LIMITS } from '../../../src/core/file-limits.ts';
import type { FileTarget, ImageSlot } from '../../../src/core/policy.ts';
import { LynceusError } from '../../../src/errors.ts';
import { orRefused } from '../../helpers/thrown.ts';

const TARGET: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const MARKED: FileTarget = { kind: 'markers', path: 'values.yaml' };
const SLOT: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true } };
const MARKERS: ImageSlot = { kind: 'markers', names: ['app/web'] };

function outcome(text: string, limits = DEFAULT_FILE_LIMITS, target = TARGET): string {
  const slot = target === MARKED ? MARKERS : SLOT;
  const read = orRefused(() => readImage(target, text, slot, { createMissing: false, limits }));
  return read instanceof LynceusError ? `${read.code}: ${read.line}` : read.kind;
}

/** A tenth of the defaults, so that a bomb costs a tenth, too. */
const SMALL = { bytes: 200 * 1024, nodes: 20_000, depth: 100, aliases: 1_000 };

/** As many of these as fit, behind a value that would be edited. */
function fill(head: string, unit: string, tail = ''): string {
  const before = `image: acme/app:1.0\n${head}`;
  const room = SMALL.bytes - before.length - tail.length;
  return before + unit.repeat(Math.floor(room / unit.length)) + tail;
}

function numbered(unit: (index: number) => string): string {
  const parts = ['image: acme/app:1.0\n'];
  for (let index = 0, size = 0; size < 200_000; index += 1) {
    const part = unit(index);
    parts.push(part);
    size += part.length;
  }
  return parts.join('');
}

const VALUES = 'expected at most 20000 values, found more';
const LEVELS = 'expected at most 100 levels of nesting, found more';

/** Each took a gigabyte and half a minute, or ended the process, when it was parsed as a whole. */
const BOMBS: readonly (readonly [name: string, text: string, why: string])[] = [
  ['empty lists', fill('a: [', '[],', ']'), VALUES],
  ['empty maps', fill('a: [', '{},', ']'), VALUES],
  ['numbers in a flow', fill('a: [', '1,', ']'), VALUES],
  ['quoted texts', fill('a: [', '"",', ']'), VALUES],
  ['numbers in a block', fill('a:\n', '- 1\n'), VALUES],
  ['elements without a value', fill('a:\n', '-\n'), VALUES],
  ['short keys', numbered((index) => `k${index}: 1\n`), VALUES],
  ['keys without values', numbered((index) => `k${index}:\n`), VALUES],
  ['pairs of nothing', fill('a: {', '?,', '}'), VALUES],
  ['keys of nothing', fill('a: {', ':,', '}'), VALUES],
  ['tags', fill('a: [', '!!x ,', ']'), VALUES],
  ['anchors of nothing', fill('a: [', '&a ,', ']'), VALUES],
  ['anchors with names of their own', numbered((index) => `k${index}: &a${index} 1\n`), VALUES],
  ['comments', fill('', '#\n'), VALUES],
  ['empty lines', fill('', '\n'), VALUES],
  ['tabs in a flow', fill('a: [', '\t\n', ']'), VALUES],
  ['documents', fill('', '--- 1\n'), VALUES],
  ['empty documents', fill('', '---\n'), VALUES],
  ['aliases', fill('x: &a 1\nb: [', '*a,', ']'), 'expected at most 1000 aliases, found more'],
  [
    'merged aliases',
    `x: &a {}\n${numbered((index) => `k${index}: {<<: *a}\n`)}`,
    'expected at most 1000 aliases',
  ],
  ['open lists', fill('a: ', '['), LEVELS],
  ['open maps', fill('a: ', '{a: '), LEVELS],
  ['lists in lists by dashes', fill('a:\n  ', '- '), LEVELS],
  ['maps in maps by questions', fill('a:\n  ', '? '), LEVELS],
  [
    'maps in maps by columns',
    `image: x\n${Array.from({ length: 500 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')}`,
    LEVELS,
  ],
];

describe('a file that takes too much room once it is parsed', () => {
  it.each(BOMBS)(
    'is refused for its %s, with the place and the key to raise',
    { timeout: 60_000 },
    (...row) => {
      const [, text, why] = row;
      const said = outcome(text, SMALL);
      expect(said).toContain('target-unsupported: values.yaml, line ');
      expect(said).toContain(why);
      expect(said).toMatch(/raise limits\.file(?:Nodes|Depth|Aliases)\)$/);
    },
  );

  it.each([
    ['one long text', fill('a: "', 'x ', '"\n')],
    ['a block text full of brackets', fill('a: |\n', '  [[[[\n')],
    ['a block text of what aliases look like', fill('a: |\n', '  *a *a\n')],
    ['a text over many lines', fill('a: "x\n', '  - y\n', '"\n')],
    [
      'thousands of services',
      numbered(
        (index) => `service${index}:\n  image: acme/service:1.0\n  # of team ${index}\n  replicas: 2 # two\n`,
      ),
    ],
    ['a thousand aliases', `x: &a 1\nimage: acme/app:1.0\nb: [${'*a,'.repeat(999)}]\n`],
    ['a hundred levels', `image: acme/app:1.0\na: ${'['.repeat(97)}1${']'.repeat(97)}\n`],
  ])('is read with %s', { timeout: 60_000 }, (_name, text) => {
    expect(outcome(text, SMALL)).toBe('present');
  });

  it('is refused for many documents as for one', { timeout: 60_000 }, () => {
    const documents = 'a: 1 # {"$lynceus": "app/web:tag"}\n---\n'.repeat(1_500);
    expect(outcome(documents, DEFAULT_FILE_LIMITS, MARKED)).toContain(
      'expected at most 1000 documents, found 1501',
    );
    expect(outcome(documents.slice(0, 350), DEFAULT_FILE_LIMITS, MARKED)).toBe('present');
  });

  it.each([
    ['bytes', `image: x\n#${'x'.repeat(100)}`, { bytes: 100 }, 'expected at most 100 bytes, found 110'],
    ['nodes', 'image: x\na: [1, 2, 3, 4]', { nodes: 9 }, 'expected at most 9 values'],
    ['depth', 'image: x\na: [[[[1]]]]', { depth: 4 }, 'expected at most 4 levels'],
    ['aliases', 'image: &a x\nb: *a\nc: *a', { aliases: 1 }, 'expected at most 1 aliases'],
  ])('by the %s that are configured', (_key, text, changed, why) => {
    expect(outcome(text)).toBe('present');
    expect(outcome(text, { ...DEFAULT_FILE_LIMITS, ...changed })).toContain(why);
  });

  it('is edited when more is allowed', { timeout: 60_000 }, () => {
    const limits = { bytes: 8 * 1024 * 1024, nodes: 400_000, depth: 400, aliases: 20_000 };
    const text = `image: acme/app:1.0\nx: &a 1\nb: [${'*a,'.repeat(15_000)}]\nc: ${'['.repeat(380)}${']'.repeat(380)}\n`;
    const change = {
      slot: SLOT,
      image: parseImageReference('acme/app'),
      from: undefined,
      to: { tag: '2.0', digest: undefined },
    };
    expect(editFile(TARGET, text, [change], { createMissing: false, limits })).toBe(
      text.replace('1.0', '2.0'),
    );
  });
});
