import { annotationName } from '../argocd/annotations.ts';
import { updaterFieldOf } from '../argocd/updater-fields.ts';
import type { Application } from '../argocd/application.ts';
import { problemOf } from '../argocd/problems.ts';
import { refusedFor, type PolicyReading, type RefusedImage } from '../argocd/policy-reading.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { fencedCredentials, judgeLogin } from '../core/permissions/judge-login.ts';
import { judgeProject } from '../core/permissions/judge-project.ts';
import { judgeTemplate } from '../core/permissions/judge-template.ts';
import { judgeWrite, writeRefusal, type WriteJudgement } from '../core/permissions/judge-write.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { LynceusError } from '../errors.ts';
import type { ReadApplications } from './read-applications.ts';
import type { ApplicationServices } from './services.ts';

/**
 * The fence of a cycle. It is enforced with rules, and as soon as there are Applications outside of Argo CD's namespace, or
 * such namespaces are watched.
 */
export function fenceOf(
  { applications, projects }: Pick<ReadApplications, 'applications' | 'projects'>,
  {
    permissions,
    policyContext: { argocdNamespace },
  }: Pick<ApplicationServices, 'permissions' | 'policyContext'>,
): Fence {
  const isElsewhere = ({ namespace }: Application): boolean =>
    namespace !== '' && namespace !== argocdNamespace;
  const enforced = permissions.enforced || applications.some(isElsewhere);
  return { rules: permissions.rules, enforced, projects, argocdNamespace };
}

/** The reading of one Application, without the images that it may not have written where it asks for. */
export function permitImages(reading: PolicyReading, fence: Fence): PolicyReading {
  const [first] = reading.images;
  if (first === undefined) return reading;
  const ofProject = judgeProject(first, undefined, fence);
  if (ofProject !== undefined) {
    const problem = projectProblem({ ...first, alias: undefined }, ofProject);
    const refused = reading.images.map((tracked) => refusedFor(tracked, problem));
    return {
      images: [],
      refused: [...reading.refused, ...refused],
      problems: [...reading.problems, problem],
    };
  }
  const images: TrackedImage[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  for (const tracked of reading.images) {
    const judged = judge(tracked, fence);
    if ('message' in judged) {
      refused.push(refusedFor(tracked, judged));
      problems.push(judged);
    } else images.push(judged);
  }
  if (problems.length === 0) return { ...reading, images };
  return { images, refused: [...reading.refused, ...refused], problems: [...reading.problems, ...problems] };
}

function judge(asked: TrackedImage, fence: Fence): TrackedImage | Problem {
  const { application, alias } = asked;
  const template = judgeTemplate(asked, fence);
  if (template !== undefined) {
    return problemOf({ application, alias, ...askedBy(asked, 'helm.value-template') }, template);
  }
  const login = judgeLogin(asked, fence);
  if (login !== undefined) return problemOf({ application, alias, ...askedBy(asked, 'pull-secret') }, login);
  const tracked = withCredentials(asked, fence);
  const target = gitTargetOf(tracked);
  if (target === undefined) return tracked;
  const denied = judgeProject(tracked, target.place.remote, fence);
  if (denied !== undefined) return projectProblem(tracked, denied);
  const judged = judgeWrite({ ...tracked, target }, fence);
  if (judged.kind === 'allowed') return { ...tracked, claim: judged.claim };
  const found = { application, alias, ...askedBy(tracked, keyOf(judged)) };
  return problemOf(found, writeRefusal(judged, { target }));
}

function withCredentials(tracked: TrackedImage, fence: Fence): TrackedImage {
  const target = gitTargetOf(tracked);
  if (target === undefined) return tracked;
  const credentials = fencedCredentials(target.place.credentials, tracked, fence);
  if (credentials === target.place.credentials) return tracked;
  const place = { ...target.place, credentials };
  return { ...tracked, destination: { ...tracked.destination, target: { ...target, place } } };
}

/** The setting of an image that asks for something, as whoever sets it spells it. */
function askedBy(
  { updater, alias }: Pick<TrackedImage, 'updater' | 'alias'>,
  key: 'helm.value-template' | 'pull-secret' | ReturnType<typeof keyOf>,
): Pick<Problem, 'key' | 'value' | 'updater'> {
  const field = updater === undefined ? undefined : updaterFieldOf(key);
  const name = key === 'helm.value-template' ? annotationName(key, alias) : annotationName(key);
  return { key: field ?? name, value: '', ...(updater === undefined ? {} : { updater }) };
}

/** The annotation by which an Application asks for what is not its own. */
function keyOf({ lacking }: Extract<WriteJudgement, { kind: 'refused' }>) {
  if (lacking.remote) return 'git-repository';
  return lacking.branch ? 'git-branch' : 'write-back-target';
}

function projectProblem(
  {
    application,
    alias,
    requester,
  }: Pick<TrackedImage, 'application' | 'requester'> & { readonly alias: string | undefined },
  error: LynceusError,
): Problem {
  return problemOf({ application, alias, key: 'spec.project', value: requester.project }, error);
}
