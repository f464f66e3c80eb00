import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImageList } from '../../src/argocd/image-list.ts';
import type { ImageListItem } from '../../src/argocd/image-list.ts';
import { formatName } from '../../src/core/image/reference.ts';
import { LynceusError } from '../../src/errors.ts';
import { orRefused } from '../helpers/thrown.ts';
import { EMPTY_IMAGE_LISTS, IMAGE_LISTS } from '../fixtures/image-lists.ts';

const RUNS = { numRuns: 1000 };

function show(item: ImageListItem): string {
  if (item.kind === 'unreadable') return `! ${item.error.line}`;
  return `${item.alias} | ${formatName(item.image)} | ${item.constraint}`;
}

function bare(text: string): string {
  return text.replaceAll(/[\s,]/g, '');
}

/** Of a refusal a row says only a part: that part, when it is there. */
function abridged(line: string, expected: string | undefined): string {
  const isRefusal = line.startsWith('! ') && expected?.startsWith('! ') === true;
  return isRefusal && line.includes(expected.slice(2)) ? expected : line;
}

describe('parseImageList', () => {
  test.each(IMAGE_LISTS)('reads %j', (text, expected) => {
    const lines = parseImageList(text).map(show);

    expect(lines.map((line, index) => abridged(line, expected[index]))).toEqual(expected);
  });

  test.each(EMPTY_IMAGE_LISTS)('refuses %j, which holds no image', (text) => {
    expect(() => parseImageList(text)).toThrow(
      expect.objectContaining({
        code: 'annotation-invalid',
        message: 'expected at least one image, found none',
      }) as Error,
    );
  });

  test('an ambiguous comma is shown in both readings, and each way out is unambiguous', () => {
    const [item] = parseImageList('a=x:>=1,2.0');

    expect(item).toMatchObject({ kind: 'unreadable', alias: 'a', text: 'a=x:>=1,2.0' });
    expect(item?.kind === 'unreadable' && item.error.line).toBe(
      '"a=x:>=1,2.0" can be read as one image whose constraint holds a comma, or as "a=x:>=1" and another image "2.0" ' +
        '(for one image write a space instead of the comma: "a=x:>=1 2.0"; for two images write the registry: "docker.io/library/2.0")',
    );
    expect(parseImageList('a=x:>=1 2.0').map(show)).toEqual(['a | x | >=1 2.0']);
    expect(parseImageList('a=x:>=1,docker.io/library/2.0').map(show)).toEqual([
      'a | x | >=1',
      ' | docker.io/library/2.0 | ',
    ]);
  });

  test('an image never keeps a tag or digest, because neither is part of the name', () => {
    const [item] = parseImageList(`web=acme/web:1.2@sha256:${'a'.repeat(64)}`);

    expect(item).toMatchObject({ image: { tag: undefined, digest: undefined }, constraint: '1.2' });
  });

  const alias = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._/-]{0,10}$/);
  const path = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}$/);
  const registry = fc.constantFrom('', 'ghcr.io/', 'localhost:5000/', 'reg.corp:5000/');
  const version = fc.stringMatching(/^v?[0-9]{1,3}(\.[0-9]{1,3}){0,2}(-rc[0-9])?$/);
  const comparator = fc
    .tuple(fc.constantFrom('=', '!=', '>', '<', '>=', '<=', '~', '^'), version)
    .map(([operator, of]) => operator + of);
  const constraint = fc.oneof(
    fc.constant(''),
    version,
    fc
      .array(comparator, { minLength: 1, maxLength: 4 })
      .chain((all) => fc.constantFrom(' ', ',').map((separator) => all.join(separator))),
  );
  const item = fc
    .record({ alias: fc.option(alias, { nil: '' }), registry, path, constraint })
    // `X=x` may be read as the end of a constraint.
    .filter((one) => one.registry !== '' || /[^vx0-9]/.test(one.path) || one.constraint !== '');

  test('what was put together is taken apart again', () => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ', ', ' ,\n  '),
        (items, comma) => {
          const text = items
            .map(
              (one) =>
                `${one.alias === '' ? '' : `${one.alias}=`}${one.registry}${one.path}${one.constraint === '' ? '' : `:${one.constraint}`}`,
            )
            .join(comma);

          expect(parseImageList(text).map(show)).toEqual(
            items.map((one) => `${one.alias} | ${one.registry}${one.path} | ${one.constraint}`),
          );
        },
      ),
      RUNS,
    );
  });

  test('no text makes it throw anything but a LynceusError, and no image gets lost on the way', () => {
    const letter = fc.constantFrom(
      'a',
      'b',
      '1',
      '.',
      '2',
      ',',
      '=',
      ':',
      '/',
      '@',
      '<',
      '>',
      ' ',
      '~',
      'x',
      '-',
      '\n',
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: letter })), (text) => {
        const items = orRefused(() => parseImageList(text));
        const texts = items instanceof LynceusError ? [] : items.map((one) => one.text);
        // Every letter but commas and white space is in exactly one item.
        expect(texts.map(bare).join('')).toBe(bare(text));
      }),
      RUNS,
    );
  });

  test('a list of 200,000 characters is read in no time', () => {
    const began = performance.now();
    parseImageList('a=x:1,'.repeat(33_000));
    parseImageList(`a=x:1${',<2'.repeat(66_000)}`);
    parseImageList('='.repeat(200_000));

    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
