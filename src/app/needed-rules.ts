import { imageKey } from '../core/identity/image.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { deniedKeys } from '../core/permissions/judge-keys.ts';
import { loginRules } from '../core/permissions/judge-login.ts';
import { templateRule } from '../core/permissions/judge-template.ts';
import { judgeWrite } from '../core/permissions/judge-write.ts';
import { mergeRules, type NeededRule } from '../core/permissions/merge-rules.ts';
import { promotionRules } from '../core/promotion/graph.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { LynceusError } from '../errors.ts';
import type { ApplicationServices, CycleRun, GitServices } from './services.ts';
import { EVERYTHING } from './ownership.ts';
import { readApplications } from './read-applications.ts';
import { readAllPolicies } from './read-policies.ts';
import { belongsToOther } from './permit-places.ts';
import { readPresent, type Present } from './read-present.ts';
import { resolveBranches } from './resolve-branches.ts';
import { withSession } from './with-session.ts';

/** The rules that today's Applications need to be served when the fence is enforced. */
export interface NeededRules {
  readonly rules: readonly NeededRule[];
  readonly applications: number;
  readonly images: number;
  /** Images whose place could not be looked at, so that their rules may lack something. */
  readonly unread: readonly (Pick<TrackedImage, 'application' | 'alias'> & {
    readonly error: LynceusError;
  })[];
  /** What is wrong with Applications, a rule or not. */
  readonly problems: readonly Problem[];
}

/**
 * Looks at the place of every image: branches by their names, files where they are, links followed. Nothing is written. Throws
 * what reading Applications throws.
 */
export async function neededRules(
  { applications: services, git }: { readonly applications: ApplicationServices; readonly git: GitServices },
  run: Omit<CycleRun, 'log'>,
): Promise<NeededRules> {
  const read = await readApplications(services, run.signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const { argocdNamespace } = services.policyContext;
  const fence: Fence = { rules: [], enforced: true, projects: read.projects, argocdNamespace };
  const policies = readAllPolicies(read, services.policyContext, {
    owns: EVERYTHING,
    only: undefined,
    // What is asked for is read first and judged below, also what would be refused.
    fence: { ...fence, enforced: false, rules: [EVERYWHERE] },
  });
  return await withSession(git.writer, async (session) => {
    const named = await resolveBranches(policies.images, session, run);
    const present = await readPresent(named.images, session, {
      ...run,
      createMissing: git.createMissing,
      limits: git.limits,
    });
    const unread = [...named.failed].map(([tracked, error]) => ({ ...idOf(tracked), error }));
    const lost = policies.images.filter((one) => named.failed.has(one));
    const rules = [
      ...policies.images.flatMap((tracked) => loginRules(tracked, fence)),
      ...promotionRules(policies.images, fence),
      ...lost.flatMap((tracked) => ruleFor(tracked, fence, undefined)),
    ];
    for (const [tracked, now] of present) {
      if (now.kind === 'failed') unread.push({ ...idOf(tracked), error: now.error });
      rules.push(...ruleFor(tracked, fence, now.path), ...rulesForTexts(tracked, now, fence));
    }
    return {
      rules: mergeRules(rules),
      applications: policies.watched,
      images: new Set(policies.images.map(imageKey)).size,
      unread,
      problems: [...read.problems, ...policies.problems],
    };
  });
}

const EVERYWHERE = {
  projects: [],
  namespaces: [],
  applications: [],
  remotes: ['*'],
  branches: ['**'],
  paths: ['**'],
  keys: ['**'],
  registries: ['**'],
  logins: ['**'],
  templates: ['**'],
  promoteFrom: ['**'],
};

function idOf({ application, alias }: TrackedImage): Pick<TrackedImage, 'application' | 'alias'> {
  return { application, alias };
}

function ruleFor(tracked: TrackedImage, fence: Fence, path: string | undefined): readonly NeededRule[] {
  const target = gitTargetOf(tracked);
  if (target === undefined) return [];
  const judged = judgeWrite({ ...tracked, target, ...(path === undefined ? {} : { path }) }, fence);
  return judged.kind === 'refused' ? [judged.rule] : [];
}

/** For the keys of a values file and the text of a value template. */
function rulesForTexts(tracked: TrackedImage, now: Present, fence: Fence): readonly NeededRule[] {
  const target = gitTargetOf(tracked);
  const template = templateRule(tracked, fence) ?? [];
  if (target === undefined || now.kind === 'failed' || now.path === undefined) return [template].flat();
  const { presence, path } = now;
  const keys = belongsToOther(tracked, presence)
    ? []
    : deniedKeys({ ...tracked, target, path }, presence, fence);
  return [...keys.map(({ rule }) => rule), template].flat();
}
