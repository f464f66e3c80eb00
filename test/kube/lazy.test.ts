import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

test('whoever has no cluster loads nothing of the client package: one module imports it, and that one is loaded with import()', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const mentions = files.flatMap((path) =>
    readFileSync(join(SOURCE, path), 'utf8')
      .split('\n')
      .filter((line) => /^(import|export)(?! type) .*client-node/.test(line))
      .map((line) => `${path}: ${line}`),
  );

  expect(mentions).toEqual(["kube/client-node.ts: export { KubeConfig } from '@kubernetes/client-node';"]);
});
