import type { Config } from '../config/config.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { CycleReport } from '../core/report.ts';
import { createCycleLog } from '../reporters/cycle-log.ts';
import { parseGitRemote } from '../core/git/remote.ts';
import type { CycleScope } from '../ports/tick.ts';
import { repositoryNames } from '../registries/repository-names.ts';
import { openLogins } from '../credentials/environment-bound.ts';
import type { Cluster } from './compose-cluster.ts';
import { composeServices } from './compose-services.ts';
import type { AskedInVain, KeptPaces } from './cycle-limits.ts';
import { createCycleFilter } from './cycle-scope.ts';
import { runCycle } from './cycle.ts';
import { createDueImages } from './due-images.ts';
import { lintApplications, type LintResult } from './lint-applications.ts';
import { createFenceNotice } from './fence-notice.ts';
import { neededRules, type NeededRules } from './needed-rules.ts';
import type { OwnHeads } from './own-pushes.ts';
import { createOwnerNotice } from './owner-notice.ts';
import { ownershipOf } from './ownership.ts';
import { liveParts } from './reach-cluster.ts';
import type { CycleServices, OnProgress } from './services.ts';
import type { Environment } from './environment.ts';
import { testImage, type ImageTestRequest, type ImageTestResult } from './test-image.ts';
import { writeOverride, type WrittenOverride, type OverrideRequest } from './overrides/write-override.ts';

export type { CycleProgress } from './services.ts';
export type { Environment } from './environment.ts';
export type { NeededRules } from './needed-rules.ts';
export type { LintResult } from './lint-applications.ts';
export type { WrittenOverride, OverrideRequest } from './overrides/write-override.ts';
export type { OverrideResult } from './overrides/override-results.ts';
export type { ImageTestRequest, ImageTestResult } from './test-image.ts';

export interface CycleRequest {
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Evaluate this only. */
  readonly only?: CycleScope;
  /** Ask for every tag now, as after a push; see `cache.revalidate`. */
  readonly fresh?: boolean;
  readonly onProgress?: OnProgress;
}

export interface Lynceus {
  /** Checks what writing needs, before anything begins. Throws `signing-failed`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** One cycle; at most one at a time. It never throws for what one image, Application or remote does. */
  runCycle(request: CycleRequest, signal: AbortSignal): Promise<CycleReport>;
  testImage(request: ImageTestRequest, signal: AbortSignal): Promise<ImageTestResult>;
  /** Writes an override, or shows what would be written. Throws `usage-invalid` when it cannot be applied. */
  override(
    override: OverrideRequest,
    request: Pick<CycleRequest, 'dryRun'>,
    signal: AbortSignal,
  ): Promise<WrittenOverride>;
  /** Checks the annotations, without any request. */
  lint(signal: AbortSignal): Promise<LintResult>;
  /** The rules that today's Applications need. Reads Git and writes nothing. */
  permissions(signal: AbortSignal): Promise<NeededRules>;
  readonly metrics: {
    text(): Promise<string>;
    readonly contentType: string;
    /** Counts a cycle that ended without a report. */
    cycleEndedEarly(): void;
    /** Counts a webhook. */
    webhookRequest(request: { readonly type: string; readonly result: string }): void;
  };
  /** What the cluster offers; reached at the first call. `undefined` when Applications come from files. */
  readonly cluster: (() => Promise<Cluster>) | undefined;
  close(): Promise<void>;
}

/** Builds everything from a checked configuration. This and its neighbours are the only files that know the adapters. */
export function compose(config: Config, environment: Environment): Lynceus {
  const { clock, log } = environment;
  const {
    applications,
    registries,
    pullRequests,
    verification,
    costs,
    cluster,
    cache,
    metrics,
    ...composed
  } = composeServices(config, environment);
  const noticeOwners = createOwnerNotice(config.applications.annotations);
  const noticeFence = createFenceNotice(openLogins(environment.env, config.git.loginFor.map(parseGitRemote)));
  const owns = ownershipOf(config.cluster.shard);
  const { concurrency } = config.applications;
  const runOf = (signal: AbortSignal) => ({ clock, concurrency, onProgress: () => undefined, signal });
  const namesOf = (repository: ImageRepository) => repositoryNames(config.registries, repository);
  const verifying = verification === undefined ? {} : { verification };
  const kept = { dueImages: createDueImages(), costs, ...keptBetweenCycles() };
  let cycles = 0;
  return {
    prepare: (signal) => composed.git.trySigning(signal),
    async runCycle({ dryRun, only, fresh = false, onProgress = () => undefined }, signal) {
      cycles += 1;
      const cycle = `${clock.now().toString(36)}-${cycles}`;
      const cycleLog = log.with({ cycle });
      const { reporters: live, ...inCluster } = await liveParts(cluster, dryRun);
      const reporters = [createCycleLog(cycleLog), metrics.reporter, ...live];
      const git = composed.gitOf(dryRun);
      const asked = fresh ? { ...registries, revalidate: 0 } : registries;
      const shared = { applications, registries: asked, git, pullRequests, ...verifying, ...kept };
      const services: CycleServices = { ...shared, cluster: inCluster, reporters };
      const options = {
        cycle,
        dryRun,
        regardless: dryRun || only !== undefined,
        collect: dryRun ? 0 : config.writeBack.collect,
        owns,
        only: only === undefined ? undefined : createCycleFilter(only, namesOf),
        onFence: (fence: Fence) => {
          if (cluster !== undefined) noticeFence(fence, cycleLog);
        },
        onOwners: (counts: Parameters<typeof noticeOwners>[0]) => noticeOwners(counts, cycleLog),
      };
      const run = { clock, log: cycleLog, concurrency, limits: config.limits, onProgress, signal };
      return await cache.around(() => runCycle(services, options, run));
    },
    testImage: (request, signal) =>
      cache.around(() => {
        const { defaultRegistry } = applications.policyContext;
        // Whoever tries an image wants to know what is there now.
        const now = { ...registries, revalidate: 0, logins: composed.unboundLogins };
        return testImage(request, { ...now, defaultRegistry, costs }, runOf(signal));
      }),
    override: (override, { dryRun }, signal) =>
      cache.around(() =>
        writeOverride(override, { applications, registries, git: composed.gitOf(dryRun) }, runOf(signal)),
      ),
    lint: (signal) => lintApplications(applications, signal),
    permissions: (signal) => neededRules({ applications, git: composed.gitOf(true) }, runOf(signal)),
    metrics,
    cluster,
    close: () => composed.close(),
  };
}

/** What a cycle leaves to the next ones; all of it may be lost. */
function keptBetweenCycles() {
  const paces: KeptPaces = new Map();
  const inVain: AskedInVain = new Set();
  const ownHeads: OwnHeads = new Map();
  return { paces, inVain, ownHeads };
}
