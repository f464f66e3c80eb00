import {
  decideChosen,
  hasVersion,
  isInForce,
  nothingFits,
  nothingMatches,
  upToDate,
  type SelectionInput,
} from './decision.ts';
import { isInstant } from '../instant.ts';
import {
  checkTag,
  factOfError,
  newest,
  type TagCheck,
  requiredPlatforms,
  type TagLookup,
} from './check-tag.ts';
import type { PushFacts, Rejection, StepBack } from '../reasons/reason.ts';
import { unfitTags } from './count-newer.ts';
import { gapOf, stepBackUnlisted, type PresentVersion } from './step-back.ts';
import type { StrategyRule, TagCandidate } from '../strategies/strategy.ts';
import type { TagFacts, TagNeeds } from '../tags/facts.ts';
import {
  decided,
  findHidden,
  MOST_REJECTED,
  type PlacedTag,
  type Search,
  type SelectionStep,
  type TagSearch,
} from './selection-step.ts';

type Gap = Extract<StepBack, { kind: 'unknown' }>['because'];

type Facts = ReadonlyMap<string, TagLookup>;

interface TimedTag {
  readonly tag: string;
  readonly time: number;
  readonly facts: TagFacts;
}

/** Times are compared by one clock: the first sight of one tag cannot be compared with the push of another. */
interface Times {
  readonly clock: PushFacts['clock'];
  /** Newest first. */
  readonly tags: readonly TimedTag[];
  /** How many tags have no time by that clock. */
  readonly untimed: number;
  /** Tags that are gone, or name what can never be run. */
  readonly rejected: readonly Rejection[];
}

/**
 * The newest tags are checked first, so that only those are read. Times are the registry's when it gives any, and then a
 * tag without one is left out; else the first sight of each tag. Of several images with one time, build times decide.
 * The version in the target stays when only the order of names is against it.
 */
export function byPush({ input, rule, tags, present }: TagSearch): Search {
  const considered = tags.length;
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  const step: Search['step'] = (facts) => {
    if (considered === 0) return decided(nothingMatches(input, 0));
    const unknown = tags.filter((tag) => !facts.has(tag));
    if (unknown.length > 0) return need(unknown, { images: false, created: undefined });
    const hidden = findHidden(tags, facts);
    if (hidden !== undefined) return hidden;
    const times = timesOf(tags, facts);
    const rejected = [...times.rejected];
    for (const all of groupsOf(times.tags)) {
      const undated = isOneImage(all) ? [] : all.filter(lacksImages).map(({ tag }) => tag);
      if (undated.length > 0) return need(undated, { images: true, created: required ?? [] });
      const checks = new Map(all.map((one) => [one.tag, checkOf(one, { input, rule })]));
      for (const check of checks.values()) if (check?.kind === 'unfit') rejected.push(check.why);
      if (rejected.length >= MOST_REJECTED) return decided(nothingFits(rejected));
      const group = all.filter(({ tag }) => checks.get(tag)?.kind !== 'unfit');
      const [best] = inOrder(group, rule, input);
      if (best === undefined) continue;
      const { tag, facts: known } = best;
      const chosen = { tag, digest: rule.pinsDigest ? known.digest : undefined };
      const choice = {
        input,
        chosen,
        considered,
        rejected,
        push: pushFacts(times, group, { chosen: tag, now: input.now }),
      };
      if (isInForce(input, chosen)) return decided(upToDate(choice));
      const check = checks.get(tag);
      const gap = gapBehind(tag, times, facts);
      // Where nothing else can show that it is newer, the build time may.
      const created = gap === undefined ? undefined : (required ?? []);
      if (check?.kind !== 'fit') return need([tag], { images: true, created });
      const chosenAt = times.clock === 'registry' ? choice.push.time : newest(check.images, input.now);
      const decision = decideChosen({ ...choice, stepBack: stepBackFor(gap, chosenAt) }, check.images);
      return decided(decision, laterPushes(times, present, rejected));
    }
    return decided(nothingFits(times.tags.length > 0 ? rejected : [...rejected, { kind: 'no-push-times' }]));
  };
  const isUnfit = (one: TimedTag): boolean => checkOf(one, { input, rule })?.kind === 'unfit';
  return {
    step,
    lineUp: (facts) => linedUp(timesOf(tags, facts), isUnfit, (group) => inOrder(group, rule, input)),
  };

  /** Why the version in force has no time that the chosen one could be compared with; `undefined` when it has. */
  function gapBehind(chosen: string, times: Times, facts: Facts): Gap | undefined {
    if (present === undefined || present.tag === chosen) return undefined;
    if (times.tags.some((one) => isOf(present, one))) return undefined;
    const known = facts.get(present.tag ?? '');
    return known === undefined ? 'not-listed' : (gapOf(known) ?? 'no-push-time');
  }

  function stepBackFor(because: Gap | undefined, chosenAt: number | undefined): StepBack | undefined {
    if (because === undefined || present === undefined) return undefined;
    return because === 'not-listed'
      ? stepBackUnlisted(present, chosenAt)
      : { kind: 'unknown', because, chosenAt };
  }
}

