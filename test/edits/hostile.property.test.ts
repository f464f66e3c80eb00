import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { editFile, readImage } from '../../src/edits/index.ts';
import { LynceusError } from '../../src/errors.ts';
import { orRefused } from '../helpers/thrown.ts';
import { CORPUS, type CorpusCase } from './corpus.ts';

function words(text: string): readonly string[] {
  return text.split('_');
}

/** Pieces that have a meaning to YAML. */
const PIECES = [
  ...words('image_images_tag_helm_parameters_name_a_1_~_:_: _- _? _{_}_[_]_,_"_\'_|_>_|-\n_\n_\n  _\n    '),
  ...words(
    '# c_ # c_&a _*a_<<: *a_!!str _!x _---\n_...\n_%YAML 1.1\n_\r\n_\r_\t_\ufeff_\u0000_\u2028_{{_}}_\\_\ud800_@_`',
  ),
];

/** The same pieces put together without sense. */
const fragments = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((parts) => parts.join(''));

const cases = fc.constantFrom(...CORPUS.filter(({ before }) => before !== undefined));

/** A file of the corpus after an accident: pieces lost, doubled, moved or typed in. */
const damaged = fc
  .tuple(
    cases,
    fc.array(fc.tuple(fc.nat(2), fc.nat(400), fc.nat(12), fragments), { minLength: 1, maxLength: 4 }),
  )
  .map(([entry, accidents]) => {
    const text = accidents.reduce(
      (all, [kind, at, length, typed]) => damage(all, { kind, at, length, typed }),
      entry.before ?? '',
    );
    return { entry, text };
  });

interface Accident {
  readonly kind: number;
  readonly at: number;
  readonly length: number;
  readonly typed: string;
}

function damage(text: string, { kind, at, length, typed }: Accident): string {
  const start = at % (text.length + 1);
  const piece = text.slice(start, start + length);
  const inserted = [typed.slice(0, length), piece + piece, ''][kind] ?? '';
  return text.slice(0, start) + inserted + text.slice(kind === 0 ? start : start + length);
}

function tryEdit({ target, changes, options }: CorpusCase, text: string): string | LynceusError {
  return orRefused(() => {
    for (const { slot } of changes) readImage(target, text, slot, options);
    return editFile(target, text, changes, options);
  });
}

/** The strings of a file by path, as the library alone reads them; none where it cannot read what Helm can. */
function leaves(text: string): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const [document] = parseAllDocuments(text, { merge: true, uniqueKeys: false });
  if (document?.errors.length === 0) collect(document.toJS({ maxAliasCount: -1 }), '', found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, unknown>): void {
  // What is empty may be filled.
  if (value === null || value === undefined || value === '') return;
  if (typeof value !== 'object') found.set(path, value);
  else for (const [key, inner] of Object.entries(value)) collect(inner, `${path}/${key}`, found);
}

describe('a hostile file', () => {
  it('is refused by name or edited, whatever it holds', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        cases,
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fragments),
        (entry, text) => {
          const result = tryEdit(entry, text);
          if (result instanceof LynceusError) expect(result.code).not.toBe('internal');
          else expect(tryEdit(entry, result)).toBe(result);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('loses nothing but what the change replaces', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(damaged, ({ entry, text }) => {
        const result = tryEdit(entry, text);
        if (result instanceof LynceusError) {
          expect(result.code).not.toBe('internal');
          return;
        }
        const wanted = entry.changes.flatMap(({ image, to }) => [
          to.tag,
          to.digest ?? to.tag,
          // A key beside it may have the front of the name.
          image.name.split('/').at(-1) ?? '',
          image.registry,
        ]);
        const after = leaves(result);
        for (const [path, value] of leaves(text)) {
          const now = after.get(path);
          // A removed digest is gone; whatever else differs holds a part of what was to be written.
          const isOurs =
            wanted.some((part) => String(now).includes(part)) || /digest|forcestring/i.test(path);
          if (!isOurs) expect({ path, now }).toEqual({ path, now: value });
        }
      }),
      { numRuns: 1500 },
    );
  });
});
