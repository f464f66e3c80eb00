import { versionText } from '../presence.ts';
import { plainLine } from '../quoted.ts';
import type { ReasonOf, VerificationFailure } from './reason.ts';

/** Why nothing is written after a write failed, and what ends it. */
export function describeVerificationFailed({
  candidate,
  failure,
}: ReasonOf<'verification-failed'>['facts']): string {
  const version = versionText(candidate) ?? candidate.tag;
  return `${describeFailure(failure)}; ${version} is not written until somebody releases the image or takes the version back`;
}

/** What checks found is foreign text. */
function describeFailure({ outcome, version, check, detail }: VerificationFailure): string {
  const why = detail === '' ? '' : ` (${plainLine(detail)})`;
  return outcome === 'failed'
    ? `${version} failed its check ${plainLine(check)}${why}`
    : `the check ${plainLine(check)} decided nothing about ${version}${why}`;
}
