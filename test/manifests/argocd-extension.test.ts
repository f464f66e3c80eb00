import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { objectsWith } from './chart.ts';
import { faultsIn } from './kube-schema.ts';
import { installation, MANIFESTS, ofKind, renderText, workloadOf, type Manifest } from './rendered.ts';

const PAGE = readFileSync(join(MANIFESTS, '../docs/argocd-extension.md'), 'utf8');

interface Policy extends Manifest {
  readonly spec: { readonly ingress: readonly Rule[]; readonly egress: readonly Rule[] };
}

interface Rule {
  readonly from?: readonly { readonly podSelector?: { readonly matchLabels: object } }[];
  readonly to?: readonly { readonly podSelector?: { readonly matchLabels: object } }[];
  readonly ports: readonly { readonly port: number | string }[];
}

/** The pods that get in by these ports, and those that are reached at them. */
function podsAt(manifests: readonly Manifest[], ports: readonly (number | string)[]): unknown {
  const [policy] = ofKind(manifests, 'NetworkPolicy') as readonly Policy[];
  const at = (rules: readonly Rule[] = []): readonly Rule[] =>
    rules.filter((rule) => rule.ports.some(({ port }) => ports.includes(port)));
  return {
    in: at(policy?.spec.ingress).flatMap(({ from = [{}] }) => from),
    out: at(policy?.spec.egress).flatMap(({ to = [{}] }) => to),
  };
}

const named = (name: string): object => ({
  podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
});

const SIDES = [
  ['the component', installation('argocd-extension'), 8084, 'argocd-server', 'argocd-image-updater'],
  ['the chart', objectsWith('argocd-extension'), 9084, 'openshift-gitops-server', 'argocd-image-updater'],
] as const;

describe.each(SIDES)('%s', (_, manifests, port, server, own) => {
  test('listens, and has a Service for it', () => {
    const { container } = workloadOf(manifests);
    expect(container.args).toContain(`--extension-port=${port}`);
    expect(container.ports).toContainEqual({ name: 'extension', containerPort: port });
    const service = ofKind(manifests, 'Service').find(
      ({ metadata }) => metadata.name === 'argocd-image-updater-extension',
    );
    expect(service).toMatchObject({
      spec: {
        selector: { 'app.kubernetes.io/name': own },
        ports: [{ port, targetPort: 'extension' }],
      },
    });
    expect(service?.['spec']).not.toHaveProperty('type');
  });

  test("lets in nobody but Argo CD's server and pods of its own", () => {
    const pods = podsAt(manifests, ['extension', port]) as { in: readonly object[]; out: readonly object[] };
    expect(pods.in).toHaveLength(2);
    expect(pods.in[0]).toEqual(named(server));
    expect(pods.in[1]).toMatchObject(named(own));
    expect(pods.out).toHaveLength(1);
    expect(pods.out[0]).toMatchObject(named(own));
  });
});

test('without it nothing listens', () => {
  for (const manifests of [installation('base'), objectsWith('defaults')]) {
    expect(JSON.stringify(workloadOf(manifests))).not.toContain('extension');
    expect(podsAt(manifests, ['extension', 8084])).toEqual({ in: [], out: [] });
  }
});

/** As an administrator has Argo CD: with keys, containers and volumes of their own. */
const ARGO_CD = `
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm }
data: { url: https://argocd.example.com, extension.config.other: "services: [{url: http://other}]" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cmd-params-cm }
data: { server.insecure: "true" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: argocd-server }
spec:
  selector: { matchLabels: { app.kubernetes.io/name: argocd-server } }
  template:
    metadata: { labels: { app.kubernetes.io/name: argocd-server } }
    spec:
      initContainers: [{ name: extension-other, image: installer }]
      containers:
        - { name: argocd-server, image: argocd, volumeMounts: [{ name: tmp, mountPath: /tmp }] }
      volumes: [{ name: tmp, emptyDir: {} }]
`;

