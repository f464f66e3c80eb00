import type { TagLookup } from '../core/selection/check-tag.ts';
import { formatRepository } from '../core/image/reference.ts';
import { joinKey } from '../core/identity/key.ts';
import { tagNeedsKey, type TagFacts, type TagNeeds } from '../core/tags/facts.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import { createQuestions, type Waiting } from './registry-questions.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { RegistryServices } from './services.ts';
import type { FoundTags } from './find-tags.ts';

export type ListedTags = Extract<FoundTags, { kind: 'listed' }>;

interface TagRequest {
  readonly tag: string;
  readonly needs: TagNeeds;
  /** What this cycle knows of the tag already, from the listing or an earlier request. */
  readonly known: TagFacts | undefined;
  /** What was told of the tag in an earlier cycle will do. */
  readonly remembered?: boolean;
}

export type Describe = (found: ListedTags, request: TagRequest, waiting: Waiting) => Promise<TagLookup>;

/** Describes tags; a failure is a value. Each description is fetched once in a cycle. */
export function createDescriber(
  { registry }: Pick<RegistryServices, 'registry'>,
  turns: RegistryTurns,
): Describe {
  const ask = createQuestions<TagLookup>(turns);
  return function describe(found, request, waiting) {
    const { repository } = found.query;
    const what = `${formatRepository(repository)}:${request.tag}`;
    const work = async (signal: AbortSignal): Promise<TagLookup> => {
      try {
        return { kind: 'known', facts: await describeListed(found, request, { registry, signal }) };
      } catch (thrown) {
        signal.throwIfAborted();
        return { kind: 'unknown', error: asLynceusError(thrown) };
      }
    };
    return ask({ key: requestKey(found, request), repository, what, work, isAnswer }, waiting);
  };
}

function isAnswer(lookup: TagLookup): boolean {
  return lookup.kind === 'known' || !lookup.error.retryable;
}

/** What is read by a digest is of that digest: the tag may turn out to have another one in the same cycle. */
function requestKey({ query }: ListedTags, { tag, needs, known, remembered = false }: TagRequest): string {
  return joinKey(query.key, tag, tagNeedsKey(needs), known?.digest, remembered ? 'remembered' : 'now');
}

/**
 * More facts about a listed tag. Build times, which are needed for many tags, are read by the digest of this cycle: a
 * known digest costs no request. A tag that may be written is described by its name, as it is now. The time of its push is
 * kept from the listing: a tag that has moved since was pushed at least as late.
 */
async function describeListed(
  { query, login, listedAt }: ListedTags,
  { tag, needs, known, remembered = false }: TagRequest,
  { registry, signal }: { readonly registry: Registry; readonly signal: AbortSignal },
): Promise<TagFacts> {
  const { repository } = query;
  const ask = (reference: string) =>
    registry.describe({ repository, login, reference, needs, remembered }, signal);
  if (known === undefined) return asOf(await ask(tag), listedAt);
  const byDigest = needs.created === undefined ? undefined : await unlessGone(ask(known.digest));
  if (byDigest?.digest === known.digest) return { ...known, ...byDigest };
  const facts = await ask(tag);
  const { askedAt: _askedAt, ...rest } = known;
  if (facts.digest === known.digest) return { ...rest, ...facts };
  return known.pushed === undefined ? facts : { ...facts, pushed: known.pushed };
}

/** What was asked since the tags were listed, for another image, is of this cycle. */
function asOf(facts: TagFacts, listedAt: number): TagFacts {
  if (facts.askedAt === undefined || facts.askedAt < listedAt) return facts;
  const { askedAt: _askedAt, ...rest } = facts;
  return rest;
}

/** A manifest without a tag may be deleted at any time. */
async function unlessGone(facts: Promise<TagFacts>): Promise<TagFacts | undefined> {
  try {
    return await facts;
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'registry-not-found') return undefined;
    throw thrown;
  }
}
