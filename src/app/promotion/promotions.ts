import type { TrackedImage } from '../../core/policy.ts';
import type { Presence } from '../../core/presence.ts';
import { rolledBackUpstream, type PromotedImage } from '../../core/promotion/conclude-promotion.ts';
import { promotedVersions } from '../../core/promotion/eligible-versions.ts';
import type { PromotionGraph } from '../../core/promotion/graph.ts';
import { imageText } from '../../core/promotion/promotion-faults.ts';
import type { Warning } from '../../core/reasons/warning.ts';
import { inForce } from '../../core/selection/decision.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UpstreamVersions } from './upstream-versions.ts';

/** What an image may be promoted to, or which upstream image could not be read. */
export type Promoted =
  | (PromotedImage & { readonly kind: 'read'; readonly images: readonly TrackedImage[] })
  | { readonly kind: 'unread'; readonly upstream: string; readonly error: LynceusError };

/** What the images of a cycle may be promoted to. */
export interface Promotions {
  /** `undefined` for an image that is not promoted. */
  of(tracked: TrackedImage, signal: AbortSignal): Promise<Promoted | undefined>;
  /** What a person should know of the version in force. */
  notesOf(tracked: TrackedImage, presence: Presence, signal: AbortSignal): Promise<readonly Warning[]>;
}

export function createPromotions(
  graph: PromotionGraph,
  { upstreamVersions, clock }: { readonly upstreamVersions: UpstreamVersions; readonly clock: Clock },
): Promotions {
  async function of(tracked: TrackedImage, signal: AbortSignal): Promise<Promoted | undefined> {
    const { promotion } = tracked.policy;
    if (promotion === undefined) return undefined;
    const images = graph.upstreamsOf(tracked);
    const read = await Promise.all(
      images.map(async (upstream) => ({
        upstream: imageText(upstream),
        timeline: await upstreamVersions.timelineOf(upstream, signal),
      })),
    );
    const timelines = [];
    for (const { upstream, timeline } of read) {
      if (timeline instanceof LynceusError) return { kind: 'unread', upstream, error: timeline };
      const { deploymentUnread } = timeline;
      if (deploymentUnread !== undefined && promotion.when !== 'written')
        return { kind: 'unread', upstream, error: deploymentUnread };
      timelines.push(timeline);
    }
    const versions = promotedVersions(timelines, promotion, clock.now());
    return { kind: 'read', upstreams: timelines.map(({ upstream }) => upstream), versions, images };
  }

  return {
    of,
    async notesOf(tracked, presence, signal) {
      const promoted = await of(tracked, signal);
      if (promoted?.kind !== 'read') return [];
      const facts = rolledBackUpstream(promoted, inForce(presence, tracked.observed));
      return facts === undefined ? [] : [{ code: 'rolled-back-upstream', facts }];
    },
  };
}
