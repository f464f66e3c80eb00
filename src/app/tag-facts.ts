import type { TagLookup } from '../core/selection/check-tag.ts';
import { tagsInFront, tagsInTurn } from '../core/selection/ask-again.ts';
import { inForce, type Decision, type SelectionInput } from '../core/selection/decision.ts';
import type { SelectionStep } from '../core/selection/selection-step.ts';
import type { Strategy } from '../core/policy.ts';
import type { TagFacts } from '../core/tags/facts.ts';
import type { Describe, ListedTags } from './describe-listed.ts';
import type { Waiting } from './registry-questions.ts';

/** What one selection knows of tags. */
export interface KnownTags {
  readonly facts: ReadonlyMap<string, TagLookup>;
  /** Gets what a step needs; of many tags what was told of them in an earlier cycle. */
  fetch(step: Extract<SelectionStep, { kind: 'need' }>): Promise<void>;
  /**
   * Asks again for tags that a decision is made by, or whose turn it is, if only earlier cycles have asked for them. Whether
   * there were any: then the decision has to be made again. `timed`: the facts with which it was made.
   */
  confirm(decision: Decision, timed: ReadonlyMap<string, TagLookup>): Promise<boolean>;
}

export interface KnownTagsOptions {
  readonly input: SelectionInput;
  readonly describe: Describe;
  /** How long a tag may go without being asked for, in milliseconds; 0: every one is asked for in each cycle. */
  readonly revalidate: number;
  /** What was told of versions that wait for their age: what is decided by names does not ask for them again. */
  readonly young: ReadonlyMap<string, TagFacts | undefined>;
}

/** The facts of one selection, from the listing on. */
export function createKnownTags(
  found: ListedTags,
  { input, describe, revalidate, young }: KnownTagsOptions,
  waiting: Waiting,
): KnownTags {
  const { listing, listedAt } = found;
  const facts = new Map<string, TagLookup>(
    [...listing.facts].map(([tag, known]) => [tag, { kind: 'known', facts: known }]),
  );
  if (!readsAllTags(input.policy.strategy))
    for (const [tag, known] of young) {
      const listed = listing.facts.get(tag);
      const isSame = listed === undefined || listed.digest === known?.digest;
      if (known !== undefined && isSame && tag !== inForce(input.presence, input.observed)?.tag)
        facts.set(tag, { kind: 'known', facts: { ...known, ...listed, images: known.images } });
    }
  const remembered = revalidate > 0 && readsAllTags(input.policy.strategy);
  const remembering = { revalidate, now: listedAt };
  let isTurn = true;

  return {
    facts,
    async fetch({ tags, needs }) {
      await Promise.all(
        tags.map(async (tag) => {
          const known = knownOf(facts.get(tag));
          const request = { tag, needs, known, remembered: remembered && known === undefined };
          facts.set(tag, await describe(found, request, waiting));
        }),
      );
    },
    async confirm(decision, timed) {
      const named = [chosenTag(decision), inForce(input.presence, input.observed)?.tag];
      const inFront = tagsInFront(timed, named, remembering);
      const again = isTurn ? [...inFront, ...tagsInTurn(facts, inFront, remembering)] : inFront;
      isTurn = false;
      await Promise.all(again.map(askAgain));
      return again.length > 0;
    },
  };

  async function askAgain(tag: string): Promise<void> {
    const known = knownOf(facts.get(tag));
    const request = { tag, needs: { images: false, created: undefined }, known: undefined };
    const lookup = await describe(found, request, waiting);
    if (known === undefined || lookup.kind === 'unknown' || lookup.facts.digest !== known.digest) {
      facts.set(tag, lookup);
      return;
    }
    const { askedAt: _askedAt, ...rest } = known;
    facts.set(tag, { kind: 'known', facts: rest });
  }
}

function knownOf(lookup: TagLookup | undefined) {
  return lookup?.kind === 'known' ? lookup.facts : undefined;
}

/** The others read a few tags, and those as they are now. */
function readsAllTags({ kind }: Strategy): boolean {
  return kind === 'newest-build' || kind === 'newest-pushed';
}

function chosenTag(decision: Decision): string | undefined {
  return decision.outcome === 'update' ? decision.to.tag : decision.candidate?.tag;
}
