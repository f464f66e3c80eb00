import { checkTag, lacksImages, newest, requiredPlatforms } from './check-tag.ts';
import {
  decideChosen,
  incomplete,
  inForce,
  isInForce,
  nothingFits,
  nothingMatches,
  upToDate,
} from './decision.ts';
import { newerByName } from './count-newer.ts';
import type { Rejection, StepBack } from '../reasons/reason.ts';
import type { StrategyRule } from '../strategies/strategy.ts';
import type { TagListing } from '../tags/facts.ts';
import { decided, MOST_REJECTED, type Search, type SelectionStep, type TagSearch } from './selection-step.ts';
import { stepBackByName, stepBackByPlace } from './step-back.ts';

/**
 * Chooses by the names of the tags, or by their places in a listing that is in order: the best is checked first, and the next one
 * where it does not fit.
 */
export function byName({ input, rule, tags, present }: TagSearch): Search {
  const considered = tags.length;
  const ranked = rule.rank(
    tags.map((tag) => ({ tag, created: undefined })),
    inForce(input.presence, input.observed)?.tag,
  );
  const lineUp: Search['lineUp'] = () => ranked.map((tag) => ({ tag }));
  if (ranked.length === 0) return { lineUp, step: () => decided(nothingMatches(input, considered)) };
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  const step: Search['step'] = (facts) => {
    const rejected: Rejection[] = [];
    for (const tag of ranked.slice(0, MOST_REJECTED)) {
      const named = { tag, digest: undefined };
      if (!rule.pinsDigest && isInForce(input, named))
        return decided(upToDate({ input, chosen: named, considered, rejected }));
      const knowledge = facts.get(tag);
      if (knowledge === undefined) return need(tag, !rule.pinsDigest);
      if (lacksImages(knowledge)) {
        const chosen = { tag, digest: knowledge.facts.digest };
        if (rule.pinsDigest && isInForce(input, chosen))
          return decided(upToDate({ input, chosen, considered, rejected }));
        return need(tag, true);
      }
      const check = checkTag(tag, knowledge, required);
      if (check.kind === 'unreadable') return decided(incomplete(tag, check.error));
      if (check.kind === 'unfit') {
        rejected.push(check.why);
        continue;
      }
      const chosen = { tag, digest: rule.pinsDigest ? check.facts.digest : undefined };
      const stepBack = stepBackOf(tag, newest(check.images, input.now));
      const newer = newerByName({ input, chosen, rejected }, ranked);
      return decided(decideChosen({ input, chosen, considered, rejected, stepBack }, check.images), newer);
    }
    return decided(nothingFits(rejected));
  };
  return { lineUp, step };

  /** For versions see `findDowngrade`: one can be lower by its name alone. */
  function stepBackOf(tag: string, built: number | undefined): StepBack | undefined {
    switch (input.policy.strategy.kind) {
      case 'semver':
      case 'digest':
        return undefined;
      case 'alphabetical':
        return stepBackByName(present, tag);
      case 'newest-build':
      case 'newest-pushed':
        return stepBackByPlace(present, { tag, built }, ranked);
    }
  }
}

/** A moved digest is found without reading the manifest; only then is more requested. */
function need(tag: string, images: boolean): SelectionStep {
  return { kind: 'need', tags: [tag], needs: { images, created: undefined } };
}

/** The administrator configured what the order of the listing means: the position in it counts as the date. */
export function inListedOrder(rule: StrategyRule, listing: TagListing): StrategyRule {
  const place = new Map(listing.tags.map((tag, index) => [tag, index]));
  const sign = listing.order === 'latest-first' ? -1 : 1;
  return {
    ...rule,
    needs: 'names',
    rank: (candidates) =>
      rule.rank(
        candidates.map(({ tag }) => {
          const at = sign * (place.get(tag) ?? 0);
          return { tag, created: at, pushed: at };
        }),
      ),
  };
}
