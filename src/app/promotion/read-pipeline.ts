import { applicationKey } from '../../core/identity/application.ts';
import { formatName } from '../../core/image/reference.ts';
import { imageKey } from '../../core/identity/image.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { Problem } from '../../core/problem.ts';
import { imageText } from '../../core/promotion/promotion-faults.ts';
import type { PromotionGraph } from '../../core/promotion/graph.ts';
import type { PromotionPolicy } from '../../core/promotion/promotion-policy.ts';
import type { UpstreamTimeline, UpstreamVersion } from '../../core/promotion/upstream-version.ts';
import type { CycleReport, ImageResult } from '../../core/report.ts';
import { LynceusError } from '../../errors.ts';
import type { CycleScope } from '../../ports/tick.ts';
import { NO_LIMITS } from '../cycle-limits.ts';
import { followedBranches } from '../followed-branches.ts';
import { createGitTurns } from '../git-turns.ts';
import { matchImages } from '../overrides/find-images.ts';
import { EVERYTHING } from '../ownership.ts';
import { fenceOf } from '../permit-images.ts';
import { readApplications } from '../read-applications.ts';
import { readAllPolicies } from '../read-policies.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import { withSession } from '../with-session.ts';
import { judgePromotions } from './judge-promotions.ts';
import { upstreamVersionsOf } from './promotions-of-cycle.ts';

/** One image of a pipeline. */
export interface PipelineImage {
  /** What it is called there: `argocd/shop-dev/api`. */
  readonly text: string;
  readonly tracked: TrackedImage;
  /** The images that it is promoted from, by their texts. */
  readonly upstreams: readonly string[];
  /** What it asks of them; absent for an image that takes its versions from the registry. */
  readonly asks?: Omit<PromotionPolicy, 'from'>;
  /** The version in force; an error where that could not be read, `undefined` where there is none. */
  readonly inForce: UpstreamVersion | LynceusError | undefined;
  /** What would happen to it now; `undefined` where it was not evaluated. */
  readonly result: ImageResult | undefined;
}

export interface PromotionPipeline {
  /** Upstream before downstream. */
  readonly images: readonly PipelineImage[];
  /** Of the settings of promotion. */
  readonly problems: readonly Problem[];
  readonly failures: CycleReport['failures'];
}

export interface PipelineServices extends Pick<CycleServices, 'applications' | 'git' | 'writes'> {
  /** A dry run of these Applications. */
  readonly evaluate: (only: CycleScope, signal: AbortSignal) => Promise<CycleReport>;
}

/**
 * What is promoted from where, with the version of each image and what it waits for. Nothing is written. `application` is a name, for
 * its pipelines alone. Throws `usage-invalid` when there is no such Application, and
 * what reading the Applications threw when there are none.
 */
export async function readPipeline(
  application: string | undefined,
  services: PipelineServices,
  run: Omit<CycleRun, 'log'>,
): Promise<PromotionPipeline> {
  const { signal } = run;
  const wanted =
    application === undefined
      ? undefined
      : await matchImages({ application, image: undefined }, services.applications, signal);
  const read = await readApplications(services.applications, signal);
  if (read.applications.length === 0 && read.failures[0] !== undefined) throw read.failures[0];
  const fence = fenceOf(read, services.applications);
  const scope = { owns: EVERYTHING, only: undefined, fence };
  const policies = judgePromotions(readAllPolicies(read, services.applications.policyContext, scope), fence);
  const { graph, known } = policies;
  const images = connected(policies.everywhere, graph, wanted?.images);
  const named = new Set(wanted?.images.map((image) => applicationKey(image.application)));
  // With any other problem an image is not in the graph, so that it is told as well.
  const asking = new Set(
    read.applications
      .filter(({ annotations }) => Object.keys(annotations).some(isOfPromotion))
      .map(applicationKey),
  );
  const problems = policies.problems.filter(
    (problem) =>
      (isOfPromotion(problem.key) || asking.has(applicationKey(problem.application))) &&
      (wanted === undefined || named.has(applicationKey(problem.application))),
  );
  if (images.length === 0) return { images: [], problems, failures: read.failures };
  await services.writes?.results.load(signal);
  const timelines = await withSession(services.git.writer, async (session) => {
    const git = createGitTurns({ concurrency: run.concurrency, limits: NO_LIMITS, paces: new Map() });
    const followed = followedBranches(read.applications, fence);
    const versions = upstreamVersionsOf(images, {
      services,
      run,
      known,
      fence,
      followed,
      session,
      git,
    });
    return new Map(
      await Promise.all(
        images.map(async (image) => [imageKey(image), await versions.timelineOf(image, signal)] as const),
      ),
    );
  });
  const applications = images.map((image) => image.application);
  const report = await services.evaluate({ applications, pushes: [] }, signal);
  const { images: results } = report;
  return {
    images: images.map((tracked) => pipelineImage(tracked, graph, { timelines, results })),
    problems,
    failures: report.failures,
  };
}

