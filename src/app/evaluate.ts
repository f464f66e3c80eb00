import type { Plan } from '../core/plan/plan.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { WriterSession } from '../ports/writer.ts';
import { decideImages, type Evaluation } from './decide-images.ts';
import { planEvaluations } from './plan-evaluations.ts';
import { askHosts, type HostViews } from './pull-requests/ask-hosts.ts';
import { readLabels } from './read-labels.ts';
import { readPresent, type Present } from './read-present.ts';
import { resolveBranches, type ResolvedBranches } from './resolve-branches.ts';
import { applyOverrides } from './apply-overrides.ts';
import type { CycleRun, CycleServices } from './services.ts';

/** The plan, and the evaluations that it was made of. */
export interface Evaluated {
  readonly evaluations: readonly Evaluation[];
  readonly views: HostViews;
  readonly plan: Plan;
}

/** From tracked images to a plan. Nothing is written. `known` are all images, also those that are not evaluated. */
export async function evaluate(
  images: readonly TrackedImage[],
  session: WriterSession,
  {
    services,
    run,
    known,
  }: {
    readonly services: CycleServices;
    readonly run: CycleRun;
    readonly known: readonly TrackedImage[];
  },
): Promise<Evaluated> {
  const { registries, git, pullRequests } = services;
  const resolved = await resolveBranches(images, session, run);
  const present = await readPresent(resolved.images, session, {
    ...run,
    createMissing: git.createMissing,
    known,
  });
  const decided = await decideImages(new Map([...unresolved(resolved.failed), ...present]), registries, run);
  const respected = await applyOverrides(decided, session, run);
  const labelled = await readLabels(respected, { ...registries, plan: git.plan }, run);
  const asked = await askHosts(labelled, { pullRequests, plan: git.plan, signal: run.signal });
  const plan = planEvaluations(asked.evaluations, git.plan);
  const size = plan.changeSets.length + plan.applications.length;
  run.onProgress({ stage: 'plan', done: size, total: size });
  return { ...asked, plan };
}

function unresolved(failed: ResolvedBranches['failed']): readonly (readonly [TrackedImage, Present])[] {
  return [...failed].map(
    ([tracked, error]) => [tracked, { kind: 'failed', error, path: undefined }] as const,
  );
}
