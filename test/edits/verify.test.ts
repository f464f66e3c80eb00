import { describe, expect, it } from 'vitest';
import { verifyEdit } from '../../src/edits/verify.ts';
import { meaningOf, type Meaning } from '../../src/edits/yaml/meaning.ts';
import { openYaml } from '../../src/edits/yaml/source.ts';
import { applySplices, VALUE_RANK, type Splice } from '../../src/edits/yaml/splice.ts';

function meaning(text: string): Meaning {
  return meaningOf(openYaml('values.yaml', text));
}

describe('the check of an edited file', () => {
  const planned = meaning('image:\n  tag: v2\n  pull: [a, b]\nport: 0123\n');

  it.each([
    ['other spacing', 'image: {tag: "v2", pull: [a, b]}\nport: 0123\n'],
    ['another order of keys', 'port: 0123\nimage:\n  pull:\n  - a\n  - b\n  tag: v2\n'],
    ['an anchor', 'image:\n  tag: &t v2\n  pull: [a, b]\nport: 0123\n'],
  ])('passes what means the same in %s', (_, text) => {
    expect(() => verifyEdit({ file: 'values.yaml', text }, planned)).not.toThrow();
  });

  it.each([
    ['another value', 'image:\n  tag: v3\n  pull: [a, b]\nport: 0123\n', 'image.tag'],
    ['a number for a string', 'image:\n  tag: 2\n  pull: [a, b]\nport: 0123\n', 'image.tag'],
    ['a string for a number', 'image:\n  tag: v2\n  pull: [a, b]\nport: "0123"\n', 'port'],
    ['a number spelled otherwise', 'image:\n  tag: v2\n  pull: [a, b]\nport: 123\n', 'port'],
    ['a lost key', 'image:\n  tag: v2\n  pull: [a, b]\n', 'port'],
    ['a lost element', 'image:\n  tag: v2\n  pull: [a]\nport: 0123\n', 'image.pull[1]'],
    ['an element too many', 'image:\n  tag: v2\n  pull: [a, b, c]\nport: 0123\n', 'image.pull[2]'],
    ['a new key', 'image:\n  tag: v2\n  pull: [a, b]\n  x: 1\nport: 0123\n', 'image.x'],
    ['a map for a list', 'image:\n  tag: v2\n  pull: {a: b}\nport: 0123\n', 'image.pull'],
    ['a moved key', 'image:\n  pull: [a, b]\ntag: v2\nport: 0123\n', 'image.tag'],
    [
      'a second document',
      'image:\n  tag: v2\n  pull: [a, b]\nport: 0123\n---\na: b\n',
      'could not be read again',
    ],
    ['no YAML', 'image: {\n', 'could not be read again'],
  ])('refuses %s', (_, text, where) => {
    expect(() => verifyEdit({ file: 'values.yaml', text }, planned)).toThrow(
      expect.objectContaining({ code: 'edit-unsafe', message: expect.stringContaining(where) as unknown }),
    );
  });
});

describe('splices', () => {
  const file = { file: 'values.yaml', text: 'abcdef' };

  function splice(start: number, end: number, text: string, rank = VALUE_RANK): Splice {
    return { start, end, text, rank };
  }

  it('are applied in the order of the file, insertions at one place by rank', () => {
    const splices = [splice(4, 4, '2', 2), splice(1, 3, 'X'), splice(4, 4, '1', 1), splice(4, 6, '')];
    expect(applySplices(file, splices)).toBe('aXd12');
  });

  it('are refused when two want the same bytes', () => {
    expect(() => applySplices(file, [splice(0, 3, 'X'), splice(2, 4, 'Y')])).toThrow(
      expect.objectContaining({ code: 'edit-unsafe' }),
    );
  });
});
