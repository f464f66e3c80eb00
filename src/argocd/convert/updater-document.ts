import type { ImageUpdaterId } from '../../core/policy.ts';

/** A member of a manifest. */
export type ManifestValue =
  string | boolean | readonly ManifestValue[] | { readonly [key: string]: ManifestValue };

/** Members of a manifest, in the order in which they are printed. */
export interface ManifestFields {
  readonly [key: string]: ManifestValue;
}

/** The manifest of an `ImageUpdater`. */
export interface UpdaterDocument {
  readonly apiVersion: string;
  readonly kind: 'ImageUpdater';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly applicationRefs: readonly ManifestFields[] };
}

export function updaterDocument(
  { namespace, name }: ImageUpdaterId,
  annotations: Readonly<Record<string, string>>,
  applicationRefs: readonly ManifestFields[],
): UpdaterDocument {
  return {
    apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
    kind: 'ImageUpdater',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: { applicationRefs },
  };
}

/** The fields with a value at a path, behind those that are there. */
export function withField(
  fields: ManifestFields,
  path: readonly string[],
  value: ManifestValue,
): ManifestFields {
  const [key, ...below] = path;
  if (key === undefined) return fields;
  if (below.length === 0) return { ...fields, [key]: value };
  const inner = fields[key];
  return { ...fields, [key]: withField(isFields(inner) ? inner : {}, below, value) };
}

function isFields(value: ManifestValue | undefined): value is ManifestFields {
  return typeof value === 'object' && !Array.isArray(value);
}
