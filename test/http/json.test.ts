import { describe, expect, it } from 'vitest';
import { parseJson, parseJsonList, parseJsonObject } from '../../src/http/json.ts';

const MEBIBYTE = 1024 * 1024;

/** Parsed each would take a hundred megabytes and more, or be walked through without an end. */
const BOMBS: readonly (readonly [name: string, text: string])[] = [
  ['lists in a list', `[${'[],'.repeat(MEBIBYTE)}[]]`],
  ['maps in a list', `[${'{},'.repeat(MEBIBYTE)}{}]`],
  ['numbers', `[${'1,'.repeat(MEBIBYTE)}1]`],
  ['texts', `[${'"",'.repeat(MEBIBYTE)}""]`],
  ['keys', `{${Array.from({ length: 600_000 }, (_, index) => `"${index}":1`).join(',')}}`],
  ['the same key', `{${'"a":1,'.repeat(600_000)}"a":1}`],
  ['open lists', '['.repeat(MEBIBYTE)],
  ['open maps', '{"a":'.repeat(MEBIBYTE)],
  ['a hundred and one levels', `${'['.repeat(101)}${']'.repeat(101)}`],
  ['levels behind an escaped quote', `["\\\\",${'['.repeat(101)}${']'.repeat(101)}]`],
];

const MODEST: readonly (readonly [name: string, text: string])[] = [
  ['a hundred levels', `${'['.repeat(100)}${']'.repeat(100)}`],
  ['brackets in a text', JSON.stringify(['['.repeat(MEBIBYTE), '"]}{[\\'])],
  ['many lists beside each other', JSON.stringify(Array.from({ length: 50_000 }, () => [['tag']]))],
  [
    'fifty thousand tags',
    JSON.stringify({ name: 'acme/api', tags: Array.from({ length: 50_000 }, (_, i) => `v${i}`) }),
  ],
  ['a huge number', '{"size":1e999999,"n":-0.0}'],
  ['a byte order mark', '\uFEFF{"a":1}'],
];

describe('JSON of others', () => {
  it.each(BOMBS)('is refused for its %s, before it is parsed', (_name, text) => {
    const bytes = Buffer.from(text);
    expect(() => parseJson(bytes)).toThrow('the JSON is nested too deeply, or has too many values');
    expect(parseJsonObject(bytes)).toBeUndefined();
    expect(parseJsonList(bytes)).toBeUndefined();
  });

  it.each(MODEST)('is read with %s', (_name, text) => {
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text.replace('\uFEFF', '')));
  });

  it.each(['', '"', '"\\', '{', ']', '[1,', 'nul'])('is no JSON: %j', (text) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(SyntaxError);
    expect(parseJsonObject(Buffer.from(text))).toBeUndefined();
  });
});
