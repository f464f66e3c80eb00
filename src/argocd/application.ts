import type { Deployment } from '../core/deployment/deployment.ts';

/**
 * What we keep of an Argo CD `Application` (argoproj.io/v1alpha1): only the fields that decide something.
 */
export interface Application {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`: the cluster's own name of it, absent in files. Events must bear it to be shown with it. */
  readonly uid?: string;
  /** AppProject; absent means `default`. */
  readonly project?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `spec.sources`, or `spec.source` as a list of one, or the dry source of a hydrator. */
  readonly sources: readonly ApplicationSource[];
  /** True when the manifest uses `spec.sources`. */
  readonly multiSource: boolean;
  /** True when the one source is `spec.sourceHydrator.drySource`. */
  readonly hydrated: boolean;
  /** `status.sourceTypes`, or `status.sourceType` as a list of one; empty when there is no status. */
  readonly sourceTypes: readonly string[];
  /** `status.summary.images`; `undefined` when the manifest carries none. */
  readonly liveImages: readonly string[] | undefined;
  /** `spec.destination`; absent when the manifest has none. */
  readonly destination?: ApplicationDestination;
  /** What Argo CD says of it in the cluster; absent in files, and where Argo CD has said nothing yet. */
  readonly deployment?: Deployment;
  /** Where the manifest was found, for messages: `apps/shop.yaml (document 2)`, `cluster`. */
  readonly origin: string;
}

/** Where Argo CD deploys to. The cluster has a `server`, a `name`, or both. Each is `''` when the manifest has none. */
export interface ApplicationDestination {
  /** URL of the API server. */
  readonly server: string;
  /** Name of the cluster in Argo CD. */
  readonly name: string;
  readonly namespace: string;
}

export interface ApplicationSource {
  readonly repoURL: string;
  readonly path: string;
  readonly chart: string;
  readonly targetRevision: string;
  readonly ref: string;
  readonly helm:
    | {
        readonly parameters: readonly {
          readonly name: string;
          readonly value: string;
          readonly forceString: boolean;
        }[];
        readonly valueFiles: readonly string[];
        /** Names of `fileParameters`; absent when there are none. */
        readonly fileParameters?: readonly string[] | undefined;
        /** `values`: YAML as text. */
        readonly values?: string | undefined;
        /** With it `values` is not read. */
        readonly valuesObject?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
  readonly kustomize: { readonly images: readonly string[] } | undefined;
  readonly plugin: { readonly env: readonly { readonly name: string; readonly value: string }[] } | undefined;
}
