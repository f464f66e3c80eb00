import { formatInstant } from '../instant.ts';
import { versionText } from '../presence.ts';
import { plainLine } from '../quoted.ts';
import type { ArgoCdRollbackFacts } from './argo-cd-rollback.ts';

const SHORT_SHA = 7;

/** Why an update is held. */
export function describeArgoCdRollback(facts: ArgoCdRollbackFacts): string {
  const { candidate, error } = facts;
  const why = error === undefined ? '' : ` (${error.message})`;
  const waits = `${versionText(candidate) ?? candidate.tag} is not written until Argo CD follows Git again`;
  return `rolled back in Argo CD, which ${differenceText(facts)}${why}; ${waits}`;
}

/** What a person can do about it. */
export function warnOfArgoCdRollback(facts: ArgoCdRollbackFacts): string {
  const { runs } = facts;
  const keep = runs === undefined ? 'revert the commit in Git' : `write ${plainLine(runs)} to Git`;
  return `the Application was rolled back in Argo CD, which ${differenceText(facts)}: sync it to go on, or ${keep} to keep what runs`;
}

function differenceText({ present, runs, revision, deployedAt, error }: ArgoCdRollbackFacts): string {
  const since = deployedAt === undefined ? '' : `, deployed ${formatInstant(deployedAt)}`;
  const commit = `commit ${revision.slice(0, SHORT_SHA)}${since}`;
  const version = runs === undefined ? 'no version' : plainLine(runs);
  const what = error === undefined ? version : 'a version that cannot be read';
  return `runs ${what} (${commit}) while Git says ${present === undefined ? 'nothing' : plainLine(present)}`;
}
