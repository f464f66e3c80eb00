import { judgeVersion, type VersionJudgement } from './judge-version.ts';
import type { PromotionPolicy } from './promotion-policy.ts';
import type { UpstreamTimeline, UpstreamVersion } from './upstream-version.ts';

/** A version of the first upstream image, and whether all of them let it through. */
export interface PromotedVersion {
  /** As the first upstream image has it; see `versionText`. */
  readonly version: string;
  readonly tag: string;
  /** What it must be; absent where the tag alone counts, and where no upstream image names it. */
  readonly digest?: string;
  /** Of the first upstream image that does not let it through, else `eligible`. */
  readonly judgement: VersionJudgement;
  /** Whose judgement it is. */
  readonly upstream: string;
}

/**
 * The versions of an image that is promoted, newest first by the order of its first upstream image. One is eligible when it is so in
 * all of them. A version is the same in two image repositories by its tag, and by `digest` where both name one.
 */
export function promotedVersions(
  timelines: readonly UpstreamTimeline[],
  policy: Pick<PromotionPolicy, 'when' | 'after' | 'by'>,
  now: number,
): readonly PromotedVersion[] {
  const [first, ...others] = timelines;
  if (first === undefined) return [];
  return first.versions.map((version) => {
    const all = [first, ...others].map((timeline) => {
      const found = timeline === first ? version : findSame(version, timeline, policy);
      const judgement: VersionJudgement =
        found === undefined ? { kind: 'waiting', has: undefined } : judgeVersion(found, policy, now);
      return { judgement, upstream: timeline.upstream, digest: found?.digest };
    });
    const decisive = all.find(({ judgement }) => judgement.kind !== 'eligible');
    const { judgement, upstream } = decisive ?? { judgement: { kind: 'eligible' }, upstream: first.upstream };
    const digest =
      policy.by === 'digest' ? all.map((one) => one.digest).find((one) => one !== undefined) : undefined;
    return {
      version: version.version,
      tag: version.tag,
      ...(digest === undefined ? {} : { digest }),
      judgement,
      upstream,
    };
  });
}

/** By digest, one without it is compared by its tag: what is behind that is asked for before anything is written. */
function findSame(
  version: UpstreamVersion,
  { versions }: UpstreamTimeline,
  { by }: Pick<PromotionPolicy, 'by'>,
): UpstreamVersion | undefined {
  return versions.find(
    ({ tag, digest }) =>
      tag === version.tag &&
      (by === 'tag' || digest === undefined || version.digest === undefined || digest === version.digest),
  );
}
