import {
  declaredState,
  revisionsToRead,
  versionState,
  type VersionState,
} from '../../core/deployment/version-state.ts';
import { matchesRecord } from '../../core/overrides/rollback.ts';
import { gitTargetOf, type TrackedImage } from '../../core/policy.ts';
import { versionText } from '../../core/presence.ts';
import type { LynceusError } from '../../errors.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { readVersions, type ReadVersionsOptions, type VersionAt } from './read-versions.ts';

/** What Argo CD has deployed of one image. */
export interface DeployedImage {
  /** How far Argo CD has come with a version, as `versionText` or a record spells it; `writtenAt` is when it was committed. */
  readonly stateOf: (version: string, writtenAt?: number) => VersionState;
  /** Why a commit that Argo CD names could not be read, so that no version counts as synced there; absent when all could. */
  readonly error?: LynceusError;
}

/**
 * What Argo CD has deployed of images: by the status of their Applications, and by what their files say at the commits that it names.
 * Nothing is read of an Application that is not synced, and what was read once is not fetched again. A failure is that of its image.
 */
export async function readDeployed(
  images: readonly TrackedImage[],
  session: Pick<WriterSession, 'readAt'>,
  options: ReadVersionsOptions,
): Promise<ReadonlyMap<TrackedImage, DeployedImage>> {
  const wishes = images.map((tracked) => {
    const { deployment, deployedSource } = tracked.observed;
    const isRead = deployment !== undefined && gitTargetOf(tracked) !== undefined;
    return { tracked, revisions: isRead ? revisionsToRead(deployment, deployedSource) : [] };
  });
  const versions = await readVersions(wishes, session, options);
  return new Map(
    images.map((tracked) => [tracked, deployedImage(tracked, versions.get(tracked) ?? new Map())]),
  );
}

/** The same, by what its file says at the commits that Argo CD names. */
export function deployedImage(
  tracked: TrackedImage,
  versions: ReadonlyMap<string, VersionAt>,
): DeployedImage {
  const { deployment, deployedSource } = tracked.observed;
  const unknown = [...versions.values()].find((version) => version.kind === 'unknown');
  return {
    stateOf(version, writtenAt) {
      if (gitTargetOf(tracked) === undefined) return stateInSpec(tracked, version, writtenAt);
      const since = writtenAt === undefined ? {} : { writtenAt };
      // As a record names a version: without a digest it is the version with any.
      const versionAt = (revision: string) => {
        const found = versions.get(revision);
        if (found?.kind !== 'read' || found.image === undefined) return undefined;
        return matchesRecord(version, found.image) ? version : versionText(found.image);
      };
      return versionState(deployment, { version, sourceIndex: deployedSource, versionAt, ...since });
    },
    ...(unknown?.kind === 'unknown' ? { error: unknown.error } : {}),
  };
}

/** The spec says one version, and it is the one that Argo CD compares. */
function stateInSpec(
  { observed: { deployment, declared } }: TrackedImage,
  version: string,
  writtenAt: number | undefined,
): VersionState {
  if (declared !== undefined && matchesRecord(version, declared)) return declaredState(deployment, writtenAt);
  return { stage: 'written', health: deployment?.health.status ?? 'unknown', since: writtenAt };
}
