import {
  decideChosen,
  incomplete,
  inForce,
  isInForce,
  nothingFits,
  nothingMatches,
  upToDate,
  type PromotedChoice,
} from './decision.ts';
import { checkTag, lacksImages, requiredPlatforms } from './check-tag.ts';
import { newerByPromotion } from './count-newer.ts';
import { placeIn } from './place-in.ts';
import { versionText } from '../presence.ts';
import type { Rejection, StepBack } from '../reasons/reason.ts';
import { takesDigest } from '../written-image.ts';
import { decided, MOST_REJECTED, type Search, type TagSearch } from './selection-step.ts';

/**
 * Chooses among the versions of another image in its order, whatever the strategy; the constraint of the strategy counts. The first
 * that is an image for the required platforms wins; with a digest, the one that is behind the tag has to be that.
 */
export function byPromotion({ input, rule, tags }: TagSearch, { eligible, order }: PromotedChoice): Search {
  const present = inForce(input.presence, input.observed);
  const fitting = new Set(tagsOfRule({ rule, tags }, present?.tag));
  const ranked = eligible.filter(({ tag }) => fitting.has(tag));
  const considered = ranked.length;
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  // Every version of such an image has the same tag, which is somewhere else by now.
  const isFollowed = input.policy.strategy.kind === 'digest';
  const written = input.presence.kind === 'present' ? input.presence.image : undefined;
  const hasRoom = input.slot === undefined || takesDigest(input.slot, written);
  const step: Search['step'] = (facts) => {
    if (considered === 0) return decided(nothingMatches(input, considered));
    const rejected: Rejection[] = [];
    for (const { tag, digest } of ranked.slice(0, MOST_REJECTED)) {
      const named = { tag, digest: hasRoom ? digest : undefined };
      const isKnown = digest !== undefined || !rule.pinsDigest;
      if (isKnown && isInForce(input, named))
        return decided(upToDate({ input, chosen: named, considered, rejected }));
      const reference = isFollowed && digest !== undefined ? digest : tag;
      const knowledge = facts.get(reference);
      if (knowledge === undefined || lacksImages(knowledge))
        return {
          kind: 'need',
          tags: [reference],
          needs: { images: knowledge !== undefined || !rule.pinsDigest, created: undefined },
        };
      const check = checkTag(tag, knowledge, required);
      if (check.kind === 'unreadable') return decided(incomplete(tag, check.error));
      if (check.kind === 'unfit') {
        rejected.push(check.why);
        continue;
      }
      if (digest !== undefined && check.facts.digest !== digest) {
        rejected.push({ kind: 'other-digest', tag });
        continue;
      }
      const chosen = { tag, digest: named.digest ?? (rule.pinsDigest ? check.facts.digest : undefined) };
      const stepBack = isOlder(versionText(present), versionText({ tag, digest }) ?? tag);
      const newer = newerByPromotion({ input, chosen, rejected }, ranked, order);
      return decided(decideChosen({ input, chosen, considered, rejected, stepBack }, check.images), newer);
    }
    return decided(nothingFits(rejected));
  };
  const lineUp: Search['lineUp'] = () => [...new Set(ranked.map(({ tag }) => tag))].map((tag) => ({ tag }));
  return { step, lineUp };

  /** By the order of the other image; versions have an order of their own (see `findDowngrade`). */
  function isOlder(now: string | undefined, version: string): StepBack | undefined {
    if (now === undefined || input.policy.strategy.kind === 'semver') return undefined;
    const [from, to] = [now, version].map((one) => placeIn(order, one));
    if (from === undefined || to === undefined || to <= from) return undefined;
    return { kind: 'older', by: 'upstream' };
  }
}

/** The tags that the strategy would take at all. */
export function tagsOfRule(
  { rule, tags }: Pick<TagSearch, 'rule' | 'tags'>,
  now: string | undefined,
): readonly string[] {
  if (rule.needs !== 'names') return tags;
  return rule.rank(
    tags.map((tag) => ({ tag, created: undefined })),
    now,
  );
}
