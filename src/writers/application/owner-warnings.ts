import type { KubeObject } from '../../kube/kube-client.ts';

const CURE = 'let it write to Git instead: write-back-method: git';

/** Marks that somebody keeps the manifest of an Application, and may put it back as it is there. */
const LABELS: readonly { readonly label: string; readonly owner: string }[] = [
  { label: 'kustomize.toolkit.fluxcd.io/name', owner: 'Flux Kustomization' },
  { label: 'helm.toolkit.fluxcd.io/name', owner: 'Flux HelmRelease' },
];

/** What may undo a change of the live Application, each as one sentence; empty when nothing is known to. */
export function ownerWarnings({ metadata = {} }: KubeObject): readonly string[] {
  const { labels = {}, ownerReferences } = metadata;
  const owners = Array.isArray(ownerReferences) ? ownerReferences.map(referenceOf) : [];
  const marked = LABELS.flatMap(({ label, owner }) =>
    labels[label] === undefined ? [] : [undoneBy(`${owner} ${labels[label]}`)],
  );
  return [...owners.flatMap(ownerWarning), ...parentWarning(metadata), ...marked];
}

interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly controller: boolean;
}

function referenceOf(reference: unknown): Owner {
  const { kind, name, controller }: Readonly<Record<string, unknown>> =
    typeof reference === 'object' && reference !== null ? { ...reference } : {};
  return { kind: text(kind), name: text(name), controller: controller === true };
}

function ownerWarning({ kind, name, controller }: Owner): readonly string[] {
  if (kind === 'ApplicationSet')
    return [
      `it was made by the ApplicationSet ${name}, which puts its own spec back unless its ignoreApplicationDifferences or its applicationsSync policy leaves the change alone; ${CURE}`,
    ];
  return controller ? [undoneBy(`${kind} ${name}`)] : [];
}

/**
 * The Application that deploys this one. Argo CD's tracking id proves it, its label perhaps: charts set it
 * as well. An id of another object was copied, and Argo CD ignores it too.
 */
function parentWarning(metadata: NonNullable<KubeObject['metadata']>): readonly string[] {
  const { annotations = {}, labels = {}, namespace, name } = metadata;
  const id = annotations['argocd.argoproj.io/tracking-id'];
  if (id !== undefined) {
    const self = `:argoproj.io/Application:${namespace ?? ''}/${name ?? ''}`;
    return id.endsWith(self) ? [undoneBy(`Application ${id.slice(0, -self.length)}`)] : [];
  }
  const label = labels['app.kubernetes.io/instance'];
  if (label === undefined || label === '') return [];
  return [
    `its label app.kubernetes.io/instance shows that the Application ${label} may deploy it, and self-heal would put the manifest from Git back; ${CURE}`,
  ];
}

function undoneBy(owner: string): string {
  return `it is deployed by the ${owner}, which may put its own manifest back; ${CURE}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
