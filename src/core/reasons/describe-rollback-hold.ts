import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { plainLine, quoted } from '../quoted.ts';
import type { RollbackHold } from './rollback-hold.ts';

/** Why nothing is taken back, as one English sentence for people. */
export function describeRollbackHold(hold: RollbackHold): string {
  switch (hold.code) {
    case 'environment-at-fault': {
      const check = `the check ${plainLine(hold.facts.check)}`;
      return hold.facts.kind === 'unanswered'
        ? `${check} gets no answers, so its source is taken to be at fault, not the version`
        : `${check} fails for ${hold.facts.failing} of ${hold.facts.watched} Applications, so the environment is taken to be at fault, not the version`;
    }
    case 'rollback-limit': {
      const { limit, namespace } = hold.facts;
      const where = namespace === undefined ? '' : ` in the namespace ${quoted(namespace)}`;
      return `more than ${limit} Applications${where} would be rolled back within an hour, so rollbacks are paused until somebody runs lynceus resume`;
    }
    case 'rollbacks-paused':
      return hold.facts.what === 'rollbacks'
        ? 'rollbacks are paused until somebody runs lynceus resume'
        : 'the Application is paused';
    case 'outside-window': {
      const { opensAt } = hold.facts;
      const until = opensAt === undefined ? 'they are open' : formatInstant(opensAt);
      return `the update windows of the image are closed, and rollbacks are only made inside: it waits until ${until}`;
    }
    case 'not-written':
      return `it could not be taken back, and is tried again: ${hold.facts.why}`;
    case 'pause-unknown':
      return `it could not be found out whether rollbacks are paused: ${hold.facts.error.line}`;
    case 'observation-too-short':
      return `this process has not observed it for long enough: asked again at ${formatInstant(hold.facts.until)}`;
    case 'clock-set-back':
      return `the clock was set back by ${formatDuration(hold.facts.by)}: asked again when that has passed`;
    case 'no-version-before':
      return 'there was no version before it';
    case 'version-before-rolled-back':
      return `the version before it, ${hold.facts.version}, was taken back as well`;
    case 'restored-version':
      return 'it was restored by a rollback, and nothing is rolled back twice';
    case 'changed-meanwhile':
      return hold.facts.now === undefined
        ? 'the file no longer has it'
        : `the file has ${hold.facts.now} by now, and not what was written`;
    case 'held-by-person':
      return `a person holds the image${hold.facts.text === '' ? '' : `: ${quoted(hold.facts.text)}`}`;
    case 'proposal-closed':
      return `the pull request ${hold.facts.url}, which would have taken it back, was closed without merging`;
    case 'not-in-git':
      return 'it is written to the Application in the cluster, which has no history to go back to';
    case 'no-record':
      return 'the history of the branch does not tell what was there before';
  }
}
