import { applicationText } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import type { CycleReport, RollbackResult } from '../core/report.ts';
import type { Log } from '../ports/log.ts';

/** What is held for many at once is one line, and as loud as can be: no version is the reason. */
const OF_ALL: readonly RollbackResult['code'][] = ['environment-at-fault', 'rollback-limit'];

/** Logs what checks took back. Why one write is not is told with its verification. */
export function logRollbacks({ rollbacks = [] }: CycleReport, log: Log): void {
  for (const result of rollbacks) {
    const { outcome, reason, code } = result;
    if (outcome === 'held') continue;
    const fields = { ...fieldsOf(result), code, reason };
    if (outcome === 'failed') log.error('what failed could not be taken back', fields);
    else log.warn(outcome === 'shown' ? 'it would be rolled back' : 'rolled back by a check', fields);
  }
  const held = rollbacks.filter(({ outcome, code }) => outcome === 'held' && OF_ALL.includes(code));
  for (const group of groupBy(held, ({ code, check }) => joinKey(code, check)).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { code, check, reason } = first;
    log.error('nothing is rolled back', { code, check, reason, applications: group.length });
  }
}

function fieldsOf({ application, check, outcome, images, failedCommit, ...result }: RollbackResult) {
  return {
    application: applicationText(application),
    outcome,
    check,
    versions: images
      .map(({ alias, image, from, to }) => `${alias === '' ? image : alias} ${from} -> ${to ?? '?'}`)
      .join(', '),
    failed_commit: failedCommit,
    branch: result.branch,
    commit: result.commit,
    pull_request: result.pullRequest?.url,
  };
}
