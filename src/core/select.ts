import type { LynceusError } from '../errors.ts';
import { asLynceusError } from '../errors.ts';
import type { ChosenImage } from './change.ts';
import { formatPlatform, platformSatisfies, type Platform } from './image/platform.ts';
import type { PresentImage, Strategy, UpdatePolicy } from './policy.ts';
import { alreadySays, versionText, type Presence } from './presence.ts';
import type { ReasonCode } from './report.ts';
import type { ErrorCode } from '../errors.ts';
import { createStrategy } from './strategies/index.ts';
import type { StrategyRule, TagCandidate } from './strategies/strategy.ts';
import type { ImageFacts, TagFacts, TagListing, TagNeeds } from './tags/facts.ts';
import { compileFilter } from './tags/filter.ts';
import { isSupplementaryTag } from './tags/supplementary.ts';

/**
 * Choosing a version is a conversation: each step either decides or names the tags it must know more about.
 * The shell fetches just that and asks again. Nothing here waits, and the same facts give the same decision.
 *
 *   target says            candidates, best first            decision
 *   ---------------------  --------------------------------  ------------------------------------------
 *   nothing, may not add   any                               failed   key-missing
 *   nothing, not running   any                               skipped  not-live        (unless force-update)
 *   any                    the registry has no tags          skipped  no-tags
 *   any                    none passes filters and strategy  skipped  no-matching-tag
 *   the best               the best                          current  up-to-date
 *   another                best is no image / wrong platform the next best is looked at
 *   another                best could not be read            failed   metadata-incomplete (never an older winner)
 *   another                best fits                         update   newer-version, digest-moved, first-write
 *   another                none fits                         skipped  no-matching-platform
 */
export type Decision =
  | {
      readonly outcome: 'update';
      readonly code: ReasonCode;
      readonly reason: string;
      readonly to: ChosenImage;
      readonly labels: Readonly<Record<string, string>>;
    }
  | {
      readonly outcome: 'current' | 'held' | 'skipped' | 'failed';
      readonly code: ReasonCode | ErrorCode;
      readonly reason: string;
      readonly candidate: ChosenImage | undefined;
    };

export type SelectionStep =
  | { readonly kind: 'need'; readonly tags: readonly string[]; readonly needs: TagNeeds }
  | { readonly kind: 'decided'; readonly decision: Decision };

/** What is known of a tag: facts, or why there are none. */
export type TagKnowledge =
  | { readonly kind: 'known'; readonly facts: TagFacts }
  | { readonly kind: 'unknown'; readonly error: LynceusError };

export interface SelectionQuestion {
  readonly policy: UpdatePolicy;
  readonly presence: Presence;
  readonly listing: TagListing;
  readonly platformDefaults: PlatformDefaults;
}

/** Platforms where an Application names none. */
export interface PlatformDefaults {
  /** From the configuration, for every strategy; empty when nothing is configured. */
  readonly configured: readonly Platform[];
  /** The updater's own platform. */
  readonly own: Platform;
}

export interface SelectionRun {
  /** How many tags were left after the filters. */
  readonly considered: number;
  step(facts: ReadonlyMap<string, TagKnowledge>): SelectionStep;
}

/** How far down the list a usable image is looked for, so that a repository full of foreign platforms stays bounded. */
const MOST_REJECTED = 100;

/** Decides whether an image is looked at at all; `undefined` means: ask the registry. */
export function decideBeforeAsking(policy: UpdatePolicy, presence: Presence): Decision | undefined {
  if (presence.kind === 'present') return undefined;
  if (presence.mayCreate && policy.declared !== undefined) return undefined;
  if (!presence.mayCreate) {
    return { outcome: 'failed', code: 'key-missing', reason: presence.detail, candidate: undefined };
  }
  if (policy.live !== 'not-live' || policy.forceUpdate) return undefined;
  return {
    outcome: 'skipped',
    code: 'not-live',
    reason: `the target does not contain the image and the Application does not run it: ${presence.detail}; the annotation force-update writes it all the same`,
    candidate: undefined,
  };
}

/** Starts the conversation for one image. Throws `LynceusError` when the policy's own text is invalid. */
export function startSelection(question: SelectionQuestion): SelectionRun {
  const rule = createStrategy(question.policy.strategy);
  const passes = compileFilter(question.policy.filter);
  const tags = question.listing.tags.filter((tag) => !isSupplementaryTag(tag) && passes(tag));
  const step = rule.needs === 'dates' ? byDate(question, rule, tags) : byName(question, rule, tags);
  return { considered: tags.length, step };
}

type Stepper = (facts: ReadonlyMap<string, TagKnowledge>) => SelectionStep;