/** `undefined` for what is not read yet, and for the version in force: it was accepted when it was written. */
function checkOf(
  { tag, facts }: TimedTag,
  { input, rule }: Pick<TagSearch, 'input' | 'rule'>,
): TagCheck | undefined {
  const chosen = { tag, digest: rule.pinsDigest ? facts.digest : undefined };
  if (facts.images === undefined || isInForce(input, chosen)) return undefined;
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  return checkTag(tag, { kind: 'known', facts }, required);
}

function linedUp(
  times: Times,
  isUnfit: (one: TimedTag) => boolean,
  ordered: (group: readonly TimedTag[]) => readonly TimedTag[],
): readonly PlacedTag[] {
  return [...groupsOf(times.tags)].flatMap((group) => {
    const fitting = ordered(group.filter((one) => !isUnfit(one)));
    return [...fitting, ...group.filter(isUnfit)].map(({ tag, time }) => ({ tag, time }));
  });
}

/** How many images came later than the one in force, each once whatever its names. */
function laterPushes(
  times: Times,
  present: PresentVersion | undefined,
  rejected: readonly Rejection[],
): number | undefined {
  const own = times.tags.find((one) => isOf(present, one));
  if (own === undefined) return undefined;
  const unfit = unfitTags(rejected);
  const later = times.tags.filter(({ tag, time }) => time > own.time && !unfit.has(tag));
  const digests = new Set(later.map(({ facts: { digest } }) => digest));
  digests.delete(own.facts.digest);
  return digests.size;
}

function isOf(present: PresentVersion | undefined, { tag, facts: { digest } }: TimedTag): boolean {
  return present !== undefined && (tag === present.tag || digest === present.reference);
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
  return {
    clock,
    tags: timed.toSorted((a, b) => b.time - a.time),
    untimed: known.length - timed.length,
    rejected: tags.flatMap((tag) => {
      const knowledge = all.get(tag);
      return knowledge?.kind === 'unknown' ? (factOfError(tag, knowledge.error) ?? []) : [];
    }),
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

function inOrder(group: readonly TimedTag[], rule: StrategyRule, input: SelectionInput): readonly TimedTag[] {
  const { now } = input;
  const byTag = new Map(group.map((one) => [one.tag, one]));
  const ranked = rule.rank(group.map((one) => candidateOf(one, now))).flatMap((tag) => byTag.get(tag) ?? []);
  const present = ranked.find(({ tag }) => hasVersion(input, { tag, digest: undefined }));
  if (present === undefined) return ranked;
  const place = isOneImage(group)
    ? 0
    : ranked.findIndex((one) => builtAt(one, now) === builtAt(present, now));
  const others = ranked.filter((one) => one !== present);
  return others.toSpliced(place, 0, present);
}

function candidateOf(one: TimedTag, now: number | undefined): TagCandidate {
  return { tag: one.tag, pushed: one.time, created: builtAt(one, now) };
}

function builtAt({ facts }: TimedTag, now: number | undefined): number | undefined {
  return newest(facts.images ?? [], now);
}

/** How `chosen` was found in its group. */
function pushFacts(
  { clock, untimed }: Times,
  group: readonly TimedTag[],
  { chosen, now }: { readonly chosen: string; readonly now: number | undefined },
): PushFacts {
  const facts = { clock, time: group[0]?.time ?? 0, untimed };
  if (isOneImage(group)) return { ...facts, tied: undefined };
  const own = group.find(({ tag }) => tag === chosen);
  const isSame = (one: TimedTag): boolean =>
    own !== undefined && one.facts.digest !== own.facts.digest && builtAt(one, now) === builtAt(own, now);
  return { ...facts, tied: group.length, ...(group.some(isSame) ? { sameBuild: true } : {}) };
}

function need(tags: readonly string[], needs: TagNeeds): SelectionStep {
  return { kind: 'need', tags, needs };
}
