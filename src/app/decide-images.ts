import type { TrackedImage } from '../core/policy.ts';
import { failedDecision, type Decision } from '../core/selection/decision.ts';
import { decideWithoutTags } from '../core/selection/select.ts';
import { asLynceusError } from '../errors.ts';
import { createChooser } from './choose-versions.ts';
import type { CycleRun, RegistryServices } from './services.ts';
import { findTags, tagsOf } from './find-tags.ts';
import type { Present } from './read-present.ts';

/** One image and what was decided for it. */
export interface Evaluation {
  readonly tracked: TrackedImage;
  readonly present: Present | undefined;
  readonly decision: Decision;
}

/** Decides each image. A registry is only asked for images whose target could be read. */
export async function decideImages(
  present: ReadonlyMap<TrackedImage, Present>,
  services: RegistryServices,
  run: CycleRun,
): Promise<readonly Evaluation[]> {
  const early = new Map([...present].map(([tracked, now]) => [tracked, withoutTags(tracked, now)] as const));
  const open = [...early].filter(([, decision]) => decision === undefined).map(([tracked]) => tracked);
  const found = await findTags(open, services, run);
  const choose = createChooser(services, run);
  return await Promise.all(
    [...present].map(async ([tracked, now]): Promise<Evaluation> => {
      const decision = early.get(tracked) ?? (await decide(tracked, now));
      return { tracked, present: now, decision };
    }),
  );

  async function decide(tracked: TrackedImage, now: Present): Promise<Decision> {
    try {
      if (now.kind === 'failed') return failedDecision(now.error);
      const { image, policy, observed, destination } = tracked;
      const input = { image, policy, observed, slot: destination.slot, presence: now.presence };
      return (await choose(input, tagsOf(found, tracked))).decision;
    } catch (thrown) {
      run.signal.throwIfAborted();
      return failedDecision(asLynceusError(thrown));
    }
  }
}

/** Decides what needs no registry. Anything thrown for one image is a failure of that image. */
function withoutTags(tracked: TrackedImage, now: Present): Decision | undefined {
  if (now.kind === 'failed') return failedDecision(now.error);
  try {
    return decideWithoutTags(tracked, now.presence);
  } catch (thrown) {
    return failedDecision(asLynceusError(thrown));
  }
}
