import type { ChosenImage } from '../core/change.ts';
import type { PresentImage } from '../core/policy.ts';
import type { ImageTimes } from '../core/report.ts';
import type { TagLookup } from '../core/selection/check-tag.ts';
import { failedDecision, inForce, type Decision, type SelectionInput } from '../core/selection/decision.ts';
import type { SearchedTags } from '../core/selection/explain.ts';
import { startSelection } from '../core/selection/select.ts';
import { versionTimes, type VersionTimes } from '../core/tags/version-times.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { CheckAge } from './check-age.ts';
import type { Waiting } from './registry-questions.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { RegistryServices } from './services.ts';
import { createDescriber, type ListedTags } from './describe-listed.ts';
import type { FoundTags } from './find-tags.ts';
import { withFirstSeen } from './first-seen.ts';
import { createKnownTags } from './tag-facts.ts';

export interface Choice {
  readonly decision: Decision;
  readonly tagsSeen: number;
  readonly tagsConsidered: number;
  /** By what it was chosen; absent where no tags were listed. */
  readonly search?: SearchedTags;
  /** See `TagCounts`. */
  readonly newer?: number;
  readonly times?: ImageTimes;
}

/** A failure is a decision. */
export type ChooseVersion = (
  input: Omit<SelectionInput, 'listing' | 'platformDefaults' | 'now'>,
  found: FoundTags,
  waiting: Waiting,
) => Promise<Choice>;

const NONE: ReadonlyMap<string, undefined> = new Map();

/** Far more than any selection needs: a bound, so that a defect cannot loop forever. */
const MOST_STEPS = 1000;

/** Selects a version, and fetches the facts about tags that the selection needs on the way. */
export function createChooser(
  { registry, platformDefaults, sightings, revalidate }: Omit<RegistryServices, 'logins'>,
  { turns, age }: { readonly turns: RegistryTurns; readonly age: CheckAge },
): ChooseVersion {
  const describe = createDescriber({ registry }, turns);

  return async function choose(input, found, waiting) {
    if (found.kind === 'failed') return failed(found.error, 0);
    try {
      return await selectVersion(
        { ...input, listing: found.listing, platformDefaults, now: found.listedAt },
        found,
        waiting,
      );
    } catch (thrown) {
      return failed(asLynceusError(thrown), found.listing.tags.length);
    }
  };

  async function selectVersion(input: SelectionInput, found: ListedTags, waiting: Waiting): Promise<Choice> {
    const selection = startSelection(input);
    const { minimumAge = 0 } = input.policy;
    const young = minimumAge > 0 ? age.waiting(found, minimumAge) : NONE;
    const known = createKnownTags(found, { input, describe, revalidate, young }, waiting);
    for (let count = 0; count < MOST_STEPS; count += 1) {
      waiting.signal.throwIfAborted();
      const facts = withFirstSeen(known.facts, found, { strategy: input.policy.strategy, sightings });
      const step = selection.step(facts);
      if (step.kind === 'need') {
        await known.fetch(step);
        continue;
      }
      const { decision } = step;
      if (await known.confirm(decision, facts)) continue;
      if (minimumAge > 0) noteAges(decision);
      const { newer } = step;
      const times = timesOf(decision, facts, input);
      return {
        decision,
        tagsSeen: input.listing.tags.length,
        tagsConsidered: selection.considered,
        search: { input, facts },
        ...(newer === undefined ? {} : { newer }),
        ...(times === undefined ? {} : { times }),
      };
    }
    throw new Error(`no decision after ${MOST_STEPS} steps`);

    function noteAges(decision: Decision): void {
      age.note(found, known.facts);
      if (decision.outcome !== 'update') return;
      const { tag } = decision.to;
      age.keepFacts(found, tag, known.facts.get(tag));
    }
  }
}

/** Of the version in force and the chosen one, as far as the selection came to know them. */
function timesOf(
  decision: Decision,
  facts: ReadonlyMap<string, TagLookup>,
  { presence, observed, now = Infinity }: SelectionInput,
): ImageTimes | undefined {
  const of = (version: PresentImage | ChosenImage | undefined): VersionTimes | undefined => {
    const { tag = '', digest } = version ?? {};
    return tag === '' ? undefined : versionTimes(facts.get(tag), { digest, now });
  };
  const current = of(inForce(presence, observed));
  const candidate = of(decision.outcome === 'update' ? decision.to : decision.candidate);
  if (current === undefined && candidate === undefined) return undefined;
  return { ...(current === undefined ? {} : { current }), ...(candidate === undefined ? {} : { candidate }) };
}

function failed(error: LynceusError, tagsSeen: number): Choice {
  return { decision: failedDecision(error), tagsSeen, tagsConsidered: 0 };
}
