import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { createArgocdRepositories, type ArgocdRepositories } from '../credentials/argocd-repositories.ts';
import { createKubeSecrets, type KubeSecrets } from '../credentials/kube-secrets.ts';
import { leaseNameFor } from '../core/shard.ts';
import { createConfigMapReader, type ReadConfigMap } from '../kube/config-maps.ts';
import { createKubeClient } from '../kube/create-kube-client.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { alwaysLeading } from '../leadership/always-leading.ts';
import { createLeaseLeadership, parseLeaseDuration } from '../leadership/lease-leadership.ts';
import { createClusterNotices } from '../write-results/cluster-notices.ts';
import type { ApplicationPauses } from '../ports/application-pauses.ts';
import type { ApplicationWriter } from '../ports/application-writer.ts';
import type { Leadership } from '../ports/leadership.ts';
import { createClusterPauses, type ClusterPauses } from '../pauses/cluster-pauses.ts';
import type { KeptNotices } from '../ports/kept-notices.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { WriteResults } from '../ports/write-results.ts';
import type { SyncRequester } from '../ports/sync-requester.ts';
import { createKubernetesEvents } from '../reporters/kubernetes-events.ts';
import { createUpdaterStatuses } from '../reporters/updater-statuses.ts';
import { createKubernetesSource, type KubernetesSource } from '../sources/kubernetes/kubernetes-source.ts';
import { VERSION } from '../version.ts';
import { createApplicationPauses } from '../writers/application/application-pauses.ts';
import { createClusterResults } from '../write-results/cluster-results.ts';
import { createApplicationWriter } from '../writers/application/application-writer.ts';
import { createDryRunApplicationWriter } from '../writers/application/dry-run-application-writer.ts';
import { createSyncRequester } from '../writers/application/sync-requester.ts';
import type { AccessReview } from '../server/bearer-access.ts';
import type { Environment } from './environment.ts';
import { reviewScrape } from './review-scrape.ts';

/** What a cluster provides. */
export interface Cluster {
  readonly source: KubernetesSource;
  readonly secrets: KubeSecrets;
  readonly readConfigMap: ReadConfigMap;
  readonly repositories: ArgocdRepositories;
  /** For what checks look at. */
  readonly kube: Pick<KubeClient, 'get' | 'list' | 'serves'>;
  readonly applicationWriter: ApplicationWriter;
  /** Reads like the other one and writes nothing. */
  readonly dryRunApplicationWriter: ApplicationWriter;
  readonly syncRequester: SyncRequester | undefined;
  readonly reporters: readonly Reporter[];
  readonly leadership: Leadership;
  /** What became of writes. */
  readonly results: WriteResults;
  /** What people were notified of. */
  readonly keptNotices: KeptNotices;
  /** Whether the owner of a token may read a path that is no resource. */
  readonly review: (request: { readonly token: string; readonly path: string }) => Promise<AccessReview>;
  /** What is paused for all Applications; with a namespace where another Lynceus than this one finds it. */
  readonly pauses: ClusterPauses;
  readonly pausesIn: (namespace: string) => ClusterPauses;
  readonly applicationPauses: ApplicationPauses;
  /** Begins to watch Applications; once is enough. */
  begin(): void;
  close(): void;
}

const APPLICATION_WRITE_ATTEMPTS = 5;

/** Everything that uses the API server. Throws `config-invalid` when no cluster is in reach. */
export async function composeCluster(config: Config, environment: Environment): Promise<Cluster> {
  const { cluster, applications } = config;
  const { clock, log, env } = environment;
  const kube = await connect(config, environment);
  const source = createKubernetesSource({
    kube,
    namespaces: namespacesOf(applications),
    argocdNamespace: applications.argocdNamespace,
    clock,
    log,
  });
  const pausesIn = (namespace: string) => createClusterPauses({ kube, namespace, clock, log });
  const pauses = pausesIn(ownNamespace(config, kube, env));
  const { leaseNamespace = kube.namespace, shard } = cluster;
  const keptOptions = { kube, namespace: leaseNamespace, shard, clock, log };
  const ending = new AbortController();
  let begun = false;
  const writerOptions = { kube, clock, log, attempts: APPLICATION_WRITE_ATTEMPTS };
  return {
    source,
    kube,
    secrets: createKubeSecrets({ kube, clock }),
    readConfigMap: createConfigMapReader(kube),
    repositories: createArgocdRepositories({ kube, clock, argocdNamespace: applications.argocdNamespace }),
    applicationWriter: createApplicationWriter(writerOptions),
    dryRunApplicationWriter: createDryRunApplicationWriter(writerOptions),
    syncRequester: cluster.refreshAfterPush ? createSyncRequester({ kube }) : undefined,
    reporters: [
      createUpdaterStatuses({ kube, clock, log }),
      ...(cluster.events ? [createKubernetesEvents({ kube, clock, log })] : []),
    ],
    pauses,
    pausesIn,
    applicationPauses: createApplicationPauses({ kube }),
    results: createClusterResults(keptOptions),
    keptNotices: createClusterNotices(keptOptions),
    leadership: leadershipOf(config, kube, environment),
    review: (request) => reviewScrape(kube, request),
    begin() {
      if (begun) return;
      begun = true;
      source.start(ending.signal);
      pauses.start(ending.signal);
    },
    close() {
      ending.abort();
      source.close();
      kube.close();
    },
  };
}

async function connect({ cluster }: Config, { clock, env }: Environment): Promise<KubeClient> {
  return await createKubeClient({
    ...(cluster.kubeconfig === undefined ? {} : { kubeconfig: cluster.kubeconfig }),
    ...(cluster.context === undefined ? {} : { context: cluster.context }),
    env,
    clock,
    userAgent: `lynceus/${VERSION}`,
  });
}

function leadershipOf({ cluster }: Config, kube: KubeClient, { clock, log, env }: Environment): Leadership {
  if (!cluster.leaderElection) return alwaysLeading();
  const name = leaseNameFor(cluster.leaseName, cluster.shard);
  return createLeaseLeadership({
    kube,
    lease: { namespace: cluster.leaseNamespace ?? kube.namespace, name },
    // Never the same again after a restart, although a pod keeps its host name.
    identity: `${hostname()}_${randomBytes(8).toString('hex')}`,
    leaseDuration: parseLeaseDuration(env['LYNCEUS_LEASE_DURATION']),
    clock,
    log,
  });
}

/** The namespace of the pod; elsewhere, as for a person at a laptop, that of Argo CD, where Lynceus is installed as well. */
function ownNamespace({ cluster, applications }: Config, kube: KubeClient, env: Environment['env']): string {
  if (cluster.leaseNamespace !== undefined) return cluster.leaseNamespace;
  const isPod =
    Boolean(env['KUBERNETES_SERVICE_HOST']) && cluster.kubeconfig === undefined && !env['KUBECONFIG'];
  return isPod ? kube.namespace : applications.argocdNamespace;
}

function namespacesOf({ namespaces }: Config['applications']): 'own' | 'all' | readonly string[] {
  return namespaces.kind === 'list' ? namespaces.names : namespaces.kind;
}