function byName(question: SelectionQuestion, rule: StrategyRule, tags: readonly string[]): Stepper {
  const ranked = rule.rank(tags.map((tag) => ({ tag, created: undefined })));
  if (ranked.length === 0) return () => decided(nothingMatches(question, tags.length));
  const wanted = wantedPlatforms(question);
  return (facts) => {
    const rejected: string[] = [];
    for (const tag of ranked.slice(0, MOST_REJECTED)) {
      if (!rule.pinsDigest && says(question, { tag, digest: undefined }))
        return decided(upToDate(question, { tag, digest: undefined }, tags.length));
      const knowledge = facts.get(tag);
      if (knowledge === undefined) return need(tag, !rule.pinsDigest);
      if (knowledge.kind === 'known' && knowledge.facts.images === undefined) {
        const chosen = { tag, digest: knowledge.facts.digest };
        if (rule.pinsDigest && says(question, chosen))
          return decided(upToDate(question, chosen, tags.length));
        return need(tag, true);
      }
      const fit = judge(tag, knowledge, wanted);
      if (fit.kind === 'unreadable') return decided(incomplete(tag, fit.error));
      if (fit.kind === 'unfit') {
        rejected.push(fit.why);
        continue;
      }
      const chosen = { tag, digest: rule.pinsDigest ? fit.facts.digest : undefined };
      return decided(settle({ question, chosen, images: fit.images, count: tags.length }));
    }
    return decided(nothingFits(rejected));
  };
}

function byDate(question: SelectionQuestion, rule: StrategyRule, tags: readonly string[]): Stepper {
  if (tags.length === 0) return () => decided(nothingMatches(question, 0));
  if (question.listing.order !== 'unordered')
    return byName(question, inListedOrder(rule, question.listing), tags);
  const wanted = wantedPlatforms(question);
  return (facts) => {
    const missing = tags.filter((tag) => lacksImages(facts.get(tag)));
    if (missing.length > 0)
      return { kind: 'need', tags: missing, needs: { images: true, created: wanted ?? [] } };
    const dated: TagCandidate[] = [];
    const images = new Map<string, readonly ImageFacts[]>();
    const rejected: string[] = [];
    for (const tag of tags) {
      const fit = judge(tag, facts.get(tag), wanted);
      // Any tag that could not be read might have been the newest.
      if (fit.kind === 'unreadable') return decided(incomplete(tag, fit.error));
      if (fit.kind === 'unfit') {
        rejected.push(fit.why);
        continue;
      }
      dated.push({ tag, created: newest(fit.images) });
      images.set(tag, fit.images);
    }
    const [best] = rule.rank(dated);
    if (best === undefined) return decided(nothingFits([...rejected, 'no image tells when it was built']));
    const chosen = { tag: best, digest: undefined };
    return decided(settle({ question, chosen, images: images.get(best) ?? [], count: tags.length }));
  };
}

function lacksImages(knowledge: TagKnowledge | undefined): boolean {
  return knowledge === undefined || (knowledge.kind === 'known' && knowledge.facts.images === undefined);
}

/** A moved digest is seen without reading the manifest; only then is more asked. */
function need(tag: string, images: boolean): SelectionStep {
  return { kind: 'need', tags: [tag], needs: { images, created: undefined } };
}

/** An administrator said what the order of the listing means: the place in it is the date. */
function inListedOrder(rule: StrategyRule, listing: TagListing): StrategyRule {
  const place = new Map(listing.tags.map((tag, index) => [tag, index]));
  const sign = listing.order === 'latest-first' ? -1 : 1;
  return {
    ...rule,
    needs: 'names',
    rank: (candidates) =>
      rule.rank(candidates.map(({ tag }) => ({ tag, created: sign * (place.get(tag) ?? 0) }))),
  };
}

type Judgement =
  | { readonly kind: 'fit'; readonly facts: TagFacts; readonly images: readonly ImageFacts[] }
  | { readonly kind: 'unfit'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly error: LynceusError };

/** Whether what is behind a tag is an image for one of the wanted platforms. */
function judge(
  tag: string,
  knowledge: TagKnowledge | undefined,
  wanted: readonly Platform[] | undefined,
): Judgement {
  if (knowledge === undefined)
    return { kind: 'unreadable', error: asLynceusError(new Error(`nothing is known of ${tag}`)) };
  if (knowledge.kind === 'unknown') {
    // A definite "does not exist" cannot win; any other failure might hide the winner.
    if (knowledge.error.code === 'registry-not-found')
      return { kind: 'unfit', why: `${tag} is listed but does not exist` };
    return { kind: 'unreadable', error: knowledge.error };
  }
  const images = knowledge.facts.images ?? [];
  if (images.length === 0) return { kind: 'unfit', why: `${tag} is not a container image` };
  const fitting = wanted === undefined ? images : images.filter((image) => fits(image, wanted));
  if (fitting.length > 0) return { kind: 'fit', facts: knowledge.facts, images: fitting };
  return { kind: 'unfit', why: `${tag} offers ${offered(images)}` };
}

function fits(image: ImageFacts, wanted: readonly Platform[]): boolean {
  const { platform } = image;
  return platform !== undefined && wanted.some((one) => platformSatisfies(one, platform));
}

