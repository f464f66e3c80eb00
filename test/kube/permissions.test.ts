import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as resources from '../../src/kube/kube-client.ts';
import type { KubeResource } from '../../src/kube/kube-client.ts';
import { PERMISSIONS } from '../../src/kube/permissions.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** `kube.replace` is what RBAC calls update. */
const VERBS: Readonly<Record<string, string>> = { replace: 'update' };

/** Every `kube.get(SECRETS, ...)` of a text, and list or watch where a scope is made; what a reflector does is both. */
function callsIn(text: string): readonly string[] {
  const direct = [...text.matchAll(/\bkube\s*\.\s*(\w+)\(\s*([A-Z_]+)\b/g)].map(
    ([, verb = '', name = '']) => `${VERBS[verb] ?? verb} ${nameOf(name)}`,
  );
  const verbs = [
    ...(/\bkube\s*\.\s*list\(/.test(text) ? ['list'] : []),
    ...(/\bkube\s*\.\s*watch\(/.test(text) ? ['watch'] : []),
    ...(/\bcreateReflector\(/.test(text) ? ['list', 'watch'] : []),
  ];
  const scoped = [...text.matchAll(/\bresource: ([A-Z_]+)\b/g)].flatMap(([, name = '']) =>
    verbs.map((verb) => `${verb} ${nameOf(name)}`),
  );
  return [...direct, ...scoped];
}

function nameOf(constant: string): string {
  const found = (resources as unknown as Readonly<Record<string, KubeResource | undefined>>)[constant];
  return found === undefined ? constant : `${found.group}/${found.plural}`;
}

test('the permissions are exactly what the code asks of the API server', () => {
  const asked = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('kube'))
    .flatMap((path) => callsIn(readFileSync(join(SOURCE, path), 'utf8')));
  const listed = PERMISSIONS.flatMap(({ resource, verbs }) =>
    verbs.map((verb) => `${verb} ${resource.group}/${resource.plural}`),
  );

  // Several rows may be for one verb, each for other objects.
  expect([...new Set(asked)].sort()).toEqual([...new Set(listed)].sort());
});

test('the permissions stand in docs/reading-the-cluster.md', () => {
  const page = readFileSync(new URL('../../docs/reading-the-cluster.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w/]+)`(?: in `([\w.-]+)`)? \| ([\w, ]+) \| (.+) \| (\w+) \|$/gm)];

  expect(
    rows.map(([, plural, group = '', verbs, why, where]) => ({ plural, group, verbs, why, where })),
  ).toEqual(
    PERMISSIONS.map(({ resource: { plural, group }, verbs, why, where }) => ({
      plural,
      group,
      verbs: verbs.join(', '),
      why,
      where,
    })),
  );
});
