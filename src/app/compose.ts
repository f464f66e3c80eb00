import type { PolicyContext } from '../argocd/read-policies.ts';
import type { Config } from '../config/config.ts';
import { renderBranchName } from '../core/plan/branch-name.ts';
import { renderCommitMessage, speaksOfLabels } from '../core/plan/commit-message.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { CycleReport } from '../core/report.ts';
import type { ApplicationSource } from '../ports/application-source.ts';
import { createCycleLog } from '../reporters/cycle-log.ts';
import { createMetrics } from '../reporters/metrics.ts';
import { createFileSource } from '../sources/files/file-source.ts';
import { VERSION } from '../version.ts';
import type { Cluster } from './compose-cluster.ts';
import { composePullRequests, pullRequestDefaults } from './compose-pull-requests.ts';
import { composeRegistries } from './compose-registries.ts';
import { composeTokens } from './compose-tokens.ts';
import { composeWriters } from './compose-writers.ts';
import { clusterSource, liveParts, reachOnce, type ClusterReach } from './reach-cluster.ts';
import { countCosts } from './count-costs.ts';
import { runCycle } from './cycle.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { createDueImages } from './due-images.ts';
import { lintApplications, type LintResult } from './lint-applications.ts';
import { ownPlatform } from './own-platform.ts';
import { ownershipOf } from './own-shard.ts';
import type { Surroundings } from './surroundings.ts';
import { oneOf, selectorOf } from './select-applications.ts';
import { sayWord, type SaidWord, type WordRequest } from './words/say-word.ts';
import { testImage, type ImageTestRequest, type ImageTestResult } from './test-image.ts';

export type { CycleProgress } from './dependencies.ts';
export type { Surroundings } from './surroundings.ts';
export type { LintResult } from './lint-applications.ts';
export type { SaidWord, WordRequest } from './words/say-word.ts';
export type { WordResult } from './words/word-results.ts';
export type { ImageTestRequest, ImageTestResult } from './test-image.ts';

export interface CycleWish {
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Look at these Applications only. */
  readonly only?: readonly ApplicationId[];
  readonly onProgress?: OnProgress;
}

export interface Lynceus {
  /** Tries what writing needs, before anything begins. Throws `signing-failed`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** One cycle; at most one at a time. It never throws for what one image, Application or remote does. */
  runCycle(wish: CycleWish, signal: AbortSignal): Promise<CycleReport>;
  testImage(request: ImageTestRequest, signal: AbortSignal): Promise<ImageTestResult>;
  /** Has a person's word written, or shows what would be. Throws `usage-invalid` when it cannot be meant. */
  say(word: WordRequest, wish: Pick<CycleWish, 'dryRun'>, signal: AbortSignal): Promise<SaidWord>;
  /** What is wrong with the annotations, without asking anybody. */
  lint(signal: AbortSignal): Promise<LintResult>;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** What the cluster offers; reached at the first call. `undefined` when Applications come from files. */
  readonly cluster: (() => Promise<Cluster>) | undefined;
  close(): Promise<void>;
}

/** Builds everything from a checked configuration. This and its neighbours are the only files that know the adapters. */
export function compose(config: Config, surroundings: Surroundings): Lynceus {
  const { clock, log } = surroundings;
  const metrics = createMetrics({ version: VERSION });
  const { observer, costs } = countCosts(metrics.observer);
  const cluster = config.applications.paths.length > 0 ? undefined : reachOnce(config, surroundings);
  const tokens = composeTokens(surroundings);
  const { cache, ...registries } = composeRegistries(config, surroundings, { observer, cluster, tokens });
  const writers = composeWriters(config, surroundings, { observer, cluster, tokens });
  const policyContext = policyContextOf(config);
  const dependencies = {
    sources: sourcesOf(config, cluster),
    selects: selectorOf(config.applications),
    policyContext,
    owns: ownershipOf(config.cluster.shard),
    ...registries,
    platformDefaults: { configured: config.platforms, own: ownPlatform() },
    plan: planOptionsOf(config),
    pullRequests: composePullRequests(config, surroundings, writers.logins),
    createMissing: config.writeBack.createMissing,
    dueImages: createDueImages(),
    concurrency: config.applications.concurrency,
    clock,
    costs,
  };
  const writerOf = (dryRun: boolean) => (dryRun ? writers.dryRun : writers.git);
  let cycles = 0;
  return {
    prepare: (signal) => writers.git.trySigning(signal),
    async runCycle({ dryRun, only, onProgress = () => undefined }, signal) {
      cycles += 1;
      const cycle = `${clock.now().toString(36)}-${cycles}`;
      const cycleLog = log.with({ cycle });
      const live = await liveParts(cluster, dryRun);
      const parts: CycleDependencies = {
        ...dependencies,
        ...live,
        collect: dryRun ? 0 : config.writeBack.collect,
        only: only === undefined ? undefined : oneOf(only),
        writer: writerOf(dryRun),
        reporters: [createCycleLog(cycleLog), metrics.reporter, ...live.reporters],
        log: cycleLog,
      };
      const regardless = dryRun || only !== undefined;
      return await cache.around(() => runCycle(parts, { cycle, dryRun, regardless, onProgress }, signal));
    },
    testImage: (request, signal) =>
      cache.around(() => testImage(request, { ...dependencies, ...policyContext }, signal)),
    say: (word, { dryRun }, signal) =>
      cache.around(() => sayWord(word, { ...dependencies, writer: writerOf(dryRun) }, signal)),
    lint: (signal) => lintApplications(dependencies, signal),
    metrics,
    cluster,
    async close() {
      const { registry, pullRequests } = dependencies;
      for (const part of [registry, tokens.clients, pullRequests.hosts]) part.close();
      await cluster?.close();
    },
  };
}

function sourcesOf(
  { applications }: Config,
  cluster: ClusterReach | undefined,
): readonly ApplicationSource[] {
  return cluster === undefined ? [createFileSource(applications)] : [clusterSource(cluster)];
}

function policyContextOf(config: Config): PolicyContext {
  const { registries, writeBack, applications, secrets } = config;
  return {
    pullRequests: pullRequestDefaults(config),
    defaultMethod: writeBack.method,
    defaultRegistry:
      registries.find(({ isDefault, prefix }) => isDefault && prefix !== '')?.prefix ?? 'docker.io',
    argocdNamespace: applications.argocdNamespace,
    canWriteApplications: applications.paths.length === 0,
    defaultRollback: writeBack.rollback,
    defaultAllowDowngrade: writeBack.allowDowngrade,
    allowedSecretNamespaces: secrets.allowedNamespaces,
  };
}

function planOptionsOf({ writeBack, git }: Config): CycleDependencies['plan'] {
  return {
    commitPer: writeBack.commitPer,
    trailers: git.trailers,
    wantsLabels: speaksOfLabels(git.messageTemplate),
    signOff: git.signOff ? `${git.author.name} <${git.author.email}>` : undefined,
    commitMessage: (changes) => renderCommitMessage(git.messageTemplate, changes),
    branchName: renderBranchName,
  };
}
