import type { OwnerFacts, Warning } from '../../core/reasons/warning.ts';
import type { KubeObject } from '../../kube/kube-client.ts';

/** Marks that somebody keeps the manifest of an Application, and may put it back as it is there. */
const LABELS: readonly { readonly label: string; readonly kind: string }[] = [
  { label: 'kustomize.toolkit.fluxcd.io/name', kind: 'Flux Kustomization' },
  { label: 'helm.toolkit.fluxcd.io/name', kind: 'Flux HelmRelease' },
];

/** A warning for each owner that may undo a change of the live Application; empty when none is known. */
export function ownerWarnings({ metadata = {} }: KubeObject): readonly Warning[] {
  const { labels = {}, ownerReferences } = metadata;
  const owners = Array.isArray(ownerReferences) ? ownerReferences.map(referenceOf) : [];
  const marked = LABELS.flatMap(({ label, kind }): readonly OwnerFacts[] => {
    const name = labels[label];
    return name === undefined ? [] : [{ kind, name, mark: 'deployed' }];
  });
  const found = [...owners.flatMap(ownerOf), ...parentOf(metadata), ...marked];
  return found.map((facts) => ({ code: 'may-be-undone', facts }));
}

interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly controller: boolean;
}

function referenceOf(reference: unknown): OwnerReference {
  const { kind, name, controller }: Readonly<Record<string, unknown>> =
    typeof reference === 'object' && reference !== null ? { ...reference } : {};
  return { kind: text(kind), name: text(name), controller: controller === true };
}

function ownerOf({ kind, name, controller }: OwnerReference): readonly OwnerFacts[] {
  if (kind === 'ApplicationSet') return [{ kind, name, mark: 'made' }];
  return controller ? [{ kind, name, mark: 'deployed' }] : [];
}

/**
 * The Application that deploys this one. Argo CD's tracking id proves it, its label perhaps: charts set it
 * as well. An id of another object was copied, and Argo CD ignores it too.
 */
function parentOf(metadata: NonNullable<KubeObject['metadata']>): readonly OwnerFacts[] {
  const { annotations = {}, labels = {}, namespace, name } = metadata;
  const kind = 'Application';
  const id = annotations['argocd.argoproj.io/tracking-id'];
  if (id !== undefined) {
    const self = `:argoproj.io/Application:${namespace ?? ''}/${name ?? ''}`;
    return id.endsWith(self) ? [{ kind, name: id.slice(0, -self.length), mark: 'deployed' }] : [];
  }
  const label = labels['app.kubernetes.io/instance'];
  return label === undefined || label === '' ? [] : [{ kind, name: label, mark: 'label' }];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
