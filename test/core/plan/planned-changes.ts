import type { PlannedChange } from '../../../src/core/change.ts';

/** What of a change its commit and branch speak of. */
export interface ChangeParts {
  readonly app?: string;
  readonly namespace?: string;
  readonly alias?: string;
  readonly image?: string;
  readonly oldTag?: string;
  readonly oldDigest?: string;
  readonly newTag?: string;
  readonly newDigest?: string;
  /** The digest only pins the tag. */
  readonly pinned?: true;
  readonly labels?: Readonly<Record<string, string>>;
  /** The image was nowhere to be found before. */
  readonly fresh?: boolean;
}

export function aChange(parts: ChangeParts = {}): PlannedChange {
  const { app = 'shop', namespace = 'argocd', alias = 'api', image = 'acme/api' } = parts;
  const before = parts.fresh
    ? undefined
    : { name: `ghcr.io/${image}`, tag: parts.oldTag ?? '1.4.1', digest: parts.oldDigest };
  return {
    application: { namespace, name: app },
    alias,
    slot: { kind: 'kustomize', name: image, renamed: false },
    image: { registry: 'ghcr.io', name: image, tag: undefined, digest: undefined },
    from: before,
    before,
    to: {
      tag: parts.newTag ?? '1.4.2',
      digest: parts.newDigest,
      ...(parts.pinned === undefined ? {} : { pinned: parts.pinned }),
    },
    labels: parts.labels ?? {},
  };
}