function isOfPromotion(key: string): boolean {
  return /(?:^|[./])promote-[a-z]+$/.test(key);
}

function pipelineImage(
  tracked: TrackedImage,
  graph: PromotionGraph,
  {
    timelines,
    results,
  }: {
    readonly timelines: ReadonlyMap<string, UpstreamTimeline | LynceusError>;
    readonly results: readonly ImageResult[];
  },
): PipelineImage {
  const timeline = timelines.get(imageKey(tracked));
  const { promotion } = tracked.policy;
  const { application, alias, image } = tracked;
  return {
    text: imageText(tracked),
    tracked,
    upstreams: graph.upstreamsOf(tracked).map(imageText),
    ...(promotion === undefined ? {} : { asks: promotion }),
    inForce:
      timeline instanceof LynceusError ? timeline : timeline?.versions.find(({ isInForce }) => isInForce),
    result: results.find(
      (one) =>
        applicationKey(one.application) === applicationKey(application) &&
        one.alias === alias &&
        one.image === formatName(image),
    ),
  };
}

/** The images that are promoted or promoted from, and have to do with those that are wanted; upstream before downstream. */
function connected(
  everywhere: readonly TrackedImage[],
  graph: PromotionGraph,
  wanted: readonly TrackedImage[] | undefined,
): readonly TrackedImage[] {
  const downstream = new Map<string, TrackedImage[]>();
  const byKey = new Map<string, TrackedImage>();
  for (const tracked of everywhere)
    for (const upstream of graph.upstreamsOf(tracked)) {
      byKey.set(imageKey(tracked), tracked);
      byKey.set(imageKey(upstream), upstream);
      const key = imageKey(upstream);
      downstream.set(key, [...(downstream.get(key) ?? []), tracked]);
    }
  const chosen = new Set<string>();
  const open =
    wanted === undefined ? [...byKey.keys()] : wanted.map(imageKey).filter((key) => byKey.has(key));
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const tracked = byKey.get(key);
    if (tracked === undefined || chosen.has(key)) continue;
    chosen.add(key);
    open.push(...[...graph.upstreamsOf(tracked), ...(downstream.get(key) ?? [])].map(imageKey));
  }
  const ordered: TrackedImage[] = [];
  const done = new Set<string>();
  // Roots first, then what has all of its upstream images before it.
  const ready = [...byKey.values()].filter(
    (tracked) => chosen.has(imageKey(tracked)) && graph.upstreamsOf(tracked).length === 0,
  );
  for (let tracked = ready.shift(); tracked !== undefined; tracked = ready.shift()) {
    if (done.has(imageKey(tracked))) continue;
    done.add(imageKey(tracked));
    ordered.push(tracked);
    ready.push(
      ...(downstream.get(imageKey(tracked)) ?? []).filter((one) =>
        graph.upstreamsOf(one).every((upstream) => done.has(imageKey(upstream))),
      ),
    );
  }
  return ordered;
}
