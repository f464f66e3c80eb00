import { isDeepStrictEqual } from 'node:util';
import { ANNOTATION_PREFIX } from '../../argocd/annotations.ts';
import type { Application } from '../../argocd/application.ts';
import type { ManifestReading } from '../../argocd/parse-application.ts';
import { readLiveManifest } from '../../argocd/parse-deployment.ts';
import type { ApplicationId } from '../../core/policy.ts';
import { LynceusError } from '../../errors.ts';
import { readProject } from '../../argocd/parse-project.ts';
import type { AppProject, AppProjects } from '../../core/permissions/app-project.ts';
import { APP_PROJECTS, APPLICATIONS, type KubeClient } from '../../kube/kube-client.ts';
import { createReflector, type Reflector } from '../../kube/reflector.ts';
import type { ApplicationLister } from '../../ports/application-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { readCopies, type WatchedCopy } from './read-copies.ts';
import { concernedBy } from './concerned-applications.ts';
import { readUpdaters } from './read-updaters.ts';
import { watchUpdaters } from './watch-updaters.ts';

export interface KubernetesSourceOptions {
  readonly kube: KubeClient;
  /** The client's own, all with one watch, or each of these with a watch of its own. */
  readonly namespaces: 'own' | 'all' | readonly string[];
  readonly argocdNamespace: string;
  readonly labelSelector?: string;
  readonly pageSize?: number;
  /** Milliseconds without an answer of the server after which `list` throws. */
  readonly staleAfter?: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface KubernetesSource extends ApplicationLister {
  /** Begins to list and watch; ends with the signal or with `close`. */
  start(signal: AbortSignal): void;
  /** Resolves when every namespace was listed once; rejects when it is ended before. */
  ready(): Promise<void>;
  /** Resolves when it is ready, or when waiting will not help; then `list` throws why. */
  settled(): Promise<void>;
  /**
   * Calls the listener with Applications that were added, or whose labels, annotations of ours or sources changed, since the
   * first list. Returns how to stop listening.
   */
  onChange(listener: (ids: readonly ApplicationId[]) => void): () => void;
  close(): void;
}

/**
 * Applications of the cluster, from memory: watches keep it up to date, and a cycle asks the API server for nothing.
 * `list` throws `applications-unreadable` while no namespace is known completely and freshly; when only some are
 * not, each is a problem and the others go on.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): KubernetesSource {
  const { kube, clock, log } = options;
  const ending = new AbortController();
  const listeners = new Set<(ids: readonly ApplicationId[]) => void>();
  const watched = namespacesOf(options).map((namespace): WatchedCopy => {
    const reflector = createReflector({
      kube,
      clock,
      log,
      scope: { resource: APPLICATIONS, namespace, omit: NEVER_NEEDED, labelSelector: options.labelSelector },
      pageSize: options.pageSize,
      staleAfter: options.staleAfter,
      trim: (object) => readLiveManifest(object, 'cluster'),
      onChange({ before, after }) {
        const id = changedApplication(before, after);
        if (id !== undefined) for (const listener of listeners) listener([id]);
      },
    });
    return { namespace, reflector };
  });

  const projects = createReflector({
    kube,
    clock,
    log,
    scope: { resource: APP_PROJECTS, namespace: options.argocdNamespace, omit: MANAGED_FIELDS },
    pageSize: options.pageSize,
    staleAfter: options.staleAfter,
    key: ({ metadata }) => metadata?.name ?? '',
    trim: readProject,
  });

  const updaters = namespacesOf(options).map((namespace) =>
    watchUpdaters({ ...options, namespace }, (changed) => {
      const ids = concernedBy(changed, watched);
      if (ids.length > 0) for (const listener of listeners) listener(ids);
    }),
  );

  return {
    start(signal) {
      const both = AbortSignal.any([signal, ending.signal]);
      for (const { reflector } of [...watched, { reflector: projects }, ...updaters]) reflector.start(both);
    },
    async ready() {
      await Promise.all(watched.map(({ reflector }) => reflector.synced()));
    },
    async settled() {
      const all = [projects, ...[...watched, ...updaters].map(({ reflector }) => reflector)];
      await Promise.all(all.map((reflector) => reflector.settled()));
    },
    async list(signal) {
      if (signal.aborted) throw new LynceusError('aborted', 'stopped before Applications were read');
      return { ...readCopies(watched), projects: readProjects(projects), updaters: readUpdaters(updaters) };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => ending.abort(),
  };
}

/**
 * The Application to evaluate after a change, if any: one that came, or whose labels, sources or annotations of ours
 * changed. Argo CD writes to its Applications all the time (`argocd.argoproj.io/refresh`, the status, with it the images
 * that run and what is deployed), and none of that is a reason.
 */
function changedApplication(
  before: ManifestReading | undefined,
  after: ManifestReading | undefined,
): ApplicationId | undefined {
  if (after?.kind !== 'application') return undefined;
  const { application } = after;
  const id = { namespace: application.namespace, name: application.name };
  if (before?.kind !== 'application') return id;
  return isDeepStrictEqual(decisiveFields(before.application), decisiveFields(application)) ? undefined : id;
}

function decisiveFields(application: Application): unknown {
  const {
    annotations,
    liveImages: _liveImages,
    deployment: _deployment,
    origin: _origin,
    ...rest
  } = application;
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATION_PREFIX));
  return { ...rest, annotations: Object.fromEntries(ours) };
}

/** What is known of the AppProjects; nothing when that is not complete and fresh. */
function readProjects(reflector: Reflector<AppProject>): AppProjects {
  const state = reflector.state();
  if (state.kind === 'synced') return { kind: 'known', projects: reflector.items() };
  const reason = state.error?.line ?? (state.kind === 'stale' ? 'no answer' : 'the first list is under way');
  return { kind: 'unreadable', why: `cannot read the AppProjects: ${reason}` };
}

function namespacesOf({ namespaces, kube }: KubernetesSourceOptions): readonly (string | undefined)[] {
  if (namespaces === 'own') return [kube.namespace];
  return namespaces === 'all' ? [undefined] : [...new Set(namespaces)];
}

const MANAGED_FIELDS = [['metadata', 'managedFields']];

/** Most of an Application: who manages which field, from which sources it was synced, the state of every resource, all of it again. */
const NEVER_NEEDED = [
  ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ...MANAGED_FIELDS,
  ['operation'],
  ['status', 'conditions'],
  ['status', 'history', '*', 'initiatedBy'],
  ['status', 'history', '*', 'source'],
  ['status', 'history', '*', 'sources'],
  ['status', 'operationState', 'message'],
  ['status', 'operationState', 'operation', 'info'],
  ['status', 'operationState', 'operation', 'sync', 'manifests'],
  ['status', 'operationState', 'operation', 'sync', 'resources'],
  ['status', 'operationState', 'operation', 'sync', 'source'],
  ['status', 'operationState', 'operation', 'sync', 'sources'],
  ['status', 'operationState', 'syncResult', 'managedNamespaceMetadata'],
  ['status', 'operationState', 'syncResult', 'resources'],
  ['status', 'operationState', 'syncResult', 'source'],
  ['status', 'operationState', 'syncResult', 'sources'],
  ['status', 'resources'],
  ['status', 'sourceHydrator', 'currentOperation', 'sourceHydrator'],
  ['status', 'sourceHydrator', 'lastSuccessfulOperation', 'sourceHydrator'],
];
