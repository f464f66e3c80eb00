import pLimit from 'p-limit';
import type { ChosenImage } from '../../core/change.ts';
import {
  isSteppedBack,
  suspectedRollbacks,
  type SuspectedRollback,
} from '../../core/deployment/step-back-in-argo-cd.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../../core/policy.ts';
import { versionText } from '../../core/presence.ts';
import { inForce } from '../../core/selection/decision.ts';
import { fileRequestOf } from '../../edits/index.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { HistoryRequest, WriterSession } from '../../ports/writer.ts';
import { unreadHistory, type OverriddenEvaluations } from '../apply-overrides.ts';
import type { Evaluation } from '../decide-images.ts';
import { readVersions, type ReadVersionsOptions, type VersionAt } from './read-versions.ts';

interface Suspect {
  readonly evaluation: Evaluation;
  readonly place: GitPlace;
  readonly paths: readonly string[];
  readonly steps: readonly SuspectedRollback[];
}

type Session = Pick<WriterSession, 'history' | 'readAt'>;

/**
 * Holds the updates of Applications that somebody rolled back in Argo CD: it runs an older commit than it did, and the file said
 * something else there. Nothing is written until Argo CD follows Git again. Only updates are looked at, and of them only those whose
 * status shows that it may be so; only for those is anything read. An image whose rule is `never-hold` is left out.
 */
export async function holdRolledBack(
  overridden: OverriddenEvaluations,
  session: Session,
  options: ReadVersionsOptions,
): Promise<OverriddenEvaluations> {
  const suspects = overridden.evaluations.flatMap(suspectsOf);
  if (suspects.length === 0) return overridden;
  const judged = await judgeAll(suspects, session, options);
  const wishes = judged.flatMap(({ evaluation: { tracked }, step }) =>
    'failure' in step ? [] : [{ tracked, revisions: [step.revision] }],
  );
  const versions = await readVersions(wishes, session, options);
  const held = new Map<TrackedImage, Evaluation>();
  for (const { evaluation, step } of judged) {
    const { tracked, decision } = evaluation;
    if (decision.outcome !== 'update') continue;
    const candidate = decision.to;
    if ('failure' in step) {
      held.set(tracked, { ...evaluation, decision: unreadHistory(step.failure, candidate) });
      continue;
    }
    const found = versions.get(tracked)?.get(step.revision);
    const next = holdOf(evaluation, { step, found, candidate });
    if (next !== undefined) held.set(tracked, next);
  }
  const evaluations = overridden.evaluations.map((evaluation) => held.get(evaluation.tracked) ?? evaluation);
  return { ...overridden, evaluations };
}

function suspectsOf(evaluation: Evaluation): readonly Suspect[] {
  const { tracked, present, decision } = evaluation;
  const target = gitTargetOf(tracked);
  if (decision.outcome !== 'update' || target === undefined || tracked.policy.rollback === 'never-hold')
    return [];
  const steps = suspectedRollbacks(tracked.observed.deployment, tracked.observed.deployedSource);
  if (steps.length === 0) return [];
  const paths = present?.path === undefined ? fileRequestOf(target.file).candidates : [present.path];
  return [{ evaluation, place: target.place, paths, steps }];
}

interface Judged {
  readonly evaluation: Evaluation;
  /** The commit that runs, or why the history cannot tell. */
  readonly step: SuspectedRollback | { readonly failure: LynceusError };
}

/** Those that run an older commit, and those of which that cannot be told. */
async function judgeAll(
  suspects: readonly Suspect[],
  session: Session,
  { concurrency, signal }: ReadVersionsOptions,
): Promise<readonly Judged[]> {
  const limit = pLimit(concurrency);
  const places = [...groupBy(suspects, ({ place }) => placeKey(place)).values()];
  const judged = await Promise.all(
    places.map((group) =>
      limit(async (): Promise<readonly Judged[]> => {
        try {
          return await judgePlace(group, session, signal);
        } catch (thrown) {
          signal.throwIfAborted();
          const failure = asLynceusError(thrown);
          return group.map(({ evaluation }) => ({ evaluation, step: { failure } }));
        }
      }),
    ),
  );
  return judged.flat();
}

/** Reads more of the history of a branch only where the last commits do not tell. */
async function judgePlace(
  group: readonly Suspect[],
  session: Session,
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  const [first] = group;
  if (first === undefined) return [];
  const paths = [...new Set(group.flatMap((suspect) => suspect.paths))].toSorted();
  const read = async (reach: HistoryRequest['reach']) =>
    (await session.history(first.place, { paths, reach }, signal)).map(({ sha }) => sha);
  const recent = await read('recent');
  const isOpen = group.some(({ steps }) =>
    steps.some((step) => isSteppedBack(step, recent, false) === 'more-history'),
  );
  const commits = isOpen ? await read('far') : recent;
  return group.flatMap(({ evaluation, steps }) => {
    const step = steps.find((one) => isSteppedBack(one, commits, true) === 'yes');
    return step === undefined ? [] : [{ evaluation, step }];
  });
}

interface Rollback {
  readonly step: SuspectedRollback;
  /** What the file says at the commit that runs. */
  readonly found: VersionAt | undefined;
  readonly candidate: ChosenImage;
}

/** `undefined` where that commit has what Git has now: what was rolled back is something else. */
function holdOf(evaluation: Evaluation, { step, found, candidate }: Rollback): Evaluation | undefined {
  const { tracked, present, notes = [] } = evaluation;
  const now = present?.kind === 'read' ? versionText(inForce(present.presence, tracked.observed)) : undefined;
  const runs = found?.kind === 'read' ? versionText(found.image) : undefined;
  if (found?.kind === 'read' && runs === now) return undefined;
  const facts = {
    candidate,
    present: now,
    runs,
    revision: step.revision,
    deployedAt: step.deployedAt,
    ...(found?.kind === 'unknown' ? { error: found.error } : {}),
  };
  const code = 'rolled-back-in-argo-cd';
  return {
    ...evaluation,
    decision: { outcome: 'held', code, facts, candidate },
    notes: [...notes, { code, facts }],
  };
}
