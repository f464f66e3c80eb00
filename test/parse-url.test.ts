import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseUrl } from '../src/parse-url.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

test.each([
  ['https://bücher.example/x', 'https://xn--bcher-kva.example/x'],
  ['https://git.example/a b', 'https://git.example/a%20b'],
  ['not a url', undefined],
  ['http://[::1', undefined],
])('%s is %s, however often it is read', (text, expected) => {
  const read = new Set(Array.from({ length: 20_000 }, () => parseUrl(text)?.href));
  expect([...read]).toEqual([expected]);
});

test('a relative one needs a base', () => {
  expect(parseUrl('/v2/x')).toBeUndefined();
  expect(parseUrl('/v2/x', 'https://a.example/y')?.href).toBe('https://a.example/v2/x');
});

test('nothing in src asks URL.canParse', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const asking = files.filter((file) => /canParse\(/.test(readFileSync(join(SRC, file), 'utf8')));
  expect(files.length).toBeGreaterThan(300);
  expect(asking).toEqual([]);
});
