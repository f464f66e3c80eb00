import { imageKey } from '../../core/identity/image.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { PromotionGraph } from '../../core/promotion/graph.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { GitTurns } from '../git-turns.ts';
import type { FollowedBranches } from '../permit-places.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import { createPromotions, type Promotions } from './promotions.ts';
import { createUpstreamVersions, type UpstreamVersions } from './upstream-versions.ts';

/** An image that others of a cycle are promoted from. */
export interface NeededUpstream {
  readonly image: TrackedImage;
  /** Whether its registry may be asked what is behind a tag. */
  readonly isAsked: boolean;
}

/** The upstream images of the images that are decided, each once. */
export function upstreamsOf(
  images: readonly TrackedImage[],
  graph: PromotionGraph,
): readonly NeededUpstream[] {
  const found = new Map<string, NeededUpstream>();
  for (const tracked of images) {
    const byDigest = tracked.policy.promotion?.by === 'digest';
    for (const image of graph.upstreamsOf(tracked)) {
      const isAsked = byDigest || found.get(imageKey(image))?.isAsked === true;
      found.set(imageKey(image), { image, isAsked });
    }
  }
  return [...found.values()];
}

export interface UpstreamReading {
  readonly services: Pick<CycleServices, 'git' | 'writes' | 'upstreamHistories'>;
  readonly run: Pick<CycleRun, 'clock' | 'concurrency'>;
  readonly known: readonly TrackedImage[];
  readonly fence: Fence;
  readonly followed: FollowedBranches;
  readonly session: WriterSession;
  readonly git: GitTurns;
}

/** What images have had, read when somebody asks. */
export function upstreamVersionsOf(
  upstreams: readonly TrackedImage[],
  { services, run, ...options }: UpstreamReading,
): UpstreamVersions {
  const { createMissing, limits, plan } = services.git;
  return createUpstreamVersions(upstreams, {
    ...options,
    results: services.writes?.results,
    histories: services.upstreamHistories,
    clock: run.clock,
    concurrency: run.concurrency,
    createMissing,
    limits,
    trailers: plan.trailers,
  });
}

/** `undefined` when no image is promoted. */
export function promotionsOf(
  upstreams: readonly TrackedImage[],
  { graph, ...reading }: UpstreamReading & { readonly graph: PromotionGraph },
): Promotions | undefined {
  if (upstreams.length === 0) return undefined;
  const { clock } = reading.run;
  return createPromotions(graph, { upstreamVersions: upstreamVersionsOf(upstreams, reading), clock });
}
