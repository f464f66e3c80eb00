import type { TrackedImage } from '../../core/policy.ts';
import type { Presence } from '../../core/presence.ts';
import type { DeployedState } from '../../core/promotion/timeline.ts';
import type { LynceusError } from '../../errors.ts';
import type { WriterSession } from '../../ports/writer.ts';

/** How far versions in force have come, by what Argo CD says; an error where that could not be found out. */
export type ReadDeployedStates = (
  images: readonly ImageInForce[],
  session: WriterSession,
  signal: AbortSignal,
) => Promise<ReadonlyMap<TrackedImage, DeployedStateAt | LynceusError>>;

/** An image with its branch by its name, and what its target has. */
export interface ImageInForce {
  readonly tracked: TrackedImage;
  readonly presence: Presence;
  readonly path: string | undefined;
}

/** Asked with the time at which the version in force was written. */
export type DeployedStateAt = (writtenAt: number | undefined) => DeployedState | undefined;
