import { factOfError, newest, type TagLookup } from './check-tag.ts';
import { inForce, type SelectionInput } from './decision.ts';
import { isTag } from '../image/grammar.ts';
import { namesImage } from '../presence.ts';
import type { StepBack } from '../reasons/reason.ts';
import { compareByteOrder } from '../strategies/byte-order.ts';
import { isSupplementaryTag } from '../tags/filter.ts';
import type { TagFacts } from '../tags/facts.ts';

/** The version in force, where it is one that the strategy might have chosen: nothing older may take its place. */
export interface PresentVersion {
  /** `undefined` when the target has a digest alone. */
  readonly tag: string | undefined;
  /** By what it is described when it is not listed: its digest, which does not move, else its tag. */
  readonly reference: string;
  /** A tag without a digit that is not listed. Versions, dates and hashes have some: it may be a placeholder. */
  readonly isWord: boolean;
}

/**
 * The version in force, to be compared with what is chosen. `undefined` when there is none, when it belongs to another image
 * repository, and when its tag does not pass the filters: then a person wants another kind of tag.
 */
export function presentVersion(
  input: SelectionInput,
  passes: (tag: string) => boolean,
  tags: readonly string[],
): PresentVersion | undefined {
  const now = inForce(input.presence, input.observed);
  if (now === undefined || (now.name !== undefined && !namesImage(now.name, input.image))) return undefined;
  const { tag = '', digest } = now;
  if (tag === '')
    return digest === undefined ? undefined : { tag: undefined, reference: digest, isWord: false };
  if (!isTag(tag) || isSupplementaryTag(tag) || !passes(tag)) return undefined;
  const isWord = digest === undefined && !/\d/.test(tag) && !tags.includes(tag);
  return { tag, reference: digest ?? tag, isWord };
}

/** By names alone: what comes before the present one is a step back, whether that is listed or not. */
export function stepBackByName(present: PresentVersion | undefined, chosen: string): StepBack | undefined {
  if (present?.tag === undefined || compareByteOrder(chosen, present.tag) >= 0) return undefined;
  return { kind: 'older', by: 'name', ...overWord(present) };
}

/** The version in force is not listed, and nothing else is known of it. `chosenAt` is of the chosen one. */
export function stepBackUnlisted(present: PresentVersion, chosenAt: number | undefined): StepBack {
  return { kind: 'unknown', because: 'not-listed', chosenAt, ...overWord(present) };
}

function overWord({ isWord }: PresentVersion): Pick<StepBack, 'overWord'> {
  return isWord ? { overWord: true } : {};
}

/** By the place in a listing that is in order. `ranked` is best first; what is not in it has no place. */
export function stepBackByPlace(
  present: PresentVersion | undefined,
  { tag, built }: { readonly tag: string; readonly built: number | undefined },
  ranked: readonly string[],
): StepBack | undefined {
  if (present === undefined || present.tag === tag) return undefined;
  const place = ranked.indexOf(present.tag ?? '');
  if (place < 0) return stepBackUnlisted(present, built);
  return place < ranked.indexOf(tag) ? { kind: 'older', by: 'place' } : undefined;
}

/** By build times. `facts` and `built` are those of what was chosen. */
export function stepBackByBuild(
  present: TagLookup,
  { facts, built }: { readonly facts: TagFacts; readonly built: number | undefined },
  now: number | undefined,
): StepBack | undefined {
  const gap = gapOf(present);
  const presentBuilt = present.kind === 'known' ? newest(present.facts.images ?? [], now) : undefined;
  if (gap !== undefined || presentBuilt === undefined || built === undefined)
    return { kind: 'unknown', because: gap ?? 'no-build-time', chosenAt: built };
  if (present.kind === 'known' && present.facts.digest === facts.digest) return undefined;
  if (built === presentBuilt) return { kind: 'unknown', because: 'same-build-time', chosenAt: built };
  return built < presentBuilt ? { kind: 'older', by: 'build' } : undefined;
}

/** Why nothing can be known of a version; `undefined` when it is an image. */
export function gapOf(present: TagLookup): 'gone' | 'unusable' | undefined {
  if (present.kind === 'unknown')
    return factOfError('', present.error)?.kind === 'gone' ? 'gone' : 'unusable';
  return present.facts.images?.length === 0 ? 'unusable' : undefined;
}
