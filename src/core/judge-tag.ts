import type { LynceusError } from '../errors.ts';
import { asLynceusError } from '../errors.ts';
import { formatPlatform, platformSatisfies, type Platform } from './image/platform.ts';
import type { UpdatePolicy } from './policy.ts';
import type { ImageFacts, TagFacts } from './tags/facts.ts';

/** What is known of a tag: facts, or why there are none. */
export type TagKnowledge =
  | { readonly kind: 'known'; readonly facts: TagFacts }
  | { readonly kind: 'unknown'; readonly error: LynceusError };

/** Platforms where an Application names none. */
export interface PlatformDefaults {
  /** From the configuration, for every strategy; empty when nothing is configured. */
  readonly configured: readonly Platform[];
  /** The updater's own platform. */
  readonly own: Platform;
}

export type Judgement =
  | { readonly kind: 'fit'; readonly facts: TagFacts; readonly images: readonly ImageFacts[] }
  | { readonly kind: 'unfit'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly error: LynceusError };

/** Whether what is behind a tag is an image for one of the wanted platforms. */
export function judge(
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

/** When the newest of them was built. */
export function newest(images: readonly ImageFacts[]): number | undefined {
  const times = images.flatMap((image) => (image.created === undefined ? [] : [image.created]));
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Platforms that the winner must offer; `undefined` means any will do. Without a word from anybody `newest-build`
 * and `digest` want the updater's own platform, as in Argo CD Image Updater, and so does `newest-pushed`; the other
 * strategies take any image.
 */
export function wantedPlatforms(
  policy: Pick<UpdatePolicy, 'platforms' | 'strategy'>,
  platformDefaults: PlatformDefaults,
): readonly Platform[] | undefined {
  if (policy.platforms !== undefined) return policy.platforms;
  if (platformDefaults.configured.length > 0) return platformDefaults.configured;
  const { kind } = policy.strategy;
  return kind === 'newest-build' || kind === 'newest-pushed' || kind === 'digest'
    ? [platformDefaults.own]
    : undefined;
}
