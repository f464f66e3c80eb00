import type { LynceusError } from '../../errors.ts';
import { platformSatisfies, type Platform } from '../image/platform.ts';
import type { ImagePolicy } from '../policy.ts';
import type { Rejection } from '../reasons/reason.ts';
import type { ImageFacts, TagFacts } from '../tags/facts.ts';

/** What is known of a tag: facts, or why there are none. */
export type TagLookup =
  | { readonly kind: 'known'; readonly facts: TagFacts }
  | { readonly kind: 'unknown'; readonly error: LynceusError };

/** Platforms where an Application names none. */
export interface PlatformDefaults {
  /** From the configuration, for every strategy; empty when nothing is configured. */
  readonly configured: readonly Platform[];
  /** The updater's own platform. */
  readonly own: Platform;
}

export type TagCheck =
  | { readonly kind: 'fit'; readonly facts: TagFacts; readonly images: readonly ImageFacts[] }
  | { readonly kind: 'unfit'; readonly why: Rejection }
  | { readonly kind: 'unreadable'; readonly error: LynceusError };

/** Whether a tag is an image for one of the required platforms. */
export function checkTag(
  tag: string,
  knowledge: TagLookup,
  required: readonly Platform[] | undefined,
): TagCheck {
  if (knowledge.kind === 'unknown') {
    const why = factOfError(tag, knowledge.error);
    return why === undefined ? { kind: 'unreadable', error: knowledge.error } : { kind: 'unfit', why };
  }
  const { images = [], artifactType } = knowledge.facts;
  if (images.length === 0) return { kind: 'unfit', why: { kind: 'no-image', tag, type: artifactType } };
  const fitting = required === undefined ? images : images.filter((image) => fits(image, required));
  if (fitting.length > 0) return { kind: 'fit', facts: knowledge.facts, images: fitting };
  const platforms = images.map(({ platform }) => platform);
  return { kind: 'unfit', why: { kind: 'other-platforms', tag, platforms } };
}

/**
 * What an error of a description says of the tag: that it does not exist, or that what it names can never be run. Such a
 * tag cannot win. `undefined` for an error that may hide a winner: asking again may give another answer, or another
 * login.
 */
export function factOfError(tag: string, error: LynceusError): Rejection | undefined {
  if (error.retryable) return undefined;
  switch (error.code) {
    case 'registry-not-found':
      return { kind: 'gone', tag };
    case 'registry-response-invalid':
    case 'registry-response-too-large':
      return { kind: 'unusable', tag, error };
    default:
      return undefined;
  }
}

/** Whether it is not known what the tag names: there may be an image all the same. */
export function isHidden(knowledge: TagLookup): knowledge is Extract<TagLookup, { kind: 'unknown' }> {
  return knowledge.kind === 'unknown' && factOfError('', knowledge.error) === undefined;
}

/** Whether a tag is known by its digest alone. */
export function lacksImages(knowledge: TagLookup): knowledge is Extract<TagLookup, { kind: 'known' }> {
  return knowledge.kind === 'known' && knowledge.facts.images === undefined;
}

function fits({ platform }: ImageFacts, required: readonly Platform[]): boolean {
  return platform !== undefined && required.some((one) => platformSatisfies(one, platform));
}

/** The year of the first release of Docker: no image is older. */
const FIRST_BUILD = Date.parse('2013-01-01T00:00:00Z');
const DAY = 24 * 60 * 60 * 1000;

/**
 * Whether an image may have been built then. Reproducible builds write a fixed time, often the beginning of 1970 or 1980;
 * others write the year 1 or one that is still to come. `now` is when the tags were listed; clocks may differ by a day.
 */
export function isBuildTime(created: number, now: number | undefined): boolean {
  return created >= FIRST_BUILD && (now === undefined || created <= now + DAY);
}

/** When the newest of them was built; `undefined` when none has a time that can be believed. */
export function newest(images: readonly ImageFacts[], now: number | undefined): number | undefined {
  const times = images.flatMap(({ created }) =>
    created !== undefined && isBuildTime(created, now) ? [created] : [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Platforms that the chosen image must offer; `undefined` means any. Where no platform is configured, `newest-build` and
 * `digest` require the updater's own, as in Argo CD Image Updater, and so does `newest-pushed`; the other strategies
 * take any image.
 */
export function requiredPlatforms(
  policy: Pick<ImagePolicy, 'platforms' | 'strategy'>,
  platformDefaults: PlatformDefaults,
): readonly Platform[] | undefined {
  if (policy.platforms !== undefined) return policy.platforms;
  if (platformDefaults.configured.length > 0) return platformDefaults.configured;
  const { kind } = policy.strategy;
  return kind === 'newest-build' || kind === 'newest-pushed' || kind === 'digest'
    ? [platformDefaults.own]
    : undefined;
}
