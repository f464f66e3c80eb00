import type { ApplicationChangeSet } from '../../core/change.ts';
import type { LynceusError } from '../../errors.ts';
import type { ApplicationWriteResult } from '../../ports/application-writer.ts';
import { listDiff } from './list-diff.ts';
import { ownerWarnings } from './owner-warnings.ts';
import type { ApplicationReading } from './read-application.ts';

/**
 * How a change set ended; `ending` is for one that changes something. One that changes nothing has failed
 * when every change in it was refused.
 */
export function applicationResult(
  set: ApplicationChangeSet,
  { application, edit }: ApplicationReading,
  ending: 'written' | 'shown',
): ApplicationWriteResult {
  const { patch, refused, already, list } = edit;
  const [first] = refused;
  if (patch.length > 0)
    return {
      set,
      ending: { kind: ending },
      refused,
      warnings: ownerWarnings(application),
      diff: listDiff(set.application, list),
    };
  if (first !== undefined && already === 0) return { ...failedResult(set, first.error), refused };
  return { set, ending: { kind: 'unchanged' }, refused, warnings: [], diff: '' };
}

export function failedResult(set: ApplicationChangeSet, error: LynceusError): ApplicationWriteResult {
  return { set, ending: { kind: 'failed', error }, refused: [], warnings: [], diff: '' };
}
