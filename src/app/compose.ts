import type { Config } from '../config/config.ts';
import type { CycleReport } from '../core/report.ts';
import type { Cluster } from './compose-cluster.ts';
import { composeServices } from './compose-services.ts';
import type { ConversionRequest, ConversionResult } from './compose-conversion.ts';
import { lintApplications, type LintResult } from './lint-applications.ts';
import { neededRules, type NeededRules } from './needed-rules.ts';
import { composePause } from './compose-pause.ts';
import { composeNoticeCommands, type NoticeCommands } from './compose-notices.ts';
import { composePastChanges } from './compose-status-store.ts';
import type { PastChanges } from './past-changes.ts';
import { composePromotion } from './compose-promotion.ts';
import { composeCycles, type CycleRequest } from './compose-cycles.ts';

import type { Environment } from './environment.ts';
import {
  testImage,
  testTracked,
  type ImageTestRequest,
  type ImageTestResult,
  type TrackedTestRequest,
  type TrackedTestResult,
} from './test-image.ts';
import { composeDryRuns, type DryRuns } from './compose-dry-runs.ts';
import type { PauseRequest, PauseResult } from './overrides/change-pause.ts';
import type { Verifier } from './verification/watch-services.ts';
import { specsOf } from '../config/check-specs.ts';
import { tryCheck, type CheckTrial, type TriedCheck } from './verification/try-check.ts';
import type { StatusStore } from '../status/status-store.ts';
import type { PromotionPipeline } from './promotion/read-pipeline.ts';
import type { PromoteRequest } from './promotion/promote-images.ts';
import { writeOverride, type WrittenOverride, type OverrideRequest } from './overrides/write-override.ts';

export type { CycleProgress } from './services.ts';
export type { Environment } from './environment.ts';
export type { ImageRecipients } from './notices/find-recipients.ts';
export type { TriedService } from './notices/try-services.ts';
export type { PromoteRequest } from './promotion/promote-images.ts';
export type { PromotionPipeline, PipelineImage } from './promotion/read-pipeline.ts';
export type { NeededRules } from './needed-rules.ts';
export type { ConversionRequest, ConversionResult } from './compose-conversion.ts';
export type { LintResult } from './lint-applications.ts';
export type { TriedCheck } from './verification/try-check.ts';
export type { WrittenOverride, OverrideRequest } from './overrides/write-override.ts';
export type { ExplainRequest } from './explain-image.ts';
export type { PauseRequest, PauseResult } from './overrides/change-pause.ts';
export type { OverrideResult } from './overrides/override-results.ts';
export type { ImageTestRequest, ImageTestResult, TrackedTestResult } from './test-image.ts';

export interface Lynceus extends DryRuns, NoticeCommands {
  /** Checks what writing needs, before anything begins. Throws `signing-failed`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** One cycle; at most one at a time. It never throws for what one image, Application or remote does. */
  runCycle(request: CycleRequest, signal: AbortSignal): Promise<CycleReport>;
  testImage(request: ImageTestRequest, signal: AbortSignal): Promise<ImageTestResult>;
  /** The same, by what is set for an image of an Application. */
  testTracked(request: TrackedTestRequest, signal: AbortSignal): Promise<TrackedTestResult>;
  /** One measurement of a check. Throws `usage-invalid` when there is no such check or Application. */
  tryCheck(trial: CheckTrial, signal: AbortSignal): Promise<TriedCheck>;
  /** Writes an override, or shows what would be written. Throws `usage-invalid` when it cannot be applied. */
  override(
    override: OverrideRequest,
    request: Pick<CycleRequest, 'dryRun'>,
    signal: AbortSignal,
  ): Promise<WrittenOverride>;
  /** Promotes images in the name of a person, or shows what would be written. Throws `usage-invalid` when they may not be. */
  promote(
    promotion: PromoteRequest,
    request: Pick<CycleRequest, 'dryRun'>,
    signal: AbortSignal,
  ): Promise<WrittenOverride>;
  /** What is promoted from where, of one Application or of all. Throws `usage-invalid` when there is no such Application. */
  pipeline(application: string | undefined, signal: AbortSignal): Promise<PromotionPipeline>;
  /**
   * Pauses everything or one Application, or ends that; `namespace` is where the Lynceus runs that is meant, if not where this one would. Throws `usage-invalid` for Applications from
   * files: nothing can be kept for them.
   */
  readonly pause: (
    request: PauseRequest & { readonly namespace?: string | undefined },
    signal: AbortSignal,
  ) => Promise<PauseResult>;
  /** Checks the annotations, without any request. */
  lint(signal: AbortSignal): Promise<LintResult>;
  /** Converts annotations to `ImageUpdater`s, or back. */
  convert(request: ConversionRequest, signal: AbortSignal): Promise<ConversionResult>;
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
  /** When what was written is to be looked at again, and that this process leads from now on. */
  readonly verification: Pick<Verifier, 'dueAt' | 'takesLead'> & { losesLead(): void };
  /** What is known of images; `undefined` where `server.statusPort` is off. */
  readonly status: StatusStore | undefined;
  /** What the cluster offers; reached at the first call. `undefined` when Applications come from files. */
  readonly cluster: (() => Promise<Cluster>) | undefined;
  close(): Promise<void>;
}

