import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import { groupBy } from '../plan/group-by.ts';
import type { FailedWrite } from './failed-write.ts';
import type { MadeRollback } from './judge-rollbacks.ts';
import type { WriteResult } from './write-result.ts';

/** What a pull request, or a branch that was pushed, takes back, and is not known to be merged. */
export function proposedRollbacks(results: readonly WriteResult[]): readonly FailedWrite[] {
  const proposed = results.filter(
    ({ ending, rollback }) => rollback?.outcome === 'proposed' && ending?.outcome === 'failed',
  );
  return [...groupBy(proposed, writeKey).values()].flatMap((group): readonly FailedWrite[] => {
    const [first] = group;
    if (first?.ending === undefined) return [];
    const { application, commit, writtenAt, rollback } = first;
    const isCompanion = rollback?.outcome === 'proposed' && rollback.isCompanion === true;
    const { check = '', detail = '', at } = first.ending;
    const images = group.map(({ alias, image, version }) => ({ alias, image, version }));
    const failed = { application, commit, check, detail, failedAt: at, images };
    return [isCompanion ? { ...failed, companion: { writtenAt } } : failed];
  });
}

/** One for each Application and commit. */
export function madeRollbacks(results: readonly WriteResult[]): readonly MadeRollback[] {
  const made = results.filter(({ rollback }) => rollback !== undefined && rollback.outcome !== 'held');
  return [...groupBy(made, writeKey).values()].flatMap(([first]) =>
    first?.rollback === undefined ? [] : [{ application: first.application, at: first.rollback.at }],
  );
}

/** The results that a failed write is made of. */
export function resultsOfWrite(
  { application, commit, images }: FailedWrite,
  results: readonly WriteResult[],
): readonly WriteResult[] {
  const names = new Set(images.map(({ alias, image }) => joinKey(alias, image)));
  const owner = applicationKey(application);
  return results.filter(
    (one) =>
      one.commit === commit &&
      applicationKey(one.application) === owner &&
      names.has(joinKey(one.alias, one.image)),
  );
}

function writeKey({ application, commit }: Pick<WriteResult, 'application' | 'commit'>): string {
  return joinKey(applicationKey(application), commit);
}
