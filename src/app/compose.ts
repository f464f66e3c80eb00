import type { PolicyContext } from '../argocd/read-policies.ts';
import type { Config } from '../config/config.ts';
import { renderBranchName } from '../core/plan/branch-name.ts';
import { renderCommitMessage } from '../core/plan/commit-message.ts';
import type { CycleReport } from '../core/report.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { createCycleLog } from '../reporters/cycle-log.ts';
import { createMetrics } from '../reporters/metrics.ts';
import { createFileSource } from '../sources/files/file-source.ts';
import { VERSION } from '../version.ts';
import { composeRegistries } from './compose-registries.ts';
import { composeWriters } from './compose-writers.ts';
import { countCosts } from './count-costs.ts';
import { runCycle } from './cycle.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { lintApplications, type LintResult } from './lint-applications.ts';
import { ownPlatform } from './own-platform.ts';
import { selectorOf } from './select-applications.ts';
import { testImage, type ImageTestRequest, type ImageTestResult } from './test-image.ts';

export type { CycleProgress } from './dependencies.ts';
export type { LintResult } from './lint-applications.ts';
export type { ImageTestRequest, ImageTestResult } from './test-image.ts';

/** What a process has around it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told every secret that is read, so that the log can leave it out. */
  readonly registerSecret?: (secret: string) => void;
}

export interface CycleWish {
  /** Show what would be written, and write nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: OnProgress;
}

export interface Lynceus {
  /** One cycle; at most one at a time. It never throws for what one image, Application or remote does. */
  runCycle(wish: CycleWish, signal: AbortSignal): Promise<CycleReport>;
  testImage(request: ImageTestRequest, signal: AbortSignal): Promise<ImageTestResult>;
  /** What is wrong with the annotations, without asking anybody. */
  lint(signal: AbortSignal): Promise<LintResult>;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  close(): Promise<void>;
}

/** Builds everything from a checked configuration. This and its neighbours are the only files that know the adapters. */
export function compose(config: Config, surroundings: Surroundings): Lynceus {
  const { clock, log } = surroundings;
  const metrics = createMetrics({ version: VERSION });
  const { observer, costs } = countCosts(metrics.observer);
  const { registry, logins } = composeRegistries(config, surroundings, observer);
  const writers = composeWriters(config, surroundings, observer);
  const policyContext = policyContextOf(config);
  const dependencies = {
    sources: config.applications.paths.length === 0 ? [] : [createFileSource(config.applications)],
    selects: selectorOf(config.applications),
    policyContext,
    logins,
    registry,
    platformDefaults: { configured: config.platforms, own: ownPlatform() },
    plan: planOptionsOf(config),
    createMissing: config.writeBack.createMissing,
    concurrency: config.applications.concurrency,
    clock,
    costs,
  };
  let cycles = 0;
  return {
    async runCycle({ dryRun, onProgress = () => undefined }, signal) {
      cycles += 1;
      const cycle = `${clock.now().toString(36)}-${cycles}`;
      const cycleLog = log.with({ cycle });
      const reporters = [createCycleLog(cycleLog), metrics.reporter];
      const writer = dryRun ? writers.dryRun : writers.git;
      const parts: CycleDependencies = { ...dependencies, writer, reporters, log: cycleLog };
      return await runCycle(parts, { cycle, dryRun, onProgress }, signal);
    },
    testImage: (request, signal) => testImage(request, { ...dependencies, ...policyContext }, signal),
    lint: (signal) => lintApplications(dependencies, signal),
    metrics,
    close() {
      registry.close();
      return Promise.resolve();
    },
  };
}

function policyContextOf({ registries, writeBack, applications }: Config): PolicyContext {
  return {
    defaultMethod: writeBack.method,
    defaultRegistry:
      registries.find(({ isDefault, prefix }) => isDefault && prefix !== '')?.prefix ?? 'docker.io',
    argocdNamespace: applications.argocdNamespace,
    canWriteApplications: false,
  };
}

function planOptionsOf({ writeBack, git }: Config): CycleDependencies['plan'] {
  return {
    commitPer: writeBack.commitPer,
    commitMessage: (changes) => renderCommitMessage(git.messageTemplate, changes),
    branchName: renderBranchName,
  };
}
