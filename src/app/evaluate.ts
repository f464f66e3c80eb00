import type { Plan } from '../core/plan/plan.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { TrackedImage } from '../core/policy.ts';
import { awaitApproval } from '../core/promotion/await-approval.ts';
import { holdsOnFailure } from '../core/verification/find-failed-write.ts';
import type { WriterSession } from '../ports/writer.ts';
import type { FailedWrite } from '../core/verification/failed-write.ts';
import { absentOwners } from './absent-owners.ts';
import { imageKey } from '../core/identity/image.ts';
import type { Batch } from './batches.ts';
import { holdRolledBack } from './deployment/hold-rolled-back.ts';
import { decideImages, type Evaluation, type RegistryAnswers } from './decide-images.ts';
import { listAhead } from './list-ahead.ts';
import { passGates, type DecideHolds } from './pass-gates.ts';
import { planEvaluations } from './plan-evaluations.ts';
import { askHosts, type HostViews } from './pull-requests/ask-hosts.ts';
import {
  followedRefusal,
  foreignBranchHint,
  permitBranches,
  permitFiles,
  type FollowedBranches,
} from './permit-places.ts';
import { createEndedRequests } from './pull-requests/ended-requests.ts';
import type { HostTurns } from './pull-requests/host-turns.ts';
import { withProposed } from './pull-requests/with-proposed.ts';
import { readLabels } from './read-labels.ts';
import { readPresent, type Present } from './read-present.ts';
import { resolveBranches, type ResolvedBranches } from './resolve-branches.ts';
import { applyOverrides } from './apply-overrides.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { decideRollbacks, type DecidedRollbacks } from './verification/decide-rollbacks.ts';

/** The plan, and the evaluations that it was made of. */
export interface Evaluated {
  readonly evaluations: readonly Evaluation[];
  readonly views: HostViews;
  readonly plan: Plan;
  /** What Git says of what was to be taken back. */
  readonly takenBack: DecidedRollbacks;
}

export interface EvaluateOptions {
  readonly services: CycleServices;
  readonly run: CycleRun;
  /** Made for all images of the cycle. */
  readonly answers: RegistryAnswers;
  readonly hosts: HostTurns;
  /** All images that are known, also those of Applications that are not handled here. */
  readonly known: readonly TrackedImage[];
  readonly fence: Fence;
  readonly followed: FollowedBranches;
  /** What failed its verification and is to be taken back; absent for nothing. */
  readonly orders?: readonly FailedWrite[];
}

/** From the images of a batch to a plan. Nothing is written. */
export async function evaluate(
  batch: Batch,
  session: WriterSession,
  options: EvaluateOptions,
): Promise<Evaluated> {
  const { services, run, known, fence, followed, hosts } = options;
  const { registries, git, pullRequests, writes } = services;
  const { images } = batch;
  const { resolved, decided, takenBack } = await decideBatch(batch, session, options);
  const decideHolds: DecideHolds = (evaluations) =>
    applyOverrides(evaluations, session, {
      ...run,
      trailers: git.plan.trailers,
      known,
      mayBeTakenBack: (tracked) => writes !== undefined && holdsOnFailure(tracked, writes.onInconclusive),
      ends: writes,
    });
  const overridden = await holdRolledBack(await decideHolds(inOrder(decided, images)), session, {
    ...run,
    createMissing: git.createMissing,
    limits: git.limits,
  });
  const { evaluations: passed, sources } = await passGates(overridden, options.answers, {
    ...run,
    decideHolds,
    writesDigest: services.verification?.writesDigest ?? true,
    projects: fence.projects,
  });
  const respected = passed.map((evaluation) => ({
    ...evaluation,
    decision: awaitApproval(evaluation.tracked, evaluation.decision),
  }));
  const labelled = await readLabels(respected, { ...registries, plan: git.plan }, run);
  const asked = await askHosts(inOrder([...labelled, ...takenBack.evaluations], images), {
    pullRequests,
    sources,
    ends: writes,
    plan: git.plan,
    session,
    hosts,
    signal: run.signal,
  });
  const planned = planEvaluations(asked.evaluations, {
    ...git.plan,
    owners: absentOwners(known, resolved.images),
    branchRefusal: (tracked, branch) => followedRefusal(tracked, branch, followed),
    foreignBranchHint: (tracked, branch) => foreignBranchHint(tracked, branch, fence),
  });
  const plan = withProposed(planned, asked.views);
  const size = plan.changeSets.length + plan.applications.length;
  run.onProgress({ stage: 'plan', done: size, total: size });
  return { ...asked, plan, takenBack };
}

interface DecidedBatch {
  readonly resolved: ResolvedBranches;
  readonly decided: readonly Evaluation[];
  readonly takenBack: DecidedRollbacks;
}

/** Git and registries are asked side by side. */
async function decideBatch(
  { images, waiting }: Batch,
  session: WriterSession,
  { services, run, known, fence, followed, answers, hosts, orders = [] }: EvaluateOptions,
): Promise<DecidedBatch> {
  const { git, inVain = new Set() } = services;
  const ahead = listAhead(images, { find: answers.find, fence, inVain, signal: run.signal });
  try {
    const named = await resolveBranches(images, session, { ...run, waiting });
    const resolved = permitBranches(named, fence, followed);
    const found = await readPresent(resolved.images, session, {
      ...run,
      createMissing: git.createMissing,
      limits: git.limits,
      known,
    });
    const present = new Map([...unresolved(resolved.failed), ...permitFiles(found, fence)]);
    const ended = createEndedRequests(services.pullRequests, hosts);
    const takenBack = await decideRollbacks(present, session, { orders, ended, signal: run.signal });
    const isTakenBack = new Set(takenBack.evaluations.map(({ tracked }) => tracked));
    const chosen = new Map([...present].filter(([tracked]) => !isTakenBack.has(tracked)));
    const decided = await decideImages(chosen, { ...answers, find: ahead.find }, run);
    return { resolved, decided, takenBack };
  } finally {
    ahead.end();
  }
}

/** In the order in which the Applications name the images. */
export function inOrder(
  evaluations: readonly Evaluation[],
  images: readonly TrackedImage[],
): readonly Evaluation[] {
  const places = new Map(images.map((tracked, place) => [imageKey(tracked), place]));
  const placeOf = ({ tracked }: Evaluation) => places.get(imageKey(tracked)) ?? 0;
  return evaluations.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function unresolved(failed: ResolvedBranches['failed']): readonly (readonly [TrackedImage, Present])[] {
  return [...failed].map(
    ([tracked, error]) => [tracked, { kind: 'failed', error, path: undefined }] as const,
  );
}
