import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultsIn } from './kube-schema.ts';
import {
  INSTALLATIONS,
  installation,
  MANIFESTS,
  ofKind,
  renderFolder,
  renderText,
  workloadOf,
  type Manifest,
} from './rendered.ts';

/** Kinds that are not of Kubernetes itself: there is no schema of them here. */
const FOREIGN = new Set(['PodMonitor', 'PrometheusRule', 'HTTPRoute']);
const CLUSTER_WIDE = new Set(['ClusterRole', 'ClusterRoleBinding']);
/** In no namespace either, but the kustomize of kubectl 1.31 does not know them yet; kubectl and Argo CD leave it out. */
const UNKNOWN_TO_KUSTOMIZE = new Set(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);

function names(manifests: readonly Manifest[]): readonly string[] {
  return manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
}

describe.each(Object.keys(INSTALLATIONS))('the installation %s', (name) => {
  const manifests = installation(name);

  test('is what Kubernetes publishes as its schema', () => {
    const checked = manifests.filter(({ kind }) => !FOREIGN.has(kind));
    expect(checked.length).toBeGreaterThanOrEqual(6);
    expect(checked.flatMap((one) => faultsIn(one, `V1${one.kind}`, one.kind))).toEqual([]);
  });

  test('lies in the namespace of Argo CD, and wholly in another one if that is said', () => {
    const parts = INSTALLATIONS[name] ?? [];
    const moved = renderText(
      JSON.stringify({
        namespace: 'openshift-gitops',
        resources: ['MANIFESTS/base'],
        components: parts.map((part) => `MANIFESTS/${part}`),
      }),
    );
    for (const [place, all] of [
      ['argocd', manifests],
      ['openshift-gitops', moved],
    ] as const) {
      for (const { kind, metadata, subjects = [] } of all) {
        if (!UNKNOWN_TO_KUSTOMIZE.has(kind))
          expect(metadata.namespace, `${kind} ${metadata.name}`).toBe(
            CLUSTER_WIDE.has(kind) ? undefined : place,
          );
        expect(new Set((subjects as Manifest['metadata'][]).map(({ namespace }) => namespace))).toEqual(
          new Set((subjects as []).length > 0 ? [place] : []),
        );
      }
    }
  });

  test('is labelled, so that all of it is found again', () => {
    for (const { kind, metadata } of manifests) {
      expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
        'app.kubernetes.io/name': 'argocd-image-updater',
        'app.kubernetes.io/part-of': 'argocd-image-updater',
        'app.kubernetes.io/component': expect.stringMatching(/^(?:controller|metrics)$/) as string,
      });
    }
  });
});

