import type { ApplicationChangeSet } from '../../core/change.ts';
import { applicationText } from '../../core/identity/application.ts';
import { LynceusError } from '../../errors.ts';

/** The same error, naming the Application. */
export function explained(error: LynceusError, { application }: ApplicationChangeSet): LynceusError {
  if (error.code !== 'kube-not-found') return error;
  return new LynceusError(
    'kube-not-found',
    `the Application ${applicationText(application)} was read in this cycle but is not there any more: ${error.message}`,
    { cause: error, hint: error.hint ?? 'it was probably deleted meanwhile, and then nothing is to be done' },
  );
}

/** The error for an Application that somebody else changes all the time. */
export function tooBusy({ application }: ApplicationChangeSet, attempts: number): LynceusError {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return new LynceusError(
    'kube-conflict',
    `somebody else changed the Application ${applicationText(application)} whenever it was to be written, ${times} in a row`,
    { hint: 'it is tried again in the next cycle' },
  );
}

/** The error for a patch that was accepted and is not to be seen in the answer. */
export function notKept({ application, target }: ApplicationChangeSet): LynceusError {
  return new LynceusError(
    'target-unsupported',
    `the API server took the change of ${applicationText(application)} but did not keep ${target.at}.${target.format}`,
    {
      hint: 'the Application type of this Argo CD may not have that field yet, or an admission webhook undoes it: update Argo CD, or use write-back-method: git',
    },
  );
}
