import type { TagFacts, TagNeeds } from '../core/tags/facts.ts';
import { LynceusError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import type { FoundTags } from './find-tags.ts';

export type ListedTags = Extract<FoundTags, { kind: 'listed' }>;

/**
 * More about a tag that was listed. Build times, which many tags are asked for, are those of the digests that came with
 * the listing: what is known of a digest costs no request. What may be written is asked by the tag, and is what the tag
 * has now. When it was pushed is kept from the listing, as long as it is the same digest.
 */
export async function describeListed(
  { query, login, listing }: ListedTags,
  { tag, needs }: { readonly tag: string; readonly needs: TagNeeds },
  { registry, signal }: { readonly registry: Registry; readonly signal: AbortSignal },
): Promise<TagFacts> {
  const ask = (reference: string) => registry.describe(query.repository, reference, needs, login, signal);
  const listed = listing.facts.get(tag);
  if (listed === undefined) return ask(tag);
  const byDigest = needs.created === undefined ? undefined : await unlessGone(ask(listed.digest));
  const facts = byDigest ?? (await ask(tag));
  return facts.digest === listed.digest ? { ...listed, ...facts } : facts;
}

/** A manifest that its tag left behind may be deleted at any time. */
async function unlessGone(facts: Promise<TagFacts>): Promise<TagFacts | undefined> {
  try {
    return await facts;
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'registry-not-found') return undefined;
    throw thrown;
  }
}