describe('kubectl apply -k manifests', () => {
  const manifests = renderFolder(MANIFESTS);

  test('is the base, with the logins that Argo CD has for Git and the definition of its resource', () => {
    const [definition, ...others] = manifests;
    expect(definition?.kind).toBe('CustomResourceDefinition');
    expect(others).toEqual(installation('argocd-repositories'));
  });

  test('has the names of Argo CD Image Updater 0.x, and brings no configuration that would replace an existing one', () => {
    expect(names(manifests)).toEqual([
      'CustomResourceDefinition imageupdaters.argocd-image-updater.argoproj.io',
      'Deployment argocd-image-updater',
      'NetworkPolicy argocd-image-updater',
      'Role argocd-image-updater',
      'Role argocd-image-updater-argocd-repositories',
      'RoleBinding argocd-image-updater',
      'RoleBinding argocd-image-updater-argocd-repositories',
      'Service argocd-image-updater-metrics',
      'ServiceAccount argocd-image-updater',
    ]);
  });

  test('has the selector of Argo CD Image Updater 0.x, which cannot be changed in place', () => {
    const { workload, container } = workloadOf(manifests);
    const label = { 'app.kubernetes.io/name': 'argocd-image-updater' };
    expect(workload.spec.selector).toEqual({ matchLabels: label });
    expect(workload.spec.template.metadata.labels).toMatchObject(label);
    expect(container.name).toBe('argocd-image-updater');
    expect(workload.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('runs the image of this version, and another one if the user says so', () => {
    const { version } = JSON.parse(readFileSync(`${MANIFESTS}../package.json`, 'utf8')) as {
      version: string;
    };
    expect(workloadOf(manifests).container.image).toBe(`lynceus:${version}`);
    const other = renderText(
      JSON.stringify({
        resources: ['MANIFESTS/base'],
        images: [{ name: 'lynceus', newName: 'registry.example.com/tools/lynceus', newTag: 'x' }],
      }),
    );
    expect(workloadOf(other).container.image).toBe('registry.example.com/tools/lynceus:x');
  });

  test('selects its own pods with everything that selects', () => {
    const labels = workloadOf(manifests).workload.spec.template.metadata.labels;
    const [service] = ofKind(manifests, 'Service') as (Manifest & { spec: { selector: object } })[];
    const [policy] = ofKind(manifests, 'NetworkPolicy') as (Manifest & {
      spec: { podSelector: { matchLabels: object } };
    })[];
    expect(labels).toMatchObject(service?.spec.selector ?? { none: true });
    expect(labels).toMatchObject(policy?.spec.podSelector.matchLabels ?? { none: true });
  });
});

describe('high-availability', () => {
  const manifests = installation('high-availability');

  test('has two replicas that replace each other one by one', () => {
    const { workload } = workloadOf(manifests);
    expect(workload.spec.replicas).toBe(2);
    expect(workload.spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
    });
  });

  test('lets a node be drained', () => {
    const [budget] = ofKind(manifests, 'PodDisruptionBudget') as (Manifest & { spec: object })[];
    expect(budget?.spec).toMatchObject({
      maxUnavailable: 1,
      selector: workloadOf(manifests).workload.spec.selector,
    });
  });
});

describe('sharded', () => {
  test('has as many pods as shards, each with a shard of its own', () => {
    const manifests = installation('sharded');
    const { workload, container } = workloadOf(manifests);
    expect(workload.kind).toBe('StatefulSet');
    const count = /^--shard=\$\(SHARD\)\/(\d+)$/.exec(
      container.args.find((arg) => arg.startsWith('--shard')) ?? '',
    )?.[1];
    expect(workload.spec.replicas).toBe(Number(count));
    expect(container.env.find(({ name }) => name === 'SHARD')?.valueFrom).toEqual({
      fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" },
    });
    expect(names(manifests)).toContain(`Service ${workload.spec.serviceName ?? ''}`);
  });
});

describe('webhook', () => {
  test.each(['webhook', 'webhook by an Ingress', 'webhook by a Gateway'])(
    'listens where the Service sends: %s',
    (name) => {
      const manifests = installation(name);
      const service = ofKind(manifests, 'Service').find(
        ({ metadata }) => metadata.name === 'argocd-image-updater-service',
      );
      expect(service?.['spec']).toMatchObject({
        selector: workloadOf(manifests).workload.spec.selector.matchLabels,
        // As in the manifests of Argo CD Image Updater, for an Ingress that is there already.
        ports: [{ name: 'server-port', port: 8080, targetPort: 'webhook' }],
      });
      expect(workloadOf(manifests).container.ports).toContainEqual({ name: 'webhook', containerPort: 8082 });
      const [policy] = ofKind(manifests, 'NetworkPolicy');
      expect(policy?.['spec']).toMatchObject({
        ingress: [{}, { ports: [{ protocol: 'TCP', port: 'webhook' }] }],
        egress: [
          {},
          {},
          {},
          { to: [{ podSelector: workloadOf(manifests).workload.spec.selector }], ports: [{ port: 8082 }] },
        ],
      });
    },
  );

  const backend = { service: { name: 'argocd-image-updater-service', port: { name: 'server-port' } } };

  test.each([
    ['webhook by an Ingress', 'Ingress', { rules: [{ http: { paths: [{ path: '/webhook', backend }] } }] }],
    [
      'webhook by a Gateway',
      'HTTPRoute',
      {
        rules: [
          {
            matches: [{ path: { value: '/webhook' } }],
            backendRefs: [{ name: 'argocd-image-updater-service', port: 8080 }],
          },
        ],
      },
    ],
  ])('is reached: %s', (name, kind, spec) => {
    expect(ofKind(installation(name), kind)[0]?.['spec']).toMatchObject(spec);
  });
});

describe('admission', () => {
  test.each(['argocd', 'openshift-gitops'])('finds its ConfigMap where Argo CD is: %s', (namespace) => {
    const manifests = renderText(
      JSON.stringify({
        namespace,
        resources: ['MANIFESTS/base'],
        components: ['MANIFESTS/components/admission'],
      }),
    );
    const [policy] = ofKind(manifests, 'ValidatingAdmissionPolicy');
    const [binding] = ofKind(manifests, 'ValidatingAdmissionPolicyBinding');
    const [exceptions] = ofKind(manifests, 'ConfigMap');
    expect(exceptions?.metadata.namespace).toBe(namespace);
    expect(binding?.['spec']).toMatchObject({
      policyName: policy?.metadata.name,
      validationActions: ['Deny'],
      paramRef: { name: exceptions?.metadata.name, namespace, parameterNotFoundAction: 'Allow' },
    });
  });
});

describe('irsa', () => {
  test('names the role at the service account of the pods', () => {
    const manifests = installation('irsa');
    const [account] = ofKind(manifests, 'ServiceAccount');
    expect(account?.metadata.name).toBe(workloadOf(manifests).pod.serviceAccountName);
    expect(account?.metadata.annotations?.['eks.amazonaws.com/role-arn']).toMatch(
      /^arn:aws:iam::\d{12}:role\/\w+$/,
    );
  });
});

describe('the check against the schema', () => {
  test.each([
    [{ spec: { replicas: '2' } }, 'Deployment.spec.replicas: expected number, found "2"'],
    [{ spec: { replica: 2 } }, 'Deployment.spec.replica: is unknown'],
    [{ spec: {} }, 'Deployment.spec.selector: is missing'],
    [
      { spec: { template: { spec: { containers: [{ name: 'x', ports: [{ containerPort: 'y' }] }] } } } },
      'Deployment.spec.template.spec.containers[0].ports[0].containerPort: expected number, found "y"',
    ],
    [{ metadata: { labels: { a: 1 } } }, 'Deployment.metadata.labels.a: expected string, found 1'],
  ])('finds the fault of %j', (manifest, fault) => {
    expect(faultsIn(manifest, 'V1Deployment', 'Deployment')).toContain(fault);
  });
});
