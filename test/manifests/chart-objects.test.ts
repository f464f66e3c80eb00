import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { readImageUpdater } from '../../src/argocd/parse-image-updater.ts';
import { configured } from './configured.ts';
import { matrix, objectsWith, objectWith, VALUES } from './chart.ts';
import { faultsIn } from './kube-schema.ts';
import { ofKind, workloadOf } from './rendered.ts';

/** Kinds that are not of Kubernetes itself, and the definition, which crd.test.ts looks at. */
const FOREIGN = new Set(['ServiceMonitor', 'HTTPRoute', 'CustomResourceDefinition', 'ImageUpdater']);

const NAMES = Object.keys(VALUES);

test('every file renders', () => {
  const { status, stderr } = matrix().helm;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(NAMES.length).toBeGreaterThanOrEqual(30);
});

// prettier-ignore
const WORKLOADS: readonly (readonly [file: string, holds: object])[] = [
  ['image', { spec: { template: { spec: { imagePullSecrets: [{ name: 'registry-login' }], containers: [{ image: 'registry.example.com/tools/lynceus:0.1.0', imagePullPolicy: 'Always' }] } } } }],
  ['ci-priority-class', { spec: { template: { spec: { priorityClassName: 'system-node-critical' } } } }],
  ['replicas', { spec: { replicas: 2, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }, template: { spec: { tolerations: [{ key: 'dedicated' }], containers: [{ resources: { requests: { memory: '256Mi' }, limits: { memory: '2Gi' } } }] } } } }],
  ['community-1.x', { spec: { template: { spec: { containers: [{ args: ['run', '--health-port=8081', '--metrics-port=8443'], ports: [{ name: 'health', containerPort: 8081 }, { name: 'metrics', containerPort: 8443 }] }] } } } }],
  ['health-port-of-1.x', { spec: { template: { spec: { containers: [{ args: ['run', '--health-port=8081', '--metrics-port=8443'] }] } } } }],
  ['community-0.x', { spec: { template: { spec: { containers: [{ args: ['run'] }] } } } }],
  ['variables', { spec: { template: { spec: { containers: [{ args: ['run', '--interval', '5m', '--logformat=json', '--git-commit-user=bot'], envFrom: [{ secretRef: { name: 'registry-tokens' } }, { configMapRef: { name: 'proxies' } }] }] } } } }],
  ['metrics-by-https', { spec: { template: { spec: { containers: [{ args: ['run', '--health-port=8081', '--metrics-bind-address=:8443', '--metrics-secure=true'], ports: [{ name: 'health', containerPort: 8081 }, { name: 'metrics', containerPort: 8443 }] }] } } } }],
  ['names', { metadata: { name: 'argocd-image-updater' }, spec: { selector: { matchLabels: { 'app.kubernetes.io/name': 'updater' } } } }],
  ['labels', { spec: { template: { metadata: { labels: { team: 'platform', 'app.kubernetes.io/name': 'argocd-image-updater' }, annotations: { 'example.com/note': 'yes' } } } } }],
];

