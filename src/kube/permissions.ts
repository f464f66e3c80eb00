import {
  ANALYSIS_RUNS,
  APP_PROJECTS,
  APPLICATIONS,
  CONFIG_MAPS,
  EVENTS,
  IMAGE_UPDATER_STATUS,
  IMAGE_UPDATERS,
  LEASES,
  ROLLOUTS,
  SECRETS,
  SUBJECT_ACCESS_REVIEWS,
  TOKEN_REVIEWS,
  type KubeResource,
} from './kube-client.ts';

export type KubeVerb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch';

/** What is asked of the API server, as a rule of a Role would allow it. */
export interface Permission {
  readonly resource: KubeResource;
  readonly verbs: readonly KubeVerb[];
  /** For the object of this name alone; absent for all. */
  readonly name?: string;
  /** Follows "so that Lynceus can". */
  readonly why: string;
  /** In which namespaces: those of the watched Applications, that of Lynceus, that of Argo CD; `cluster` for what is in none, or in any. */
  readonly where: 'watched' | 'own' | 'argocd' | 'cluster';
  /** The part of `manifests/` that grants it; absent for the base. */
  readonly component?: string;
}

/** Where results of verifications are; with shards each has its own, with its number behind this name. */
export const RESULTS_CONFIG_MAP = 'argocd-image-updater-verifications';

/** Where is kept what people were notified of; with shards each has its own, with its number behind this name. */
export const NOTICES_CONFIG_MAP = 'argocd-image-updater-notices';

/** Every permission that Lynceus uses: tests compare the code and the Roles of `manifests/` with it. */
export const PERMISSIONS: readonly Permission[] = [
  { resource: APPLICATIONS, verbs: ['list', 'watch'], why: 'find Applications', where: 'watched' },
  {
    resource: APP_PROJECTS,
    verbs: ['list', 'watch'],
    why: 'leave alone what their AppProjects do not allow',
    where: 'argocd',
  },
  {
    resource: IMAGE_UPDATERS,
    verbs: ['list', 'watch'],
    why: 'find what ImageUpdaters ask for, where there are any',
    where: 'watched',
  },
  {
    resource: IMAGE_UPDATER_STATUS,
    verbs: ['patch'],
    why: 'say in the status of ImageUpdaters what became of their images',
    where: 'watched',
  },
  {
    resource: APPLICATIONS,
    verbs: ['get', 'patch'],
    why: 'write versions to Applications and ask Argo CD to refresh them',
    where: 'watched',
  },
  {
    resource: SECRETS,
    verbs: ['get'],
    why: 'read the logins of registries and Git that are named',
    where: 'watched',
    component: 'components/annotation-secrets',
  },
  {
    resource: CONFIG_MAPS,
    verbs: ['get'],
    why: 'read the keys and trust roots that policies of signatures name',
    where: 'argocd',
    component: 'components/configmaps',
  },
  {
    resource: SECRETS,
    verbs: ['list'],
    why: 'find the logins that Argo CD has for Git',
    where: 'argocd',
    component: 'components/argocd-repositories',
  },
  { resource: EVENTS, verbs: ['create', 'patch'], why: 'make Events on Applications', where: 'watched' },
  {
    resource: LEASES,
    verbs: ['get', 'create', 'update'],
    why: 'agree with its other processes on the one that works',
    where: 'own',
  },
  {
    resource: CONFIG_MAPS,
    verbs: ['get', 'list', 'watch', 'patch'],
    name: 'argocd-image-updater-pause',
    why: 'find out whether somebody paused everything',
    where: 'own',
  },
  {
    resource: CONFIG_MAPS,
    verbs: ['create'],
    why: 'begin to keep what is paused, what became of what it wrote, and what people were notified of',
    where: 'own',
  },
  {
    resource: CONFIG_MAPS,
    verbs: ['get', 'update'],
    name: RESULTS_CONFIG_MAP,
    why: 'keep what became of what it wrote',
    where: 'own',
  },
  {
    resource: CONFIG_MAPS,
    verbs: ['get', 'update'],
    name: NOTICES_CONFIG_MAP,
    why: 'keep what people were notified of',
    where: 'own',
  },
  ...[ROLLOUTS, ANALYSIS_RUNS].map((resource): Permission => ({
    resource,
    verbs: ['get', 'list'],
    why: 'ask Argo Rollouts how a version does, where a check does so',
    where: 'cluster',
    component: 'components/argo-rollouts',
  })),
  {
    resource: TOKEN_REVIEWS,
    verbs: ['create'],
    why: 'know who reads metrics over HTTPS',
    where: 'cluster',
    component: 'components/secure-metrics',
  },
  {
    resource: SUBJECT_ACCESS_REVIEWS,
    verbs: ['create'],
    why: 'know whether they may',
    where: 'cluster',
    component: 'components/secure-metrics',
  },
  {
    resource: TOKEN_REVIEWS,
    verbs: ['create'],
    why: 'know who reads the status with a token',
    where: 'cluster',
    component: 'components/status-token',
  },
  {
    resource: SUBJECT_ACCESS_REVIEWS,
    verbs: ['create'],
    why: 'know whether they may read the status',
    where: 'cluster',
    component: 'components/status-token',
  },
];

/** The permission that a request needs; `undefined` for a request that Lynceus never makes. */
export function permissionFor(verb: KubeVerb, { group, plural }: KubeResource): Permission | undefined {
  return PERMISSIONS.find(
    ({ resource, verbs }) => resource.group === group && resource.plural === plural && verbs.includes(verb),
  );
}
