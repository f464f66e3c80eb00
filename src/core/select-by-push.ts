import {
  incomplete,
  nothingFits,
  nothingMatches,
  says,
  settle,
  upToDate,
  type SelectionQuestion,
} from './decision.ts';
import { formatInstant, isInstant } from './instant.ts';
import { judge, newest, wantedPlatforms, type TagKnowledge } from './judge-tag.ts';
import type { StrategyRule, TagCandidate } from './strategies/strategy.ts';
import type { TagFacts, TagNeeds } from './tags/facts.ts';
import { decided, MOST_REJECTED, type SelectionStep, type Stepper } from './selection-step.ts';

type Facts = ReadonlyMap<string, TagKnowledge>;

interface TimedTag {
  readonly tag: string;
  readonly time: number;
  readonly facts: TagFacts;
}

/** Which times count: one clock for all, since the first sight of a tag says nothing beside the push of another. */
interface Times {
  readonly clock: 'registry' | 'ours';
  /** Newest first. */
  readonly tags: readonly TimedTag[];
  /** How many tags have no time by that clock. */
  readonly untold: number;
  /** Listed, and gone. */
  readonly gone: readonly string[];
}

/**
 * The tags that came last are looked at first, so that only those are read. Times are the registry's when it tells any,
 * and a tag without one is left out then; else the first sight of each tag. Of several images that came at once, build
 * times decide. What the target says stays when nothing but its name speaks against it.
 */
export function byPush(question: SelectionQuestion, rule: StrategyRule, tags: readonly string[]): Stepper {
  if (tags.length === 0) return () => decided(nothingMatches(question, 0));
  const wanted = wantedPlatforms(question.policy, question.platformDefaults);
  return (facts) => {
    const unknown = tags.filter((tag) => !facts.has(tag));
    if (unknown.length > 0) return need(unknown, { images: false, created: undefined });
    const hidden = firstUnreadable(tags, facts);
    if (hidden !== undefined) return hidden;
    const times = timesOf(tags, facts);
    const rejected = [...times.gone];
    for (const group of groupsOf(times.tags)) {
      const undated = isOneImage(group) ? [] : group.filter(lacksImages).map(({ tag }) => tag);
      if (undated.length > 0) return need(undated, { images: true, created: wanted ?? [] });
      for (const { tag, facts: known } of inOrder(group, rule, question)) {
        const settlement = {
          question,
          chosen: { tag, digest: rule.pinsDigest ? known.digest : undefined },
          count: tags.length,
          detail: detailOf(times, group),
        };
        // What is in force is not read: whoever put it there knew what it is.
        if (says(question, settlement.chosen)) return decided(upToDate(settlement));
        if (known.images === undefined) return need([tag], { images: true, created: undefined });
        const fit = judge(tag, facts.get(tag), wanted);
        if (fit.kind === 'fit') return decided(settle({ ...settlement, images: fit.images }));
        if (fit.kind === 'unfit') rejected.push(fit.why);
        if (rejected.length >= MOST_REJECTED) return decided(nothingFits(rejected));
      }
    }
    return decided(
      nothingFits(times.tags.length > 0 ? rejected : [...rejected, 'no tag tells when it was pushed']),
    );
  };
}

/** Any tag that could not be read might have been the one that came last. */
function firstUnreadable(tags: readonly string[], facts: Facts): SelectionStep | undefined {
  for (const tag of tags) {
    const knowledge = facts.get(tag);
    if (knowledge?.kind === 'unknown' && knowledge.error.code !== 'registry-not-found')
      return decided(incomplete(tag, knowledge.error));
  }
  return undefined;
}

function timesOf(tags: readonly string[], all: Facts): Times {
  const known = tags.flatMap((tag) => {
    const knowledge = all.get(tag);
    return knowledge?.kind === 'known' ? [{ tag, facts: knowledge.facts }] : [];
  });
  const clock = known.some(({ facts }) => facts.pushed !== undefined) ? 'registry' : 'ours';
  const timed = known.flatMap(({ tag, facts }) => {
    const time = clock === 'registry' ? facts.pushed : facts.firstSeen;
    return time === undefined || !isInstant(time) ? [] : [{ tag, time, facts }];
  });
  const there = new Set(known.map(({ tag }) => tag));
  return {
    clock,
    tags: timed.toSorted((a, b) => b.time - a.time),
    untold: known.length - timed.length,
    gone: tags.filter((tag) => !there.has(tag)).map((tag) => `${tag} is listed but does not exist`),
  };
}

function* groupsOf(sorted: readonly TimedTag[]): Generator<readonly TimedTag[]> {
  for (let start = 0; start < sorted.length;) {
    const time = sorted[start]?.time;
    const end = sorted.findIndex((one, index) => index > start && one.time !== time);
    const group = sorted.slice(start, end < 0 ? undefined : end);
    yield group;
    start += group.length;
  }
}

function isOneImage(group: readonly TimedTag[]): boolean {
  return group.every(({ facts }) => facts.digest === group[0]?.facts.digest);
}

function lacksImages({ facts }: TimedTag): boolean {
  return facts.images === undefined;
}

function inOrder(
  group: readonly TimedTag[],
  rule: StrategyRule,
  question: SelectionQuestion,
): readonly TimedTag[] {
  const byTag = new Map(group.map((one) => [one.tag, one]));
  const ranked = rule.rank(group.map(candidateOf)).flatMap((tag) => byTag.get(tag) ?? []);
  const present = ranked.find(({ tag }) => says(question, { tag, digest: undefined }));
  if (present === undefined) return ranked;
  const place = isOneImage(group) ? 0 : ranked.findIndex((one) => builtAt(one) === builtAt(present));
  const others = ranked.filter((one) => one !== present);
  return others.toSpliced(place, 0, present);
}

function candidateOf(one: TimedTag): TagCandidate {
  return { tag: one.tag, pushed: one.time, created: builtAt(one) };
}

function builtAt({ facts }: TimedTag): number | undefined {
  return newest(facts.images ?? []);
}

function detailOf({ clock, untold }: Times, group: readonly TimedTag[]): string {
  const time = formatInstant(group[0]?.time ?? 0);
  const when =
    clock === 'registry'
      ? `pushed ${time}, says the registry`
      : `first seen ${time}; the registry tells no push times`;
  const tie = isOneImage(group) ? '' : `; of ${group.length} tags of that time the build that is newest`;
  const rest = untold === 0 ? '' : `; ${untold} without a push time left out`;
  return `${when}${tie}${rest}`;
}

function need(tags: readonly string[], needs: TagNeeds): SelectionStep {
  return { kind: 'need', tags, needs };
}
