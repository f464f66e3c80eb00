import {
  decideChosen,
  incomplete,
  noNewest,
  nothingFits,
  nothingMatches,
  type VersionChoice,
} from './decision.ts';
import {
  checkTag,
  isHidden,
  lacksImages,
  newest,
  requiredPlatforms,
  type TagCheck,
  type TagLookup,
} from './check-tag.ts';
import type { Platform } from '../image/platform.ts';
import type { Rejection } from '../reasons/reason.ts';
import { stepBackByBuild, stepBackUnlisted } from './step-back.ts';
import { compareByteOrder } from '../strategies/byte-order.ts';
import type { TagCandidate } from '../strategies/strategy.ts';
import {
  decided,
  findHidden,
  type PlacedTag,
  type Search,
  type SelectionStep,
  type TagSearch,
} from './selection-step.ts';

/** All tags are read before one is chosen: any of them may be the last build. */
export function byBuild({ input, rule, tags, present }: TagSearch): Search {
  const considered = tags.length;
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  const step: Search['step'] = (facts) => {
    if (considered === 0) return decided(nothingMatches(input, 0));
    const missing = tags.filter((tag) => isUnread(facts.get(tag)));
    if (missing.length > 0) return need(missing);
    const hidden = findHidden(tags, facts);
    if (hidden !== undefined) return hidden;
    const { dated, rejected, undated, untrue } = sortOut(tags, facts, { now: input.now, required });
    const last = lastBuilt(dated);
    const [top] = last;
    if (top === undefined) return decided(nothingFits([whyUndated(untrue), ...rejected]));
    const { created: time } = top;
    const isTie = !isOneImage(last);
    const own = last.find(({ tag }) => tag === present?.tag);
    // Names do not tell what was built last.
    if (isTie && own === undefined)
      return decided(noNewest({ time, tags: last.map(({ tag }) => tag).toSorted(compareByteOrder) }));
    const [first] = rule.rank(last);
    const { tag, check } = own ?? last.find((one) => one.tag === first) ?? top;
    const choice: VersionChoice = {
      input,
      chosen: { tag, digest: rule.pinsDigest ? check.facts.digest : undefined },
      considered,
      rejected,
      build: { time, tied: isTie ? last.length : undefined, undated: undated + untrue },
    };
    if (present === undefined || own !== undefined)
      return decided(decideChosen(choice, check.images), own === undefined ? undefined : 0);
    if (present.isWord) {
      const stepBack = stepBackUnlisted(present, time);
      return decided(decideChosen({ ...choice, stepBack }, check.images));
    }
    const reference = tags.includes(present.tag ?? '') ? (present.tag ?? '') : present.reference;
    const known = facts.get(reference);
    if (known === undefined) return need([reference]);
    if (isHidden(known)) return decided(incomplete(reference, known.error));
    const stepBack = stepBackByBuild(known, { facts: check.facts, built: time }, input.now);
    return decided(decideChosen({ ...choice, stepBack }, check.images), laterBuilds(dated, known, input.now));
  };
  return { step, lineUp };

  function lineUp(facts: ReadonlyMap<string, TagLookup>): readonly PlacedTag[] {
    const { dated } = sortOut(tags, facts, { now: input.now, required });
    const times = new Map(dated.map(({ tag, created }) => [tag, created]));
    const ranked = rule.rank(dated);
    // The version in force stays where others are as new.
    const own = lastBuilt(dated).find(({ tag }) => tag === present?.tag)?.tag;
    const order = own === undefined ? ranked : [own, ...ranked.filter((tag) => tag !== own)];
    return order.map((tag) => ({ tag, time: times.get(tag) ?? 0 }));
  }

  function need(missing: readonly string[]): SelectionStep {
    return { kind: 'need', tags: missing, needs: { images: true, created: required ?? [] } };
  }
}

function sortOut(
  all: readonly string[],
  facts: ReadonlyMap<string, TagLookup>,
  { now, required }: { readonly now: number | undefined; readonly required: readonly Platform[] | undefined },
): SortedTags {
  const dated: DatedTag[] = [];
  const rejected: Rejection[] = [];
  let [undated, untrue] = [0, 0];
  for (const tag of all) {
    const knowledge = facts.get(tag);
    const check = knowledge && checkTag(tag, knowledge, required);
    if (check?.kind === 'unfit') rejected.push(check.why);
    if (check?.kind !== 'fit') continue;
    const created = newest(check.images, now);
    if (created !== undefined) dated.push({ tag, created, check });
    else if (check.images.some((image) => image.created !== undefined)) untrue += 1;
    else undated += 1;
  }
  return { dated, rejected, undated, untrue };
}

interface SortedTags {
  readonly dated: readonly DatedTag[];
  readonly rejected: readonly Rejection[];
  /** How many have no build time. */
  readonly undated: number;
  /** How many have one that cannot be true. */
  readonly untrue: number;
}

function isUnread(knowledge: TagLookup | undefined): boolean {
  return knowledge === undefined || lacksImages(knowledge);
}

function whyUndated(untrue: number): Rejection {
  return untrue > 0 ? { kind: 'false-build-times', count: untrue } : { kind: 'no-build-times' };
}

interface DatedTag extends TagCandidate {
  readonly created: number;
  readonly check: Extract<TagCheck, { kind: 'fit' }>;
}

/** How many builds are later than the one in force; tags of one time are one build. */
function laterBuilds(
  dated: readonly DatedTag[],
  present: TagLookup,
  now: number | undefined,
): number | undefined {
  const built = present.kind === 'known' ? newest(present.facts.images ?? [], now) : undefined;
  if (built === undefined) return undefined;
  return new Set(dated.flatMap(({ created }) => (created > built ? [created] : []))).size;
}

function lastBuilt(dated: readonly DatedTag[]): readonly DatedTag[] {
  const time = dated.reduce((latest, { created }) => Math.max(latest, created), -Infinity);
  return dated.filter(({ created }) => created === time);
}

/** An index and a tag for one of its platforms are one image, and so are all names of a manifest. */
function isOneImage(tags: readonly DatedTag[]): boolean {
  const [first, ...others] = tags.map(
    ({ created, check }) =>
      new Set(check.images.filter((image) => image.created === created).map(({ digest }) => digest)),
  );
  return others.every((digests) => [...digests].some((digest) => first?.has(digest)));
}