/** What is read of the pod of argocd-server. */
interface Pod {
  readonly initContainers: readonly {
    readonly name: string;
    readonly env: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly containers: readonly { readonly volumeMounts: readonly object[] }[];
  readonly volumes: readonly object[];
}

describe("the component for Argo CD's own kustomization", () => {
  const manifests = renderText(
    JSON.stringify({
      namespace: 'argocd',
      resources: ['argo-cd.yaml'],
      components: ['MANIFESTS/argocd-extension'],
    }),
    { 'argo-cd.yaml': ARGO_CD },
  );
  const [config, parameters, deployment] = ['argocd-cm', 'argocd-cmd-params-cm', 'argocd-server'].map(
    (name) => manifests.find(({ metadata }) => metadata.name === name),
  ) as (Manifest & {
    readonly data: Readonly<Record<string, string>>;
    readonly spec: { readonly template: { readonly spec: Pod } };
  })[];
  const pod = deployment?.spec.template.spec;
  const url = `http://argocd-image-updater-extension.argocd.svc:8084`;

  test('adds to what is there, and replaces nothing', () => {
    expect(Object.keys(config?.data ?? {})).toEqual([
      'extension.config.lynceus',
      'extension.config.other',
      'url',
    ]);
    expect(parameters?.data).toEqual({ 'server.insecure': 'true', 'server.enable.proxy.extension': 'true' });
    expect(pod?.initContainers.map(({ name }) => name).toSorted()).toEqual([
      'extension-lynceus',
      'extension-other',
    ]);
    expect(pod?.containers[0]?.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(pod?.containers[0]?.volumeMounts).toContainEqual({
      name: 'extensions',
      mountPath: '/tmp/extensions/',
    });
    expect(pod?.volumes).toHaveLength(2);
    expect(manifests.flatMap((one) => faultsIn(one, `V1${one.kind}`, one.kind))).toEqual([]);
  });

  test('is the Service that our component makes, at its port', () => {
    expect(parse(config?.data['extension.config.lynceus'] ?? '')).toEqual({ services: [{ url }] });
    const variables = pod?.initContainers.find(({ name }) => name === 'extension-lynceus')?.env;
    expect(variables).toEqual([
      { name: 'EXTENSION_NAME', value: 'lynceus' },
      { name: 'EXTENSION_URL', value: `${url}/extension.tar.gz` },
      { name: 'EXTENSION_CHECKSUM_URL', value: `${url}/extension_checksums.txt` },
    ]);
  });

  test('says the same as the values for the chart of Argo CD in the page', () => {
    const values = [...PAGE.matchAll(/^```yaml\n# values.yaml of argo-cd\n([^]*?)^```$/gm)].map(
      ([, text = '']) =>
        parse(text) as {
          readonly configs: { readonly params: object; readonly cm: Readonly<Record<string, string>> };
          readonly server: {
            readonly extensions: { readonly extensionList: readonly { readonly env: object }[] };
          };
        },
    );
    expect(values).toHaveLength(1);
    const [{ configs, server } = { configs: undefined, server: undefined }] = values;
    expect(configs?.params).toEqual({ 'server.enable.proxy.extension': 'true' });
    expect(configs?.cm).toEqual({ 'extension.config.lynceus': config?.data['extension.config.lynceus'] });
    expect(server?.extensions.extensionList[0]?.env).toEqual([
      { name: 'EXTENSION_URL', value: `${url}/extension.tar.gz` },
      { name: 'EXTENSION_CHECKSUM_URL', value: `${url}/extension_checksums.txt` },
    ]);
  });
});

test('the kustomization of the page for Lynceus is that of the component', () => {
  const text = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)]
    .map(([, one = '']) => one)
    .find((one) => one.includes('components/argocd-extension'));
  const manifests = renderText((text ?? '').replaceAll('lynceus/manifests/', 'MANIFESTS/'));
  expect(workloadOf(manifests).container.args).toContain('--extension-port=8084');
});
