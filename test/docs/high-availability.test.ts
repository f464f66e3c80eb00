import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

test('docs/high-availability.md explains each line of the log, and no others', () => {
  const sources = readdirSync(at('src/leadership'))
    .map((name) => readFileSync(at(`src/leadership/${name}`), 'utf8'))
    .join('\n');
  const written = [...sources.matchAll(/(?:log\.(?:info|warn)\(|createFailureLog\([\w.]+, )\s*'([^']+)'/g)];
  const table = readFileSync(at('docs/high-availability.md'), 'utf8').split('## What the log shows')[1] ?? '';
  const explained = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message]) => message),
  );
  expect(new Set(explained)).toEqual(new Set(written.map(([, message]) => message)));
  expect(explained.length).toBeGreaterThan(5);
});
