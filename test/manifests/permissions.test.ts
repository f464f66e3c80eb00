import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as kube from '../../src/kube/kube-client.ts';
import { PERMISSIONS } from '../../src/kube/permissions.ts';
import { INSTALLATIONS, installation, ofKind, workloadOf, type Manifest } from './rendered.ts';

interface Rule {
  /** Absent where URLs are named that are no resources. */
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly name: string | undefined;
}

/** What our code asks of the API server in a namespace. */
const OWN = ownOf(PERMISSIONS.filter(({ where }) => where !== 'cluster'));

function ownOf(permissions: typeof PERMISSIONS): readonly Permission[] {
  return permissions.map(({ resource, verbs, name }) => ({
    group: resource.group,
    resource: resource.plural,
    verbs,
    name,
  }));
}

/** What a part adds: what the code says of it, or the same for one Secret; all else that the code asks for is in the base. */
function addedBy(part: string): readonly string[] {
  if (part === 'components/named-secrets') return ['get  secrets registry-login'];
  return textsOf(
    ownOf(PERMISSIONS.filter(({ component, where }) => component === part && where !== 'cluster')),
  );
}

/** The same for what is in no namespace. */
function addedToTheClusterBy(part: string): readonly string[] {
  return textsOf(
    ownOf(PERMISSIONS.filter(({ component, where }) => component === part && where === 'cluster')),
  );
}

/** For Prometheus, not for Lynceus. */
const METRICS_READER = 'argocd-image-updater-metrics-reader';
/** For people. */
const STATUS_READER = 'argocd-image-updater-status-reader';

/** What each part takes away. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  'components/git-only': ['get argoproj.io applications', 'patch argoproj.io applications'],
};

const IN_THE_BASE = ownOf(PERMISSIONS.filter(({ component }) => component === undefined));

/** Where Applications are in other namespaces. */
const EVERYWHERE = OWN.filter(({ resource }) =>
  ['applications', 'imageupdaters', 'imageupdaters/status', 'events'].includes(resource),
);

function without(all: readonly string[], parts: readonly string[]): readonly string[] {
  const taken = parts.flatMap((part) => TAKEN[part] ?? []);
  return all.filter((one) => !taken.includes(one));
}

function permissionsOf(roles: readonly Manifest[]): readonly string[] {
  const rules = roles.flatMap(({ rules: own }) => own as readonly Rule[]);
  return rules
    .flatMap(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => [verb, group, resource, ...resourceNames].join(' ')),
        ),
      ),
    )
    .toSorted();
}

function textsOf(permissions: readonly Permission[]): readonly string[] {
  const texts = permissions.flatMap(({ group, resource, verbs, name }) =>
    verbs.map((verb) => [verb, group, resource, ...(name === undefined ? [] : [name])].join(' ')),
  );
  return [...new Set(texts)].toSorted();
}

test('the base reads no Secret, and with the parts for logins all is there that the code asks for', () => {
  const base = permissionsOf(ofKind(installation('base'), 'Role'));
  expect(base.filter((one) => one.includes('secrets'))).toEqual([]);
  const parts = ['argocd-repositories', 'annotation-secrets', 'configmaps'];
  const all = parts.flatMap((name) => permissionsOf(ofKind(installation(name), 'Role')));
  expect([...new Set(all)].toSorted()).toEqual(textsOf(OWN));
});

test('each resource that the code asks for is in the table, and no other', () => {
  const source = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('kube-client.ts'),
  );
  const code = files.map((path) => readFileSync(join(source, path), 'utf8')).join('\n');
  const asked = Object.entries(kube).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code));
  expect(new Set(asked.map(([, { group, plural }]) => `${group}/${plural}`))).toEqual(
    new Set(PERMISSIONS.map(({ resource: { group, plural } }) => `${group}/${plural}`)),
  );
});

describe.each(Object.keys(INSTALLATIONS))('the installation %s', (name) => {
  const manifests = installation(name);
  const parts = INSTALLATIONS[name] ?? [];

  test('may do in its own namespace what the code does there by these parts, and nothing else', () => {
    const added = parts.flatMap(addedBy);
    expect(permissionsOf(ofKind(manifests, 'Role'))).toEqual(
      [...without(textsOf(IN_THE_BASE), parts), ...added].toSorted(),
    );
  });

  test('may do in other namespaces only what Applications there need', () => {
    const clusterWide = parts.includes('components/cluster-wide');
    const everywhere = clusterWide ? without(textsOf(EVERYWHERE), parts) : [];
    expect(permissionsOf(ofKind(manifests, 'ClusterRole'))).toEqual(
      [...everywhere, ...parts.flatMap(addedToTheClusterBy)].toSorted(),
    );
  });

  test('has a role for who reads metrics over HTTPS, and gives it to nobody', () => {
    const urls = ofKind(manifests, 'ClusterRole').flatMap(({ metadata, rules }) =>
      (rules as readonly Rule[]).flatMap(({ nonResourceURLs = [], verbs }) =>
        nonResourceURLs.map((url) => `${metadata.name}: ${verbs.join(' ')} ${url}`),
      ),
    );
    expect(urls).toEqual([
      ...(parts.includes('components/secure-metrics') ? [`${METRICS_READER}: get /metrics`] : []),
      ...(parts.includes('components/status-token') ? [`${STATUS_READER}: get /lynceus/status`] : []),
    ]);
  });

  test('gives these roles to its own service account', () => {
    const account = workloadOf(manifests).pod.serviceAccountName;
    const bindings = [...ofKind(manifests, 'RoleBinding'), ...ofKind(manifests, 'ClusterRoleBinding')];
    const roles = [...ofKind(manifests, 'Role'), ...ofKind(manifests, 'ClusterRole')].filter(
      ({ metadata }) => ![METRICS_READER, STATUS_READER].includes(metadata.name),
    );
    expect(new Set(bindings.map(({ roleRef }) => roleRef))).toEqual(
      new Set(
        roles.map(({ kind, metadata }) => ({
          apiGroup: 'rbac.authorization.k8s.io',
          kind,
          name: metadata.name,
        })),
      ),
    );
    expect(bindings).toHaveLength(roles.length);
    for (const { subjects } of bindings)
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: account, namespace: 'argocd' }]);
    expect(ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name)).toEqual([account]);
  });
});