function offered(images: readonly ImageFacts[]): string {
  const platforms = images.map((image) =>
    image.platform === undefined ? 'an unnamed platform' : formatPlatform(image.platform),
  );
  return [...new Set(platforms)].join(', ');
}

function newest(images: readonly ImageFacts[]): number | undefined {
  const times = images.flatMap((image) => (image.created === undefined ? [] : [image.created]));
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Platforms that the winner must offer; `undefined` means any will do. Without a word from anybody `newest-build`
 * and `digest` want the updater's own platform, as in Argo CD Image Updater; the other strategies take any image.
 */
function wantedPlatforms({ policy, platformDefaults }: SelectionQuestion): readonly Platform[] | undefined {
  if (policy.platforms !== undefined) return policy.platforms;
  if (platformDefaults.configured.length > 0) return platformDefaults.configured;
  const { kind } = policy.strategy;
  return kind === 'newest-build' || kind === 'digest' ? [platformDefaults.own] : undefined;
}

/** What is in force now: what the target says, else what the Application's own spec says. */
export function inForce(presence: Presence, policy: UpdatePolicy): PresentImage | undefined {
  return presence.kind === 'present' ? presence.image : policy.declared;
}

function says(question: SelectionQuestion, chosen: ChosenImage): boolean {
  const now = inForce(question.presence, question.policy);
  return now !== undefined && alreadySays(now, question.policy.image, chosen);
}

interface Settlement {
  readonly question: SelectionQuestion;
  readonly chosen: ChosenImage;
  readonly images: readonly ImageFacts[];
  readonly count: number;
}

function settle({ question, chosen, images, count }: Settlement): Decision {
  if (says(question, chosen)) return upToDate(question, chosen, count);
  const labels = images[0]?.labels ?? {};
  const best = `${versionText(chosen) ?? chosen.tag} is ${bestOf(question.policy.strategy, count)}`;
  const present = inForce(question.presence, question.policy);
  if (present === undefined) {
    return {
      outcome: 'update',
      code: 'first-write',
      reason: `${best}; the target does not name the image yet`,
      to: chosen,
      labels,
    };
  }
  const now = versionText(present) ?? 'nothing';
  const code = chosen.digest !== undefined && present.tag === chosen.tag ? 'digest-moved' : 'newer-version';
  return { outcome: 'update', code, reason: `${best}; the target says ${now}`, to: chosen, labels };
}

function upToDate(question: SelectionQuestion, chosen: ChosenImage, count: number): Decision {
  const reason = `${versionText(chosen) ?? chosen.tag} is ${bestOf(question.policy.strategy, count)}, and the target says so`;
  return { outcome: 'current', code: 'up-to-date', reason, candidate: chosen };
}

function bestOf(strategy: Strategy, count: number): string {
  const tags = count === 1 ? 'the one tag considered' : `the ${count} tags considered`;
  switch (strategy.kind) {
    case 'semver':
      return `the highest version of ${tags} that satisfies ${strategy.constraint === '' ? '*' : strategy.constraint}`;
    case 'newest-build':
      return `the newest build of ${tags}`;
    case 'alphabetical':
      return `the last by name of ${tags}`;
    case 'digest':
      return `what the tag ${strategy.tag} points at`;
  }
}

function nothingMatches(question: SelectionQuestion, considered: number): Decision {
  const seen = question.listing.tags.length;
  if (seen === 0) return skipped('no-tags', 'the registry lists no tags for this image');
  const { strategy } = question.policy;
  if (considered === 0)
    return skipped('no-matching-tag', `none of ${seen} tags passes allow-tags and ignore-tags`);
  if (strategy.kind === 'semver') {
    return skipped(
      'no-matching-tag',
      `none of the ${considered} tags considered (of ${seen}) is a version that satisfies ${strategy.constraint === '' ? '*' : strategy.constraint}`,
    );
  }
  if (strategy.kind === 'digest')
    return skipped(
      'no-matching-tag',
      `the tag ${strategy.tag} is not among the ${considered} tags considered (of ${seen})`,
    );
  return skipped('no-matching-tag', `none of the ${considered} tags considered (of ${seen}) can be chosen`);
}

function nothingFits(rejected: readonly string[]): Decision {
  const shown = rejected.slice(0, 3).join('; ');
  const more = rejected.length > 3 ? ` and ${rejected.length - 3} more` : '';
  return skipped(
    'no-matching-platform',
    `no candidate is an image for the wanted platforms: ${shown}${more}`,
  );
}

function incomplete(tag: string, error: LynceusError): Decision {
  const reason = `the metadata of tag ${tag}, which may be the one to choose, could not be read: ${error.line}`;
  return { outcome: 'failed', code: 'metadata-incomplete', reason, candidate: undefined };
}

function skipped(code: ReasonCode, reason: string): Decision {
  return { outcome: 'skipped', code, reason, candidate: undefined };
}

function decided(decision: Decision): SelectionStep {
  return { kind: 'decided', decision };
}
