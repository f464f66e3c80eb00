import { applicationText } from '../../core/identity/application.ts';
import { imageKey } from '../../core/identity/image.ts';
import type { Override } from '../../core/overrides/override-message.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { Decision } from '../../core/selection/decision.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { LynceusError } from '../../errors.ts';
import { NO_LIMITS } from '../cycle-limits.ts';
import { createRegistryAnswers } from '../decide-images.ts';
import { followedBranches } from '../followed-branches.ts';
import { createGitTurns } from '../git-turns.ts';
import { findImages, type OverrideTarget } from '../overrides/find-images.ts';
import { overrideChangeFor, type OverrideChange } from '../overrides/override-changes.ts';
import { undecidedResult, unheldResult, type OverrideResult } from '../overrides/override-results.ts';
import { carryOutOverrides, onBase, type WrittenOverride } from '../overrides/write-override.ts';
import { EVERYTHING } from '../ownership.ts';
import { permitBranches, permitFiles } from '../permit-places.ts';
import { fenceOf } from '../permit-images.ts';
import { readApplications, type ReadApplications } from '../read-applications.ts';
import { readAllPolicies } from '../read-policies.ts';
import { readPresent, type Present } from '../read-present.ts';
import { resolveBranches } from '../resolve-branches.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import { withSession } from '../with-session.ts';
import { choosePromotion, type WantedPromotion } from './choose-promotion.ts';
import { judgePromotions, type JudgedPromotions } from './judge-promotions.ts';
import { promotionsOf, upstreamsOf } from './promotions-of-cycle.ts';

/** The arguments of `promote`. */
export interface PromoteRequest extends WantedPromotion, OverrideTarget, Pick<Override, 'reason' | 'by'> {}

export type PromoteServices = Pick<
  CycleServices,
  'applications' | 'registries' | 'git' | 'verification' | 'writes'
>;

/**
 * Promotes images of an Application in the name of a person: one commit for each branch, on the base. Throws `usage-invalid` when a version
 * may not be promoted, and the errors of reading; an image that is held is a result.
 */
export async function promoteImages(
  request: PromoteRequest,
  services: PromoteServices,
  run: Omit<CycleRun, 'log'>,
): Promise<WrittenOverride> {
  const wanted = await findPromoted(request, services, run);
  await services.writes?.results.load(run.signal);
  return await withSession(services.git.writer, async (session) => {
    const chosen = await chooseAll(request, wanted, { services, run, session });
    const overrides: OverrideChange[] = [];
    const others: OverrideResult[] = [];
    for (const { tracked, present, decision } of chosen) {
      const { path, presence } = present;
      if (decision.outcome !== 'update') {
        others.push(undecidedResult(tracked, presence, decision));
        continue;
      }
      const override = { ...request, kind: 'promote', hold: false } as const;
      const input = { request: override, version: decision.to, tracked, path, presence };
      const change = await overrideChangeFor(input, session, run.signal);
      if (change === undefined) others.push(unheldResult(tracked, presence));
      else overrides.push(change);
    }
    const written = await carryOutOverrides({ ...request, kind: 'promote' }, overrides, { session, run });
    return { ...written, images: [...written.images, ...others] };
  });
}

interface FoundPromoted {
  readonly images: readonly TrackedImage[];
  readonly policies: JudgedPromotions;
  readonly fence: Fence;
  readonly read: ReadApplications;
}

/** The images that a command names and that are promoted. */
async function findPromoted(
  request: PromoteRequest,
  { applications }: Pick<PromoteServices, 'applications'>,
  { signal }: Pick<CycleRun, 'signal'>,
): Promise<FoundPromoted> {
  const { images: named } = await findImages(request, applications, signal);
  const read = await readApplications(applications, signal);
  const fence = fenceOf(read, applications);
  const scope = { owns: EVERYTHING, only: undefined, fence };
  const policies = judgePromotions(readAllPolicies(read, applications.policyContext, scope), fence);
  const keys = new Set(named.map(imageKey));
  const images = policies.images.filter(
    (tracked) => keys.has(imageKey(tracked)) && tracked.policy.promotion !== undefined,
  );
  if (images.length === 0) throw nothingToPromote(request, policies.problems, named[0]);
  return { images, policies, fence, read };
}

interface ChosenPromotion {
  readonly tracked: TrackedImage;
  readonly present: Extract<Present, { kind: 'read' }>;
  readonly decision: Decision;
}

/** Throws for the first that cannot be read, or may not be promoted to the version. */
async function chooseAll(
  request: PromoteRequest,
  { images, policies, fence, read }: FoundPromoted,
  {
    services,
    run,
    session,
  }: {
    readonly services: PromoteServices;
    readonly run: Omit<CycleRun, 'log'>;
    readonly session: WriterSession;
  },
): Promise<readonly ChosenPromotion[]> {
  const { graph, known } = policies;
  const upstreams = upstreamsOf(images, graph).map(({ image }) => image);
  const { registries, verification } = services;
  const verifying = verification === undefined ? {} : { signatures: verification.signatures };
  const answers = createRegistryAnswers([...images, ...upstreams], { ...registries, ...verifying }, run);
  const git = createGitTurns({ concurrency: run.concurrency, limits: NO_LIMITS, paces: new Map() });
  const followed = followedBranches(read.applications, fence);
  const promotions = promotionsOf(upstreams, { services, run, known, graph, fence, followed, session, git });
  if (promotions === undefined) throw new LynceusError('internal', 'no upstream image was found');
  const named = await resolveBranches(images.map(onBase), session, run);
  const resolved = permitBranches(named, fence, new Map());
  for (const error of resolved.failed.values()) throw error;
  const { createMissing, limits, plan } = services.git;
  const found = await readPresent(resolved.images, session, { ...run, createMissing, limits });
  const options = {
    ...run,
    answers,
    session,
    promotions,
    known,
    trailers: plan.trailers,
    projects: fence.projects,
    writesDigest: verification?.writesDigest ?? true,
  };
  const chosen: ChosenPromotion[] = [];
  for (const [tracked, present] of permitFiles(found, fence)) {
    if (present.kind === 'failed') throw present.error;
    const decision = await choosePromotion({ tracked, present }, request, options);
    chosen.push({ tracked, present, decision });
  }
  return chosen;
}

function nothingToPromote(
  { application }: PromoteRequest,
  problems: ReturnType<typeof judgePromotions>['problems'],
  named: Parameters<typeof imageKey>[0] | undefined,
): LynceusError {
  const problem = problems.find(
    (one) => named !== undefined && applicationText(one.application) === applicationText(named.application),
  );
  if (problem !== undefined) return new LynceusError('annotation-invalid', problem.message);
  return new LynceusError(
    'usage-invalid',
    `no image of ${application} is promoted from another Application`,
    {
      hint: 'set the annotation promote-from, or write a version with lynceus set',
    },
  );
}
