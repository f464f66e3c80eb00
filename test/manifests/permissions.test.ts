import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as kube from '../../src/kube/kube-client.ts';
import { PERMISSIONS } from '../../src/kube/permissions.ts';
import { INSTALLATIONS, installation, ofKind, workloadOf, type Manifest } from './rendered.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** What our code asks of the API server in its own namespace. */
const OWN: readonly Permission[] = PERMISSIONS.map(({ resource, verbs }) => ({
  group: resource.group,
  resource: resource.plural,
  verbs,
}));

/** And where Applications are in other namespaces. */
const EVERYWHERE = OWN.filter(({ resource }) => resource === 'applications' || resource === 'events');

function permissionsOf(roles: readonly Manifest[]): readonly string[] {
  const rules = roles.flatMap(({ rules: own }) => own as readonly Rule[]);
  return rules
    .flatMap(({ apiGroups, resources, verbs, resourceNames = [] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => [verb, group, resource, ...resourceNames].join(' ')),
        ),
      ),
    )
    .toSorted();
}

function textsOf(permissions: readonly Permission[]): readonly string[] {
  return permissions
    .flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${group} ${resource}`))
    .toSorted();
}

test('each resource that the code asks for is in the table, and no other', () => {
  const source = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('kube-client.ts'),
  );
  const code = files.map((path) => readFileSync(join(source, path), 'utf8')).join('\n');
  const asked = Object.entries(kube).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code));
  expect(new Set(asked.map(([, { group, plural }]) => `${group}/${plural}`))).toEqual(
    new Set(OWN.map(({ group, resource }) => `${group}/${resource}`)),
  );
});

describe.each(Object.keys(INSTALLATIONS))('the installation %s', (name) => {
  const manifests = installation(name);
  const clusterWide = (INSTALLATIONS[name] ?? []).includes('components/cluster-wide');

  test('may do in its own namespace what the code does there, and nothing else', () => {
    expect(permissionsOf(ofKind(manifests, 'Role'))).toEqual(textsOf(OWN));
  });

  test('may do in other namespaces only what Applications there need', () => {
    expect(permissionsOf(ofKind(manifests, 'ClusterRole'))).toEqual(clusterWide ? textsOf(EVERYWHERE) : []);
  });

  test('gives these roles to its own service account', () => {
    const account = workloadOf(manifests).pod.serviceAccountName;
    const bindings = [...ofKind(manifests, 'RoleBinding'), ...ofKind(manifests, 'ClusterRoleBinding')];
    const roles = [...ofKind(manifests, 'Role'), ...ofKind(manifests, 'ClusterRole')];
    expect(bindings.map(({ roleRef }) => roleRef)).toEqual(
      roles.map(({ kind, metadata }) => ({
        apiGroup: 'rbac.authorization.k8s.io',
        kind,
        name: metadata.name,
      })),
    );
    for (const { subjects } of bindings)
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: account, namespace: 'argocd' }]);
    expect(ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name)).toEqual([account]);
  });
});
