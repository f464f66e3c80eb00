import type { ExplainedTag, TagOutcome, TagOutcomeKind } from '../reasons/tag-outcome.ts';
import type { TurnedAway } from '../reasons/reason.ts';
import { createComparison, createPrecedence } from '../strategies/compare-tags.ts';
import { checkTag, newest, requiredPlatforms, type TagCheck, type TagLookup } from './check-tag.ts';
import { inForce, type Decision, type SelectionInput } from './decision.ts';
import { newestFirst } from './newest-first.ts';
import { startSelection, type SelectionRun } from './select.ts';

/** One search for a version, as it ended. */
export interface SearchedTags {
  readonly input: SelectionInput;
  /** All that was asked of tags for it. */
  readonly facts: ReadonlyMap<string, TagLookup>;
}

export interface ExplainedSearch {
  /** Every tag of the listing, the newest first by what the strategy compares. */
  readonly tags: readonly ExplainedTag[];
  /** How many passed the filters. */
  readonly considered: number;
  /** What the search came to; `undefined` when the facts are not enough for it. */
  readonly decision: Decision | undefined;
}

/**
 * What became of every tag of a listing. The search is done again, from the same facts: what is called chosen here is what a cycle
 * chooses. `turnedAway` is what gates said of versions that were chosen before. Throws as `startSelection`.
 */
export function explainSearch(
  { input, facts }: SearchedTags,
  turnedAway: readonly TurnedAway[] = [],
): ExplainedSearch {
  const run = startSelection(input);
  const step = run.step(facts);
  const decision = step.kind === 'decided' ? step.decision : undefined;
  const line = run.lineUp(facts);
  const places = new Map(line.map(({ tag }, index) => [tag, index + 1]));
  const now = inForce(input.presence, input.observed)?.tag;
  const outcomeOf = createJudge({ input, facts, run, places, chosen: chosenTag(decision), now, turnedAway });
  const times = timesOf({ input, facts, line });
  const tags = input.listing.tags.map((tag): ExplainedTag => {
    const time = times(tag);
    const known = knownOf(facts.get(tag));
    return {
      tag,
      outcome: outcomeOf(tag),
      isInForce: tag === now,
      ...(time === undefined ? {} : { time }),
      ...(known === undefined ? {} : { digest: known.digest }),
    };
  });
  // Those that gates turned away passed the filters too.
  const considered = tags.filter(({ outcome }) => !FILTERED.includes(outcome.kind)).length;
  return { tags: newestFirst(tags, { input, places }), considered, decision };
}

const FILTERED: readonly TagOutcomeKind[] = ['supplementary', 'not-allowed', 'other-pattern', 'ignored'];

/** The version that a decision is about. */
function chosenTag(decision: Decision | undefined): string | undefined {
  return decision?.outcome === 'update' ? decision.to.tag : decision?.candidate?.tag;
}

interface Judging extends SearchedTags {
  readonly run: SelectionRun;
  /** From 1; a tag that is not in the order has none. */
  readonly places: ReadonlyMap<string, number>;
  readonly chosen: string | undefined;
  readonly now: string | undefined;
  readonly turnedAway: readonly TurnedAway[];
}

function createJudge(judging: Judging): (tag: string) => TagOutcome {
  const { input, facts, run, places, chosen, now } = judging;
  const whys = new Map(judging.turnedAway.map((why) => [why.facts.candidate.tag, why]));
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  const atPlace = createPlaceJudge(judging);

  return (tag) => {
    const why = whys.get(tag);
    if (why !== undefined) return { kind: 'turned-away', why };
    const removal = run.removalOf(tag);
    if (removal?.kind === 'passed-over') return passedOver(tag);
    if (removal !== undefined) return removal;
    if (tag === chosen) return { kind: 'chosen' };
    const { promoted } = input;
    const place = places.get(tag);
    if (promoted !== undefined && place === undefined) {
      const isKnown = promoted.order.some((version) => version.split('@')[0] === tag);
      return { kind: 'not-promoted', upstreams: promoted.upstreams, why: isKnown ? 'not-yet' : 'never-had' };
    }
    const check = checkOf(tag);
    if (check?.kind === 'unfit') return { kind: 'unfit', why: check.why, required };
    if (check?.kind === 'unreadable') return { kind: 'unreadable', error: check.error };
    return place === undefined ? withoutPlace(tag) : atPlace(tag, place);
  };

  /** A promotion passes over what is another image here, an age over what it waits for. */
  function passedOver(tag: string): TagOutcome {
    if (input.promoted === undefined) return { kind: 'young' };
    return { kind: 'unfit', why: { kind: 'other-digest', tag }, required };
  }

  function checkOf(tag: string): TagCheck | undefined {
    const lookup = facts.get(tag);
    if (lookup === undefined || (lookup.kind === 'known' && lookup.facts.images === undefined))
      return undefined;
    // What is in force was accepted when it was written.
    return tag === now ? undefined : checkTag(tag, lookup, required);
  }

  function withoutPlace(tag: string): TagOutcome {
    const known = knownOf(facts.get(tag));
    if (known === undefined) return { kind: 'not-reached' };
    if (input.policy.strategy.kind === 'newest-pushed')
      return { kind: 'no-time', of: 'push', isFalse: false };
    const isFalse = (known.images ?? []).some(({ created }) => created !== undefined);
    return { kind: 'no-time', of: 'build', isFalse };
  }
}

/** What is said of a tag that may be chosen and is not. */
function createPlaceJudge({
  input: {
    policy: { strategy },
  },
  places,
  chosen,
  now,
}: Judging): (tag: string, place: number) => TagOutcome {
  const precedence = createPrecedence(strategy);
  const compare = createComparison(strategy);
  const chosenPlace = chosen === undefined ? undefined : places.get(chosen);

  return (tag, place) => {
    if (chosen === undefined || chosenPlace === undefined || place < chosenPlace)
      return { kind: 'not-reached' };
    if (strategy.kind === 'semver' && precedence(tag, chosen) === 0) return { kind: 'same-version', chosen };
    if (now !== undefined && tag !== now && isBehind(tag, place, now))
      return { kind: 'older', inForce: now, place };
    return { kind: 'lower', chosen, place };
  };

  function isBehind(tag: string, place: number, other: string): boolean {
    const otherPlace = places.get(other);
    if (otherPlace !== undefined) return place > otherPlace;
    const order = compare(tag, other);
    return order !== undefined && order < 0;
  }
}

function knownOf(lookup: TagLookup | undefined) {
  return lookup?.kind === 'known' ? lookup.facts : undefined;
}

/** When each tag was pushed, first seen or built: by its place in the order, else by what the registry says of it. */
function timesOf({
  input,
  facts,
  line,
}: SearchedTags & { readonly line: ReturnType<SelectionRun['lineUp']> }): (
  tag: string,
) => number | undefined {
  const { kind } = input.policy.strategy;
  const placed = new Map(line.map(({ tag, time }) => [tag, time]));
  return (tag) => {
    const time = placed.get(tag);
    const known = knownOf(facts.get(tag));
    if (time !== undefined || known === undefined) return time;
    switch (kind) {
      case 'newest-pushed':
        return known.pushed ?? known.firstSeen;
      case 'newest-build':
        return newest(known.images ?? [], input.now);
      case 'semver':
      case 'alphabetical':
      case 'digest':
        return known.pushed;
    }
  };
}
