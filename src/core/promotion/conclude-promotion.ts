import type { ChosenImage } from '../change.ts';
import type { ImagePolicy, PresentImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { PromotionFacts } from '../reasons/promotion-facts.ts';
import type { Decision, PromotedChoice } from '../selection/decision.ts';
import { placeIn } from '../selection/place-in.ts';
import { createComparison } from '../strategies/compare-tags.ts';
import type { PromotedVersion } from './eligible-versions.ts';
import type { UpstreamVersion } from './upstream-version.ts';

/** What an image may be promoted to. */
export interface PromotedImage {
  /** For people, in the order in which they are named. */
  readonly upstreams: readonly string[];
  /** Newest first. */
  readonly versions: readonly PromotedVersion[];
}

interface Situation {
  readonly policy: ImagePolicy;
  readonly present: PresentImage | undefined;
}

/**
 * The versions to choose from. Those behind the version in force are left out where it came the same way, so that it is not replaced
 * because it is not old enough there yet; `allow-downgrade` lets them in again, unless the version in force was rolled back there.
 */
export function promotedChoice(
  { upstreams, versions }: PromotedImage,
  { policy, present }: Situation,
): PromotedChoice {
  const order = versions.map(({ version }) => version);
  const place = placeOf(order, present);
  const isBack = place !== undefined && versions[place]?.judgement.kind === 'rolled-back';
  const last = place === undefined || (policy.allowDowngrade && !isBack) ? versions.length : place + 1;
  const eligible = versions
    .slice(0, last)
    .filter(({ judgement }) => judgement.kind === 'eligible')
    // A tag that moves does not tell which image it was there.
    .filter(({ digest }) => digest !== undefined || policy.strategy.kind !== 'digest')
    .map(({ tag, digest }) => ({ tag, ...(digest === undefined ? {} : { digest }) }));
  return { eligible, order, upstreams };
}

/** The version in force, where an upstream image rolled it back; it stays, and people are told. */
export function rolledBackUpstream(
  { versions }: PromotedImage,
  present: PresentImage | undefined,
):
  | {
      readonly version: string;
      readonly upstream: string;
      readonly by: NonNullable<UpstreamVersion['rolledBack']>;
    }
  | undefined {
  const order = versions.map(({ version }) => version);
  const found = versions[placeOf(order, present) ?? -1];
  if (found?.judgement.kind !== 'rolled-back') return undefined;
  return { version: found.version, upstream: found.upstream, by: found.judgement.by };
}

/**
 * What is said of an image that is promoted:
 *
 *   chosen among what may be promoted       newer versions upstream       decision
 *   --------------------------------------  ----------------------------  ------------------------------------------
 *   an update, held or failed otherwise     any                           the same
 *   the version in force                    none, or taken back           the same
 *   the version in force, or nothing        not enough yet                held promotion-waiting, for the newest
 *   the version in force, or nothing        enough, not in the registry   held promotion-waiting
 *   nothing                                 none: it has the newest       current
 *   nothing                                 none that passes its rules    held promotion-waiting
 */
export function concludePromotion(
  decision: Decision,
  image: PromotedImage,
  {
    fitting,
    isListed,
    repository,
    ...situation
  }: Situation & {
    /** Tags that the rules of the image let through. */
    readonly fitting: ReadonlySet<string>;
    readonly isListed: (tag: string) => boolean;
    /** Of the image, for people. */
    readonly repository: string;
  },
): Decision {
  if (!isOpen(decision)) return decision;
  const { policy } = situation;
  const ahead = image.versions.filter((one) => fitting.has(one.tag) && isAhead(one, image, situation));
  for (const one of ahead) {
    if (one.judgement.kind === 'waiting') return waiting(one, judged(one, policy));
    if (one.judgement.kind === 'eligible' && !isListed(one.tag))
      return waiting(one, { kind: 'not-listed', version: one.version, repository });
    if (one.judgement.kind === 'eligible') break;
  }
  if (decision.outcome === 'current') return decision;
  const [newest] = ahead;
  if (newest !== undefined) return waiting(newest, judged(newest, policy));
  return withoutNewer(image, situation);
}

function isOpen({ outcome, code }: Decision): boolean {
  return (
    outcome === 'current' || (outcome === 'skipped' && (code === 'no-tags' || code === 'no-matching-tag'))
  );
}

function withoutNewer(image: PromotedImage, { policy, present }: Situation): Decision {
  const { versions, upstreams } = image;
  const order = versions.map(({ version }) => version);
  const now = versions[placeOf(order, present) ?? -1];
  if (now?.judgement.kind === 'rolled-back') return waiting(now, judged(now, policy));
  if (now !== undefined && present !== undefined) {
    // What is wrong with it is mended as soon as it may be written.
    if (present.fault !== undefined || present.differing !== undefined)
      return waiting(now, judged(now, policy));
    const chosen = chosenOf(now);
    const { strategy } = policy;
    const facts = { chosen, strategy, considered: versions.length, promotedFrom: upstreams };
    return { outcome: 'current', code: 'up-to-date', facts, candidate: chosen };
  }
  const facts: PromotionFacts =
    versions.length === 0
      ? { kind: 'nothing', upstreams }
      : { kind: 'none-fits', upstreams, count: versions.length };
  return { outcome: 'held', code: 'promotion-waiting', facts, candidate: undefined };
}

function judged(
  { version, upstream, judgement }: PromotedVersion,
  { promotion }: ImagePolicy,
): PromotionFacts {
  if (judgement.kind === 'eligible' || promotion === undefined)
    return { kind: 'nothing', upstreams: [upstream] };
  const { when, after } = promotion;
  return { kind: 'judged', version, upstream, judgement, asked: { when, after } };
}

function waiting(version: PromotedVersion, facts: PromotionFacts): Decision {
  return { outcome: 'held', code: 'promotion-waiting', facts, candidate: chosenOf(version) };
}

function chosenOf({ tag, digest }: PromotedVersion): ChosenImage {
  return { tag, digest };
}

function placeOf(order: readonly string[], present: PresentImage | undefined): number | undefined {
  const now = versionText(present);
  return now === undefined ? undefined : placeIn(order, now);
}

/** Whether a version came after the one in force; one that upstream never had is compared by the strategy, where that can. */
function isAhead(
  { version, tag }: PromotedVersion,
  { versions }: PromotedImage,
  { policy, present }: Situation,
): boolean {
  const order = versions.map((one) => one.version);
  const place = placeOf(order, present);
  if (place !== undefined) return order.indexOf(version) < place;
  if (present?.tag === undefined) return true;
  return (createComparison(policy.strategy)(tag, present.tag) ?? 1) > 0;
}
