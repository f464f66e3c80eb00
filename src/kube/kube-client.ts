/** A resource of the Kubernetes API, as its paths and RBAC rules name it. */
export interface KubeResource {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case, with the subresource where one is meant: `applications`, `imageupdaters/status`. */
  readonly plural: string;
}

export interface KubeObject {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface KubePage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Token of the next page, `''` after the last. */
  readonly next: string;
}

export type KubeEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** Which objects: `namespace` undefined means all namespaces. */
export interface KubeScope {
  readonly resource: KubeResource;
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  /** The one object of this name: a rule for it alone is enough. */
  readonly name?: string;
  /**
   * Paths of members that are `null` in what `list` and `watch` answer, because they are large and not needed:
   * `['metadata', 'managedFields']`.
   */
  readonly omit?: readonly (readonly string[])[];
}

export type KubePatch =
  /** RFC 7386. */
  | { readonly kind: 'merge'; readonly body: unknown }
  /** RFC 6902. */
  | { readonly kind: 'json'; readonly body: readonly unknown[] };

/**
 * The verbs of the Kubernetes API that Lynceus uses. Every method throws `LynceusError` with a `kube-…`
 * code: `kube-denied` names verb, resource and namespace, `kube-conflict` is 409, `kube-expired` is 410 Gone.
 */
export interface KubeClient {
  /** Namespace this process runs in, or that of the kubeconfig's context. */
  readonly namespace: string;
  /** One page; `limit` objects at most. */
  list(
    scope: KubeScope,
    page: { readonly limit: number; readonly next: string },
    signal: AbortSignal,
  ): Promise<KubePage>;
  /**
   * Events after `resourceVersion`, bookmarks included, until the server ends the watch (then it returns), the
   * connection breaks or stays silent (then it throws `kube-unreachable`) or the signal is aborted (`aborted`). The
   * first event is a bookmark of `resourceVersion` itself: the server has accepted the watch.
   */
  watch(scope: KubeScope, resourceVersion: string, signal: AbortSignal): AsyncIterable<KubeEvent>;
  /** Whether the API server has the resource at all: discovery, which everybody may ask. */
  serves(resource: KubeResource, signal: AbortSignal): Promise<boolean>;
  get(
    resource: KubeResource,
    object: { readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** `namespace` is undefined for what belongs to no namespace. */
  create(
    resource: KubeResource,
    object: { readonly namespace: string | undefined; readonly body: KubeObject },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** Replaces the object; its `resourceVersion` guards against overwriting somebody else's change. */
  replace(
    resource: KubeResource,
    object: { readonly namespace: string; readonly name: string; readonly body: KubeObject },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  patch(
    resource: KubeResource,
    object: { readonly namespace: string; readonly name: string; readonly patch: KubePatch },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  close(): void;
}

export const APPLICATIONS: KubeResource = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
};
export const APP_PROJECTS: KubeResource = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'appprojects',
};
export const IMAGE_UPDATERS: KubeResource = {
  group: 'argocd-image-updater.argoproj.io',
  version: 'v1alpha1',
  plural: 'imageupdaters',
};
export const IMAGE_UPDATER_STATUS: KubeResource = { ...IMAGE_UPDATERS, plural: 'imageupdaters/status' };
export const ROLLOUTS: KubeResource = { ...APPLICATIONS, plural: 'rollouts' };
export const ANALYSIS_RUNS: KubeResource = { ...APPLICATIONS, plural: 'analysisruns' };
export const SECRETS: KubeResource = { group: '', version: 'v1', plural: 'secrets' };
export const CONFIG_MAPS: KubeResource = { group: '', version: 'v1', plural: 'configmaps' };
export const EVENTS: KubeResource = { group: '', version: 'v1', plural: 'events' };
export const LEASES: KubeResource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
/** Whose a token is. It is answered, and kept nowhere. */
export const TOKEN_REVIEWS: KubeResource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
};
/** What somebody may do; likewise. */
export const SUBJECT_ACCESS_REVIEWS: KubeResource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
};
