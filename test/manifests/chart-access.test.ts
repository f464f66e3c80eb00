import { describe, expect, test } from 'vitest';
import { objectsWith, objectWith, withoutHelm } from './chart.ts';
import { installation, ofKind, workloadOf, type Manifest } from './rendered.ts';

describe('rights', () => {
  const rulesOf = (manifests: readonly Manifest[], kind: string, name: string): unknown =>
    withoutHelm(manifests.find((one) => one.kind === kind && one.metadata.name === name)?.['rules']);

  test.each([
    ['all-namespaces', 'ClusterRole', 'argocd-image-updater', 'cluster-wide'],
    ['community-0.x', 'ClusterRole', 'argocd-image-updater', 'cluster-wide'],
    ['some-namespaces', 'Role', 'argocd-image-updater-annotation-secrets', 'annotation-secrets'],
    ['checks', 'ClusterRole', 'argocd-image-updater-argo-rollouts', 'argo-rollouts'],
    ['metrics-by-https', 'ClusterRole', 'argocd-image-updater-metrics-auth-role', 'secure-metrics'],
    ['metrics-by-https', 'ClusterRole', 'argocd-image-updater-metrics-reader', 'secure-metrics'],
    ['status-with-tokens', 'ClusterRole', 'argocd-image-updater-status-auth-role', 'status with tokens'],
    ['status-with-tokens', 'ClusterRole', 'argocd-image-updater-status-reader', 'status with tokens'],
  ])('of %s: the %s %s is that of the component %s', (name, kind, role, component) => {
    const rules = rulesOf(installation(component), kind, role);
    expect(rules).toBeDefined();
    expect(rulesOf(objectsWith(name), kind, role)).toEqual(rules);
  });

  test('are given in each namespace that is watched, and in no other', () => {
    const roles = ofKind(objectsWith('some-namespaces'), 'Role').map(
      ({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(roles.toSorted()).toEqual(
      ['argocd', 'team-a', 'team-b']
        .flatMap((one) => [`${one}/argocd-image-updater`, `${one}/argocd-image-updater-annotation-secrets`])
        .concat('argocd/argocd-image-updater-named-secrets')
        .toSorted(),
    );
    expect(ofKind(objectsWith('some-namespaces'), 'ClusterRole')).toEqual([]);
  });

  test('are for projects and repositories where Argo CD is', () => {
    const roles = ofKind(objectsWith('argocd-elsewhere'), 'Role');
    const placed = Object.fromEntries(
      roles.map(({ metadata, rules }) => [
        `${metadata.namespace ?? ''}/${metadata.name}`,
        (rules as { resources: string[] }[]).flatMap(({ resources }) => resources),
      ]),
    );
    expect(placed).toEqual({
      'image-updater/argocd-image-updater': [
        'applications',
        'imageupdaters',
        'imageupdaters/status',
        'events',
        'leases',
        'configmaps',
        'configmaps',
        'configmaps',
        'configmaps',
      ],
      'openshift-gitops/argocd-image-updater': [
        'applications',
        'imageupdaters',
        'imageupdaters/status',
        'events',
      ],
      'openshift-gitops/argocd-image-updater-projects': ['appprojects'],
      'openshift-gitops/argocd-image-updater-argocd-repositories': ['secrets'],
    });
  });

  test('are to read the Secrets that registries name in the own namespace, and no others', () => {
    expect(rulesOf(objectsWith('registries'), 'Role', 'argocd-image-updater-named-secrets')).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['hub-login', 'local-login'],
        verbs: ['get'],
      },
    ]);
    expect(rulesOf(objectsWith('ecr-scripts'), 'Role', 'argocd-image-updater-named-secrets')).toBeUndefined();
  });
});

interface PolicyRule {
  readonly ports: readonly { readonly port: number | string }[];
}

function rulesIn(name: string, direction: 'ingress' | 'egress'): readonly PolicyRule[] {
  const { spec } = objectWith(name, 'NetworkPolicy', 'argocd-image-updater');
  return (spec as Readonly<Record<string, readonly PolicyRule[]>>)[direction] ?? [];
}

