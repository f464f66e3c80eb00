import { isBuildTime, newest, type TagLookup } from '../selection/check-tag.ts';

/** When a version came to be, as far as that was known without asking for it. Milliseconds since 1970. */
export interface VersionTimes {
  /** When it was pushed, as its registry tells. */
  readonly pushed?: number;
  /** When it was built, as the image itself says. */
  readonly built?: number;
  /** When this program saw it first. */
  readonly seen?: number;
}

/**
 * The times among what is known of a tag; times that cannot be true are left out. `digest`: that of the version, where it names one: a tag
 * that was moved since tells nothing of it. `undefined` for none.
 */
export function versionTimes(
  lookup: TagLookup | undefined,
  { digest, now }: { readonly digest: string | undefined; readonly now: number },
): VersionTimes | undefined {
  if (lookup?.kind !== 'known') return undefined;
  const { facts } = lookup;
  if (digest !== undefined && digest !== facts.digest) return undefined;
  const { firstSeen } = facts;
  const pushed = facts.pushed !== undefined && isBuildTime(facts.pushed, now) ? facts.pushed : undefined;
  const built = newest(facts.images ?? [], now);
  if (pushed === undefined && built === undefined && firstSeen === undefined) return undefined;
  return {
    ...(pushed === undefined ? {} : { pushed }),
    ...(built === undefined ? {} : { built }),
    ...(firstSeen === undefined ? {} : { seen: firstSeen }),
  };
}
