import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { kubectlPath } from '../helpers/render-tools.ts';

export const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

/** Any object as it is sent to the API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** Each way to install that the documentation names: the parts that are put on top of the base. */
export const INSTALLATIONS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  'cluster-wide': ['components/cluster-wide'],
  'high-availability': ['components/high-availability'],
  sharded: ['components/sharded'],
  irsa: ['components/irsa'],
  'metadata-server': ['components/metadata-server'],
  'argocd-repositories': ['components/argocd-repositories'],
  'annotation-secrets': ['components/annotation-secrets'],
  configmaps: ['components/configmaps'],
  'named-secrets': ['components/named-secrets'],
  'git-only': ['components/git-only'],
  'git-only in all namespaces': ['components/cluster-wide', 'components/git-only'],
  webhook: ['components/webhook'],
  'secure-metrics': ['components/secure-metrics'],
  'secure-metrics and monitoring': ['monitoring', 'components/secure-metrics'],
  'webhook by an Ingress': ['components/webhook', 'components/webhook-ingress'],
  'webhook by a Gateway': ['components/webhook', 'components/webhook-route'],
  status: ['components/status'],
  'status with tokens': ['components/status', 'components/status-token'],
  'argo-rollouts': ['components/argo-rollouts'],
  'argocd-extension': ['components/argocd-extension'],
  admission: ['components/admission'],
  monitoring: ['monitoring'],
  'all that goes with replicas': [
    'components/cluster-wide',
    'components/high-availability',
    'components/argocd-repositories',
    'components/annotation-secrets',
    'components/configmaps',
    'components/argo-rollouts',
    'components/irsa',
    'components/webhook',
    'components/webhook-ingress',
    'components/argocd-extension',
    'components/status',
    'components/status-token',
    'components/admission',
    'monitoring',
  ],
  'all that goes with shards': [
    'components/cluster-wide',
    'components/sharded',
    'components/argocd-repositories',
    'components/named-secrets',
    'components/git-only',
    'components/irsa',
    'components/metadata-server',
    'components/webhook',
    'components/webhook-route',
    'components/secure-metrics',
    'components/status',
    'components/admission',
    'monitoring',
  ],
};

/** What `kubectl kustomize` makes of a folder. */
export function renderFolder(folder: string): readonly Manifest[] {
  const text = execFileSync(kubectlPath(), ['kustomize', folder], { encoding: 'utf8' });
  return manifestsOf(text);
}

export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    return document.toJS() as Manifest;
  });
}

/** The same for a kustomization that somebody writes elsewhere; `MANIFESTS/` stands for our folder. */
export function renderText(
  kustomization: string,
  files: Readonly<Record<string, string>> = {},
): readonly Manifest[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lynceus-manifests-')));
  try {
    const path = `${relative(folder, MANIFESTS)}/`;
    writeFileSync(join(folder, 'kustomization.yaml'), kustomization.replaceAll('MANIFESTS/', path));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return renderFolder(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const kept = new Map<string, readonly Manifest[]>();

/** One of the installations above; rendered once. */
export function installation(name: string): readonly Manifest[] {
  const found = kept.get(name);
  if (found !== undefined) return found;
  const parts = INSTALLATIONS[name] ?? [];
  const rendered = renderText(
    JSON.stringify({
      resources: ['MANIFESTS/base'],
      components: parts.map((part) => `MANIFESTS/${part}`),
    }),
  );
  kept.set(name, rendered);
  return rendered;
}

export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((one) => one.kind === kind);
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: {
      readonly configMapKeyRef?: KeyRef;
      readonly secretKeyRef?: KeyRef;
      readonly fieldRef?: { readonly fieldPath: string };
    };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
    readonly readOnly?: boolean;
  }[];
}

export interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface FileRef {
  readonly name?: string;
  readonly secretName?: string;
  readonly optional?: boolean;
  readonly defaultMode?: number;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

export interface Volume {
  readonly name: string;
  readonly configMap?: FileRef;
  readonly secret?: FileRef;
  readonly projected?: {
    readonly defaultMode?: number;
    readonly sources: readonly { readonly configMap?: FileRef; readonly secret?: FileRef }[];
  };
  readonly emptyDir?: { readonly sizeLimit?: string };
}

export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly serviceName?: string;
    readonly ordinals?: { readonly start: number };
    readonly strategy?: { readonly type: string };
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

/** The one Deployment or StatefulSet, and its one container. */
export function workloadOf(manifests: readonly Manifest[]): {
  readonly workload: Workload;
  readonly pod: PodSpec;
  readonly container: Container;
} {
  const [workload, ...others] = manifests.filter(
    ({ kind }) => kind === 'Deployment' || kind === 'StatefulSet',
  ) as Workload[];
  const container = workload?.spec.template.spec.containers[0];
  if (workload === undefined || container === undefined || others.length > 0)
    throw new Error('expected one Deployment or StatefulSet with a container');
  return { workload, pod: workload.spec.template.spec, container };
}