describe('the way in', () => {
  const portsIn = (name: string): readonly unknown[] =>
    rulesIn(name, 'ingress').flatMap(({ ports }) => ports.map(({ port }) => port));

  test.each(['node-port', 'load-balancer', 'ingress', 'http-route', 'webhooks-with-tls', 'webhooks-by-flag'])(
    'of %s is open for webhooks',
    (name) => {
      expect(portsIn(name)).toEqual(['metrics', 'webhook']);
      expect(workloadOf(objectsWith(name)).container.ports.map((one) => one.name)).toEqual([
        'health',
        'metrics',
        'webhook',
      ]);
    },
  );

  test.each([
    ['Deployment', 'argocd-image-updater'],
    ['NetworkPolicy', 'argocd-image-updater'],
  ])('is that of the component `webhook`: the %s', (kind, name) => {
    const [own] = ofKind(installation('webhook'), kind);
    expect(withoutHelm(objectWith('webhooks-by-flag', kind, name))).toEqual(withoutHelm(own));
  });

  test('is closed where nobody asked for webhooks', () => {
    expect(portsIn('defaults')).toEqual(['metrics']);
  });

  test('is at the port that the server is told', () => {
    expect(workloadOf(objectsWith('ingress')).container.ports).toContainEqual({
      name: 'webhook',
      containerPort: 9443,
    });
  });

  test.each([
    [
      'node-port',
      {
        type: 'NodePort',
        externalTrafficPolicy: 'Cluster',
        ports: [{ port: 8080, targetPort: 'webhook', nodePort: 31_000 }],
      },
    ],
    [
      'load-balancer',
      {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        loadBalancerClass: 'example.com/internal',
        loadBalancerIP: '192.0.2.10',
        loadBalancerSourceRanges: ['192.0.2.0/24'],
        ports: [{ port: 443 }],
      },
    ],
    ['ci-ingress', { type: 'ClusterIP', ports: [{ name: 'server-port', port: 8080 }] }],
  ])('by the Service of %s', (name, spec) => {
    expect(objectWith(name, 'Service', 'argocd-image-updater').spec).toMatchObject(spec);
  });

  test('by an Ingress, for each of its hosts', () => {
    const spec = objectWith('ingress', 'Ingress', 'argocd-image-updater-ingress') as unknown as {
      metadata: { annotations: object };
      spec: {
        rules: readonly {
          host: string;
          http: { paths: readonly { path: string; backend: { service: { name: string } } }[] };
        }[];
      };
    };
    expect(spec.metadata.annotations).toEqual({
      'example.com/host': 'updater.example.com',
      'example.com/number': '5',
    });
    const paths = spec.spec.rules.map(({ host, http }) => [
      host,
      ...http.paths.map(({ path, backend }) => `${path} ${backend.service.name}`),
    ]);
    expect(paths).toEqual([
      [
        'updater.example.com',
        '/webhook argocd-image-updater',
        '/healthz argocd-image-updater',
        '/extra argocd-image-updater-extra',
      ],
      ['other.example.com', '/webhook argocd-image-updater'],
      ['third.example.com', '/hooks argocd-image-updater'],
    ]);
    const hosts = objectWith(
      'ci-ingress',
      'Ingress',
      'argocd-image-updater-ingress',
    ) as unknown as typeof spec;
    expect(hosts.spec.rules.map(({ host }) => host)).toEqual(['argocd-image-updater.example.com']);
  });

  test('by an HTTPRoute', () => {
    expect(objectWith('http-route', 'HTTPRoute', 'argocd-image-updater').spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: 'gateways' }],
      hostnames: ['updater.example.com'],
      rules: [{ backendRefs: [{ name: 'argocd-image-updater', port: 8080 }] }],
    });
  });
});

test('the ways out are open for registries and proxies that values name, and for what they say besides', () => {
  const portsOut = (name: string): readonly unknown[] =>
    rulesIn(name, 'egress')
      .slice(2)
      .flatMap(({ ports }) => ports.map(({ port }) => port));
  expect(portsOut('registries')).toEqual([443, 22, 5000, 80, 3128]);
  expect(portsOut('configuration')).toEqual([443, 22, 7999]);
  expect(portsOut('defaults')).toEqual([443, 22]);
});
