import { isDoneWithin } from '../async/is-done-within.ts';
import type { Config } from '../config/config.ts';
import type { ApplicationLister } from '../ports/application-source.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Cluster } from './compose-cluster.ts';
import type { ClusterServices } from './services.ts';
import type { Environment } from './environment.ts';

/** The cluster: connected when it is first needed, and then kept. */
export interface ClusterReach {
  (): Promise<Cluster>;
  close(): Promise<void>;
}

/** How long a cycle waits for the first list of Applications. */
const PATIENCE = 30_000;

/** Loads the Kubernetes client when it is first needed; a failure is tried again at the next call. */
export function reachOnce(config: Config, environment: Environment): ClusterReach {
  let reached: Promise<Cluster> | undefined;
  const reach = async (): Promise<Cluster> => {
    reached ??= import('./compose-cluster.ts').then(({ composeCluster }) =>
      composeCluster(config, environment),
    );
    try {
      return await reached;
    } catch (thrown) {
      reached = undefined;
      throw thrown;
    }
  };
  const close = async (): Promise<void> => {
    const cluster = await reached?.catch(() => undefined);
    cluster?.close();
  };
  return Object.assign(reach, { close });
}

/** The Applications of the cluster; the first list begins the watch and waits for it to know them all. */
export function clusterSource(reach: ClusterReach): ApplicationLister {
  return {
    async list(signal) {
      const cluster = await reach();
      cluster.begin();
      // After that `list` reports why nothing is known yet.
      await isDoneWithin(cluster.source.settled(), PATIENCE, signal);
      return await cluster.source.list(signal);
    },
  };
}

/** The writer of live Applications, and the requester of refreshes. */
export async function liveParts(
  reach: ClusterReach | undefined,
  dryRun: boolean,
): Promise<ClusterServices & { readonly reporters: readonly Reporter[] }> {
  if (reach === undefined) return { applicationWriter: undefined, syncRequester: undefined, reporters: [] };
  const { applicationWriter, dryRunApplicationWriter, syncRequester, reporters } = await reach();
  if (dryRun) return { applicationWriter: dryRunApplicationWriter, syncRequester: undefined, reporters: [] };
  return { applicationWriter, syncRequester, reporters };
}
