import type { Config } from '../config/config.ts';
import { parseGitRemote } from '../core/git/remote.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import { openLogins } from '../credentials/environment-bound.ts';
import type { CycleScope } from '../ports/tick.ts';
import { repositoryNames } from '../registries/repository-names.ts';
import { createCycleLog } from '../reporters/cycle-log.ts';
import type { composeServices } from './compose-services.ts';
import type { AskedInVain, KeptPaces } from './cycle-limits.ts';
import { createCycleFilter } from './cycle-scope.ts';
import { runCycle } from './cycle.ts';
import { createDueImages } from './due-images.ts';
import type { Environment } from './environment.ts';
import { createFenceNotice } from './fence-notice.ts';
import type { OwnHeads } from './own-pushes.ts';
import { createOwnerNotice } from './owner-notice.ts';
import { ownershipOf } from './ownership.ts';
import { createUpstreamHistories } from './promotion/upstream-histories.ts';
import { liveParts } from './reach-cluster.ts';
import type { CycleServices, OnProgress, OnSearched } from './services.ts';

export interface CycleRequest {
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Evaluate this only. */
  readonly only?: CycleScope;
  /** Ask for every tag now, as after a push; see `cache.revalidate`. */
  readonly fresh?: boolean;
  readonly onProgress?: OnProgress;
  readonly onSearched?: OnSearched;
}

/** Cycles, one after the other, that share what may be kept between them. */
export function composeCycles(
  composed: ReturnType<typeof composeServices>,
  config: Config,
  { clock, log, env }: Environment,
): (request: CycleRequest, signal: AbortSignal) => Promise<CycleReport> {
  const { applications, registries, cluster, cache, metrics, notices, status } = composed;
  const noticeOwners = createOwnerNotice(config.applications.annotations);
  const noticeFence = createFenceNotice(openLogins(env, config.git.loginFor.map(parseGitRemote)));
  const owns = ownershipOf(config.cluster.shard);
  const { concurrency } = config.applications;
  const namesOf = (repository: ImageRepository) => repositoryNames(config.registries, repository);
  const stages = {
    applications,
    ...stageServicesOf(composed),
    ...keptBetweenCycles(),
    ...(status === undefined
      ? {}
      : { onWritten: (results: readonly ImageResult[]) => status.wrote(results) }),
  };
  const cycleReporter = createCycleLog(log);
  const feeds = notices.feed === undefined ? [] : [notices.feed];
  let cycles = 0;
  return async ({ dryRun, only, fresh = false, onProgress = () => undefined, onSearched }, signal) => {
    cycles += 1;
    const cycle = `${clock.now().toString(36)}-${cycles}`;
    const cycleLog = log.with({ cycle });
    const { reporters: live, ...inCluster } = await liveParts(cluster, dryRun);
    const watching = dryRun || status === undefined ? [] : [status.reporter];
    const searched = onSearched ?? (dryRun ? undefined : status?.searched);
    const reporters = [cycleReporter, metrics.reporter, ...watching, ...feeds, ...live];
    const git = composed.gitOf(dryRun);
    const asked = fresh ? { ...registries, revalidate: 0 } : registries;
    const services: CycleServices = {
      ...stages,
      registries: asked,
      git,
      cluster: inCluster,
      reporters,
      ...(searched === undefined ? {} : { onSearched: searched }),
    };
    const options = {
      cycle,
      dryRun,
      regardless: dryRun || only !== undefined,
      collect: dryRun ? 0 : config.writeBack.collect,
      quiet: only !== undefined && only.applications.length + only.pushes.length === 0,
      owns,
      only: only === undefined ? undefined : createCycleFilter(only, namesOf),
      onFence: (fence: Fence) => {
        if (cluster !== undefined) noticeFence(fence, cycleLog);
      },
      onOwners: (counts: Parameters<typeof noticeOwners>[0]) => noticeOwners(counts, cycleLog),
    };
    const run = { clock, log: cycleLog, concurrency, limits: config.limits, onProgress, signal };
    return await cache.around(() => runCycle(services, options, run));
  };
}

/** What is the same in every cycle. */
function stageServicesOf({
  pullRequests,
  verification,
  writes,
  rollbacks,
  deliveries,
  pauses,
  costs,
}: ReturnType<typeof composeServices>) {
  const verifying = verification === undefined ? {} : { verification };
  return { pullRequests, writes, rollbacks, deliveries, pauses, costs, ...verifying };
}

/** What a cycle leaves to the next ones; all of it may be lost. */
function keptBetweenCycles() {
  const paces: KeptPaces = new Map();
  const inVain: AskedInVain = new Set();
  const ownHeads: OwnHeads = new Map();
  const upstreamHistories = createUpstreamHistories();
  return { paces, inVain, ownHeads, upstreamHistories, dueImages: createDueImages() };
}