describe('the Deployment', () => {
  test.each(WORKLOADS)('of %s', (name, holds) => {
    expect(workloadOf(objectsWith(name)).workload).toMatchObject(holds);
  });

  test('has no user where OpenShift chooses one', () => {
    expect(workloadOf(objectsWith('openshift')).pod.securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('starts again when its ConfigMap changes', () => {
    const sums = ['signing', 'names'].map(
      (name) => workloadOf(objectsWith(name)).workload.spec.template.metadata as { annotations?: object },
    );
    expect(sums.map(({ annotations }) => Object.keys(annotations ?? {}))).toEqual([
      ['checksum/config'],
      ['checksum/config'],
    ]);
    expect(sums[0]?.annotations).not.toEqual(sums[1]?.annotations);
  });

  test('mounts scripts so that they can be run', () => {
    const { pod, container } = workloadOf(objectsWith('ecr-scripts'));
    expect(container.volumeMounts).toContainEqual({
      name: 'authscripts',
      mountPath: '/scripts',
      readOnly: true,
    });
    expect(pod.volumes.find(({ name }) => name === 'authscripts')?.configMap?.defaultMode?.toString(8)).toBe(
      '555',
    );
  });
});

/** What is in the ConfigMap of each file. */
// prettier-ignore
const CONFIGURED: readonly (readonly [file: string, data: Readonly<Record<string, string>> | undefined])[] = [
  ['defaults', undefined],
  ['ci-ingress', undefined],
  ['community-0.x', { 'applications_api': 'kubernetes', 'kube.events': 'false', 'git.user': 'bot', 'git.email': 'bot@example.com', 'git.commit-message-template': 'build: {{ .AppName }}\n', 'git.commit-sign-off': 'false', 'log.level': 'info' }],
  ['community-1.x', { 'git.commit-sign-off': 'false', 'kube.events': 'false', 'log.level': 'info' }],
  ['api-of-argocd', { 'applications_api': 'argocd', 'argocd.grpc_web': 'false', 'argocd.server_addr': 'http://argocd.argo', 'argocd.insecure': 'true', 'argocd.plaintext': 'true' }],
  ['signing', { 'git.commit-signing-key': '/app/ssh-keys/id_rsa', 'git.commit-signing-method': 'ssh', 'git.commit-sign-off': 'true' }],
  ['webhooks-with-tls', { 'webhook.enable': 'true', 'webhook.ratelimit-allowed': '100', 'webhook.require-secret': 'true', 'tls.min-version': '1.2', 'tls.max-version': '1.3', 'tls.ciphers': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' }],
  ['all-namespaces', { 'watch.namespaces': '*' }],
  ['configuration-as-text', { 'lynceus.yaml': '# Everything to Git.\nwriteBack:\n  method: git\n' }],
];

describe('the ConfigMap', () => {
  test.each(CONFIGURED)('of %s', (name, data) => {
    const [found] = ofKind(objectsWith(name), 'ConfigMap');
    expect(found?.['data']).toEqual(data);
  });

  test('has registries and the configuration as files that can be read', () => {
    const fileIn = (name: string, key: string): unknown => {
      const { data } = objectWith(name, 'ConfigMap', 'argocd-image-updater-config');
      return parse((data as Readonly<Record<string, string>>)[key] ?? '');
    };
    // Helm reads YAML 1.1, where `yes` is true.
    const { config } = parse(VALUES['registries'] ?? '', { version: '1.1' }) as { config: object };
    expect(config).toEqual(fileIn('registries', 'registries.conf'));
    expect(fileIn('configuration', 'lynceus.yaml')).toMatchObject({ writeBack: { method: 'git' } });
  });

  test('has another name, wherever it is read', () => {
    expect(objectWith('names', 'ConfigMap', 'our-config').data).toEqual({ interval: '5m' });
    const text = JSON.stringify(workloadOf(objectsWith('names')));
    expect(text).toContain('our-config');
    expect(text).not.toContain('argocd-image-updater-config');
  });

  test('holds no token', () => {
    expect(JSON.stringify(objectsWith('api-of-argocd'))).not.toContain('not-a-real-token');
  });
});

test('extra objects are templates', () => {
  expect(objectWith('ci-extra-objects', 'ConfigMap', 'argocd-image-updater-note').data).toEqual({
    namespace: 'argocd',
  });
  expect(ofKind(objectsWith('ci-extra-objects'), 'Secret').map(({ metadata }) => metadata.name)).toEqual([
    'datadog',
  ]);
});

test('the definition is kept, unless it is not to be', () => {
  const annotationsOf = (name: string): object | undefined =>
    ofKind(objectsWith(name), 'CustomResourceDefinition')[0]?.metadata.annotations;
  const ours = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };
  expect(annotationsOf('defaults')).toEqual({ ...ours, 'helm.sh/resource-policy': 'keep' });
  expect(annotationsOf('ci-extra-objects')).toEqual(ours);
  expect(annotationsOf('labels')).toEqual({
    'argocd.argoproj.io/sync-options': 'Prune=false',
    'helm.sh/resource-policy': 'keep',
  });
});

test('resources that are installed with the chart can be read', () => {
  const [updater] = ofKind(objectsWith('image-updaters'), 'ImageUpdater');
  expect(updater?.metadata.name).toBe('argocd-image-updater-shop');
  expect(
    readImageUpdater({ ...updater, metadata: { ...updater?.metadata, namespace: 'argocd' } }, 'chart').kind,
  ).toBe('updater');
});

test('what is switched off is not there', () => {
  expect(objectsWith('no-rights').map(({ kind }) => kind)).toEqual(['Deployment']);
  expect(workloadOf(objectsWith('no-rights')).pod.serviceAccountName).toBe('made-elsewhere');
});

describe.each(NAMES)('the objects of %s', (name) => {
  const all = objectsWith(name);

  test('are what Kubernetes publishes as its schema, each once', () => {
    const checked = all.filter(({ kind }) => !FOREIGN.has(kind));
    expect(
      checked.flatMap((one) => faultsIn(one, `V1${one.kind}`, `${one.kind} ${one.metadata.name}`)),
    ).toEqual([]);
    const ids = all.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('start the program', async () => {
    const { container } = workloadOf(all);
    const name = container.env.find(({ valueFrom }) => valueFrom?.configMapKeyRef !== undefined)?.valueFrom
      ?.configMapKeyRef?.name;
    const map = ofKind(all, 'ConfigMap').find(({ metadata }) => metadata.name === name);
    const { exitCode, config } = await configured(
      container,
      (map?.['data'] ?? {}) as Readonly<Record<string, string>>,
    );
    expect(exitCode).toBe(0);
    const port = (of: string): number | undefined =>
      container.ports.find((one) => one.name === of)?.containerPort;
    expect(config?.server.healthPort).toBe(port('health'));
    expect(config?.server.metricsAddress?.port ?? config?.server.metricsPort).toBe(port('metrics'));
    if (config?.webhooks.enabled === true) expect(config.webhooks.port ?? 8082).toBe(port('webhook'));
  });

  test('fit each other', () => {
    const { pod, container, workload } = workloadOf(all);
    const volumes = pod.volumes.map((one) => one.name);
    expect(volumes).toEqual(expect.arrayContaining(container.volumeMounts.map((one) => one.name)));
    expect(volumes).toEqual([...new Set(volumes)]);
    const labels = workload.spec.template.metadata.labels;
    expect(labels).toMatchObject(workload.spec.selector.matchLabels);
    for (const { spec } of ofKind(all, 'Service'))
      expect(labels).toMatchObject((spec as { selector: object }).selector);
    for (const { spec } of ofKind(all, 'NetworkPolicy'))
      expect(labels).toMatchObject(
        (spec as { podSelector: { matchLabels: object } }).podSelector.matchLabels,
      );
    const subjects = [...ofKind(all, 'RoleBinding'), ...ofKind(all, 'ClusterRoleBinding')].flatMap(
      (one) => one['subjects'] as readonly object[],
    );
    const account = {
      kind: 'ServiceAccount',
      name: pod.serviceAccountName,
      namespace: workload.metadata.namespace,
    };
    expect(new Set(subjects.map((one) => JSON.stringify(one)))).toEqual(
      new Set(subjects.length === 0 ? [] : [JSON.stringify(account)]),
    );
  });
});