function verificationOf(
  { writes, deliveries, notices }: ReturnType<typeof composeServices>,
  past: PastChanges | undefined,
): Lynceus['verification'] {
  return {
    dueAt: () => writes.verifier.dueAt(),
    takesLead() {
      writes.results.forget();
      writes.verifier.takesLead();
      past?.forget();
      deliveries.deliveries.clear();
      notices.feed?.takesLead();
    },
    losesLead: () => notices.feed?.losesLead(),
  };
}

type RunCycle = ReturnType<typeof composeCycles>;

/** The same, and what happened before is read after the first cycle. */
function noting(runCycle: RunCycle, past: PastChanges | undefined): RunCycle {
  if (past === undefined) return runCycle;
  return async (request, signal) => {
    const report = await runCycle(request, signal);
    past.after(report);
    return report;
  };
}

/** Builds everything from a checked configuration. This and its neighbours are the only files that know the adapters. */
export function compose(config: Config, environment: Environment): Lynceus {
  const { clock } = environment;
  const services = composeServices(config, environment);
  const { applications, registries, costs, cluster, cache, metrics, status, ...composed } = services;
  const { concurrency } = config.applications;
  const runOf = (signal: AbortSignal) => ({ clock, concurrency, onProgress: () => undefined, signal });
  const { policyContext } = applications;
  const { defaultRegistry } = policyContext;
  // Whoever tries an image wants to know what is there now, wherever it would be written.
  const now = { ...registries, revalidate: 0 };
  const asInCluster = { ...applications, policyContext: { ...policyContext, canWriteApplications: true } };
  const past = composePastChanges(services, config, environment);
  const runCycle = noting(composeCycles(services, config, environment), past);
  return {
    prepare: (signal) => composed.git.trySigning(signal),
    runCycle,
    testImage: (request, signal) =>
      cache.around(() =>
        testImage(request, { ...now, logins: composed.unboundLogins, defaultRegistry, costs }, runOf(signal)),
      ),
    testTracked: (request, signal) =>
      cache.around(() =>
        testTracked(
          request,
          { ...now, ...composed.verification, defaultRegistry, costs, applications: asInCluster },
          runOf(signal),
        ),
      ),
    ...composeDryRuns(services, runCycle, runOf),
    tryCheck: (trial, signal) =>
      tryCheck(
        trial,
        { checks: composed.checks, specs: specsOf(config), applications, git: composed.gitOf(true) },
        runOf(signal),
      ),
    override: (override, { dryRun }, signal) =>
      cache.around(() =>
        writeOverride(override, { applications, registries, git: composed.gitOf(dryRun) }, runOf(signal)),
      ),
    ...composePromotion(services, runCycle, runOf),
    pause: composePause(services, config, clock),
    lint: (signal) => lintApplications(applications, signal),
    convert: async (request, signal) =>
      await (await import('./compose-conversion.ts')).convertManifests(request, applications, signal),
    permissions: (signal) => neededRules({ applications, git: composed.gitOf(true) }, runOf(signal)),
    metrics,
    ...composeNoticeCommands(services, config),
    status,
    verification: verificationOf(services, past),
    cluster,
    async close() {
      await past?.stop();
      await composed.close();
    },
  };
}
