import { compileFilter, compileMisses, isSupplementaryTag } from '../tags/filter.ts';
import { inForce, type Decision, type SelectionInput } from './decision.ts';
import { otherImageAt } from './other-image.ts';
import type { TrackedImage } from '../policy.ts';
import { eachPresent, hasDigestAlone, type Presence } from '../presence.ts';
import { withFollowedTag } from '../strategies/digest.ts';
import { createStrategy } from '../strategies/index.ts';
import type { StrategyRule } from '../strategies/strategy.ts';
import { byBuild } from './select-by-build.ts';
import { byName, inListedOrder } from './select-by-name.ts';
import { byPromotion, tagsOfRule } from './select-by-promotion.ts';
import { byPush } from './select-by-push.ts';
import { presentVersion } from './step-back.ts';
import type { Search, TagRemoval, TagSearch } from './selection-step.ts';
import { needsDigest } from '../written-image.ts';

/**
 * How a selection ends (see `selection-step.ts`):
 *
 *   target has             candidates, best first            decision
 *   ---------------------  --------------------------------  ------------------------------------------
 *   nothing, may not add   any                               failed   key-missing
 *   nothing, not running   any                               skipped  not-live        (unless force-update)
 *   another image's name   any                               skipped  other-image     (see `otherImageAt`)
 *   any                    the registry has no tags          skipped  no-tags
 *   any                    none passes filters and strategy  skipped  no-matching-tag
 *   the best               the best                          current  up-to-date
 *   an equal of the best   the best                          current  up-to-date (another spelling, the same build)
 *   another                best is unusable / wrong platform the next best is checked
 *   another                best could not be read            failed   metadata-incomplete (never an older winner)
 *   another                best fits                         update   newer-version, digest-moved, first-write,
 *                                                                     rewritten; with `stepBack` where it is or may be older
 *   another                several builds of the last time   skipped  no-newest-build
 *   one of them            several builds of the last time   current  up-to-date
 *   another                none fits                         skipped  no-matching-platform
 */
export interface SelectionRun extends Search {
  /** How many tags were left after the filters. */
  readonly considered: number;
  /** What leaves a tag out by its name alone; `undefined` for one that may be chosen. */
  removalOf(tag: string): TagRemoval | undefined;
}

/**
 * Decides what needs no tags; `undefined` means that the registry must be asked. Throws `LynceusError` when there is no tag
 * to follow.
 */
export function decideWithoutTags(
  tracked: Pick<TrackedImage, 'image' | 'policy' | 'observed' | 'destination'>,
  presence: Presence,
): Decision | undefined {
  const decision = decideAbsent(tracked, presence);
  if (decision === undefined) withFollowedTag(tracked.policy.strategy, inForce(presence, tracked.observed));
  return decision;
}

function decideAbsent(
  tracked: Pick<TrackedImage, 'image' | 'policy' | 'observed' | 'destination'>,
  presence: Presence,
): Decision | undefined {
  const { policy, observed } = tracked;
  const other = eachPresent(inForce(presence, observed))
    .map((one) => otherImageAt(tracked, one))
    .find((one) => one !== undefined);
  if (other !== undefined && (presence.kind === 'present' || presence.mayCreate))
    return { outcome: 'skipped', code: 'other-image', facts: other, candidate: undefined };
  if (presence.kind === 'present') return undefined;
  if (presence.mayCreate && observed.declared !== undefined) return undefined;
  if (!presence.mayCreate) {
    const facts = { kind: 'image-missing', detail: presence.detail } as const;
    return { outcome: 'failed', code: 'key-missing', facts, candidate: undefined };
  }
  if (observed.live !== 'not-live' || policy.forceUpdate) return undefined;
  return {
    outcome: 'skipped',
    code: 'not-live',
    facts: { detail: presence.detail },
    candidate: undefined,
  };
}

/** Starts the selection for one image. Throws `LynceusError` when the policy's own text is invalid. */
export function startSelection(wanted: SelectionInput): SelectionRun {
  const input = withResolvedStrategy(wanted);
  const rule = ruleFor(input);
  const missOf = compileMisses(input.policy.filter);
  const leftOut = (tag: string): TagRemoval | undefined =>
    isSupplementaryTag(tag)
      ? { kind: 'supplementary' }
      : (missOf(tag) ?? (input.turnedAway?.has(tag) === true ? { kind: 'passed-over' } : undefined));
  const tags = input.listing.tags.filter((tag) => leftOut(tag) === undefined);
  const present = presentVersion(input, (tag) => missOf(tag) === undefined, tags);
  return {
    considered: tags.length,
    removalOf: (tag) => leftOut(tag) ?? rule.refuses(tag),
    ...searchOf({ input, rule, tags, present }),
  };
}

/** Those of the tags that the policy of an image lets through, in whatever order. Throws as `startSelection`. */
export function fittingTags(
  { policy, presence, observed }: Pick<SelectionInput, 'policy' | 'presence' | 'observed'>,
  tags: readonly string[],
): ReadonlySet<string> {
  const now = inForce(presence, observed);
  const passes = compileFilter(policy.filter);
  const rule = createStrategy(withFollowedTag(policy.strategy, now));
  return new Set(tagsOfRule({ rule, tags: tags.filter(passes) }, now?.tag));
}

function withResolvedStrategy(input: SelectionInput): SelectionInput {
  const { policy, presence, observed } = input;
  return {
    ...input,
    policy: { ...policy, strategy: withFollowedTag(policy.strategy, inForce(presence, observed)) },
  };
}

function searchOf(search: TagSearch): Search {
  const { input, rule, tags } = search;
  if (input.promoted !== undefined) return byPromotion(search, input.promoted);
  if (rule.needs === 'names') return byName(search);
  if (input.listing.order !== 'unordered' && tags.length > 0)
    return byName({ ...search, rule: inListedOrder(rule, input.listing) });
  return rule.needs === 'dates' ? byBuild(search) : byPush(search);
}

/** A digest is written where the strategy requires it, and where the target or the slot's template has a place for it. */
function ruleFor({ policy: { strategy }, slot, presence, observed }: SelectionInput): StrategyRule {
  const rule = createStrategy(strategy);
  if (slot === undefined) return rule;
  const now = inForce(presence, observed);
  const hasPlace = now !== undefined && (now.digestKey !== undefined || hasDigestAlone(now, slot));
  return { ...rule, pinsDigest: rule.pinsDigest || hasPlace || needsDigest(slot) };
}
