import { didYouMean } from '../../core/did-you-mean.ts';
import { formatName } from '../../core/image/reference.ts';
import { gitTargetOf, type ApplicationId, type TrackedImage } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import type { CheckSpec, Measurement } from '../../core/verification/check-spec.ts';
import { HEALTH_CHECK } from '../../core/verification/verify-policy.ts';
import { LynceusError } from '../../errors.ts';
import type { Checks, CheckSubject } from '../../ports/checks.ts';
import type { HistoryCommit, WriterSession } from '../../ports/writer.ts';
import { matchImages } from '../overrides/find-images.ts';
import { permitBranches, permitFiles } from '../permit-places.ts';
import { readPresent, type Present } from '../read-present.ts';
import { resolveBranches } from '../resolve-branches.ts';
import type { ApplicationServices, CycleRun, GitServices } from '../services.ts';
import { withSession } from '../with-session.ts';

export interface CheckTrial {
  /** The name of a check of the configuration. */
  readonly check: string;
  /** `name` or `namespace/name`. */
  readonly application: string;
}

/** One measurement, and for what it was made. */
export interface TriedCheck {
  readonly check: string;
  readonly application: ApplicationId;
  readonly commit: string;
  readonly images: CheckSubject['images'];
  /** What was asked, one line for people each; empty where a value is missing for it. */
  readonly questions: readonly string[];
  readonly measurement: Measurement;
}

export interface TrialServices {
  readonly checks: Checks;
  readonly specs: readonly CheckSpec[];
  readonly applications: ApplicationServices;
  readonly git: Pick<GitServices, 'writer' | 'createMissing' | 'limits'>;
}

type Run = Omit<CycleRun, 'log'>;

/**
 * Measures once by a check, as if what Git has for the images of an Application now had just been written. Throws `usage-invalid` when
 * there is no such check or Application, and what reading Git throws.
 */
export async function tryCheck(
  { check: name, application }: CheckTrial,
  { checks, specs, applications, git }: TrialServices,
  run: Run,
): Promise<TriedCheck> {
  const spec = specs.find((one) => one.name === name);
  if (spec === undefined) throw unknownCheck(name, specs);
  const { images, fence } = await matchImages({ application, image: undefined }, applications, run.signal);
  const subject = await withSession(git.writer, async (session) => {
    const named = await resolveBranches(images, session, run);
    const resolved = permitBranches(named, fence, new Map());
    for (const error of resolved.failed.values()) throw error;
    const { createMissing, limits } = git;
    const found = await readPresent(resolved.images, session, { ...run, createMissing, limits });
    return await subjectOf(permitFiles(found, fence), session, run.signal);
  });
  const at = run.clock.now();
  return {
    check: name,
    application: subject.application,
    commit: subject.commit,
    images: subject.images,
    questions: questionsOf(checks, { spec, subject, at }),
    measurement: await checks.measure(spec, subject, at, run.signal),
  };
}

/** What is missing for a question is in the measurement too. */
function questionsOf(
  checks: Checks,
  { spec, subject, at }: { readonly spec: CheckSpec; readonly subject: CheckSubject; readonly at: number },
): readonly string[] {
  try {
    return checks.questionsOf(spec, subject, at);
  } catch (thrown) {
    if (thrown instanceof LynceusError) return [];
    throw thrown;
  }
}

async function subjectOf(
  present: ReadonlyMap<TrackedImage, Present>,
  session: WriterSession,
  signal: AbortSignal,
): Promise<CheckSubject> {
  const images: CheckSubject['images'][number][] = [];
  let newest: HistoryCommit | undefined;
  for (const [tracked, now] of present) {
    if (now.kind === 'failed') throw now.error;
    const tag = now.presence.kind === 'present' ? (now.presence.image.tag ?? '') : '';
    images.push({ alias: tracked.alias, image: formatName(tracked.image), tag });
    const commit = await newestCommit(tracked, { path: now.path, session, signal });
    if (commit !== undefined && commit.at >= (newest?.at ?? 0)) newest = commit;
  }
  const [first] = present.keys();
  const { destinationNamespace = '', isInOwnCluster = false } = first?.observed ?? {};
  return {
    application: first?.application ?? { namespace: '', name: '' },
    destinationNamespace,
    isInOwnCluster,
    commit: newest?.sha ?? '',
    writtenAt: newest?.at ?? 0,
    images,
  };
}

/** The newest one that changed the file. */
async function newestCommit(
  tracked: TrackedImage,
  {
    path,
    session,
    signal,
  }: { readonly path: string | undefined; readonly session: WriterSession; readonly signal: AbortSignal },
): Promise<HistoryCommit | undefined> {
  const place = gitTargetOf(tracked)?.place;
  if (place === undefined || path === undefined) return undefined;
  const history = await session.history(place, { paths: [path], reach: 'recent' }, signal);
  return history.find(({ paths }) => paths?.includes(path) === true) ?? history.at(-1);
}

function unknownCheck(name: string, specs: readonly CheckSpec[]): LynceusError {
  if (name === HEALTH_CHECK)
    return new LynceusError(
      'usage-invalid',
      'health is what Argo CD says of the Application: argocd app get shows it',
    );
  const names = specs.map((one) => one.name);
  const near = didYouMean(name, names);
  const listed = names.length === 0 ? 'verification.checks has none' : `there are ${names.join(', ')}`;
  return new LynceusError('usage-invalid', `there is no check ${quoted(name)}`, {
    hint: near === undefined ? listed : `did you mean ${near}?`,
  });
}
