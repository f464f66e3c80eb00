import { imageKey } from '../../core/identity/image.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { PromotionGraph } from '../../core/promotion/graph.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { GitTurns } from '../git-turns.ts';
import type { FollowedBranches } from '../permit-places.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import { createPromotions, type Promotions } from './promotions.ts';
import { createUpstreamVersions } from './upstream-versions.ts';

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

export interface CyclePromotions {
  readonly services: Pick<CycleServices, 'git' | 'promotion'>;
  readonly run: Pick<CycleRun, 'clock' | 'concurrency'>;
  readonly known: readonly TrackedImage[];
  readonly graph: PromotionGraph;
  readonly fence: Fence;
  readonly followed: FollowedBranches;
  readonly session: WriterSession;
  readonly git: GitTurns;
}

/** `undefined` when no image is promoted. */
export function promotionsOf(
  upstreams: readonly TrackedImage[],
  { services, run, graph, ...options }: CyclePromotions,
): Promotions | undefined {
  if (upstreams.length === 0) return undefined;
  const { createMissing, limits, plan } = services.git;
  const upstreamVersions = createUpstreamVersions(upstreams, {
    ...options,
    ...services.promotion,
    concurrency: run.concurrency,
    createMissing,
    limits,
    trailers: plan.trailers,
  });
  return createPromotions(graph, { upstreamVersions, clock: run.clock });
}
