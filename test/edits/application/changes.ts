import type { PlannedChange } from '../../../src/core/change.ts';
import { parseImageReference } from '../../../src/core/image/reference.ts';
import type { ImageSlot, PresentImage } from '../../../src/core/policy.ts';
import type { ApplicationTarget } from '../../../src/edits/application/edit-application.ts';

export const DIGEST = `sha256:${'ab'.repeat(32)}`;

export const HELM: ApplicationTarget = { method: 'application', at: 'spec.source', format: 'helm' };
export const KUSTOMIZE: ApplicationTarget = { ...HELM, format: 'kustomize' };
export const PLUGIN: ApplicationTarget = { ...HELM, format: 'plugin' };

/** `image.name` and `image.tag`, as nobody named them. */
export const PARTS: ImageSlot = {
  kind: 'helm-parts',
  name: { path: 'image.name', explicit: false },
  tag: { path: 'image.tag', explicit: false },
};

export function partsOf(name: string, tag: string): ImageSlot {
  return { kind: 'helm-parts', name: { path: name, explicit: true }, tag: { path: tag, explicit: true } };
}

export function specOf(path: string): ImageSlot {
  return { kind: 'helm-spec', spec: { path, explicit: true } };
}

export function kustomizeOf(name: string, renamed = false): ImageSlot {
  return { kind: 'kustomize', name, renamed };
}

export function pluginOf(names: { name?: string; tag?: string; spec?: string }): ImageSlot {
  return { kind: 'plugin', name: names.name, tag: names.tag, spec: names.spec };
}

/** `acme/api:1.0@sha256:…`, `:1.0` for a version without a name, `acme/api` for a name without a version. */
export function presentOf(text: string | undefined): PresentImage | undefined {
  if (text === undefined) return undefined;
  const [front = '', digest] = text.split('@');
  const colon = front.indexOf(':', front.lastIndexOf('/') + 1);
  const [name, tag] = colon < 0 ? [front, ''] : [front.slice(0, colon), front.slice(colon + 1)];
  return { name: name || undefined, tag: tag || undefined, digest };
}

export interface ChangeInput {
  readonly slot: ImageSlot;
  readonly image?: string;
  /** What was there at the decision, as in `presentOf`. */
  readonly from?: string | undefined;
  readonly to?: string;
  readonly digest?: string;
  readonly alias?: string;
}

export function aChange({
  slot,
  image = 'ghcr.io/acme/api',
  from,
  to = '2.0',
  digest,
  alias = 'api',
}: ChangeInput): PlannedChange {
  const present = presentOf(from);
  return {
    application: { namespace: 'argocd', name: 'shop' },
    alias,
    slot,
    image: parseImageReference(image),
    from: present,
    before: present,
    to: { tag: to, digest },
    labels: {},
  };
}

/** An Application with this source, and much beside it that is nobody's business. */
export function anApplication(
  source: unknown,
  spec: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd', resourceVersion: '41', annotations: { note: 'a & b' } },
    spec: { project: 'default', source, destination: { server: 'https://kubernetes.default.svc' }, ...spec },
    status: { sync: { status: 'Synced' } },
  };
}
