import { tallyOf } from '../verification/machine.ts';
import type { VerificationState } from '../verification/verification-state.ts';
import { HEALTH_CHECK } from '../verification/verify-policy.ts';
import type { WriteResult } from '../verification/write-result.ts';
import { cutSentence } from './json-facts.ts';
import type { VerificationStatus } from './status-pages.ts';

/** A write that is watched. */
export interface RunningVerification {
  readonly commit: string;
  readonly writtenAt: number;
  /** Names of the checks that are asked. */
  readonly checks: readonly string[];
  readonly state: VerificationState;
}

/** How the verification of a write stands; `undefined` where nothing comes of it any more. */
export function verificationStatusOf({
  commit,
  writtenAt,
  checks,
  state,
}: RunningVerification): VerificationStatus | undefined {
  switch (state.kind) {
    case 'written':
      return {
        state: 'waiting',
        commit,
        since: writtenAt,
        checks: checks.map((name) => ({ name, state: 'waiting' })),
      };
    case 'synced':
      return {
        state: 'waiting',
        commit,
        since: state.at,
        checks: checks.map((name) => ({ name, state: 'waiting' })),
      };
    case 'healthy':
      return {
        state: 'running',
        commit,
        since: state.since,
        checks: checks.map((name) => {
          if (name === HEALTH_CHECK)
            return { name, state: state.health.kind === 'healthy' ? 'healthy' : 'not healthy' };
          const tally = tallyOf(state, name);
          if (tally === undefined) return { name, state: 'waiting' };
          const { last, measured } = tally;
          const detail = 'detail' in last ? last.detail : '';
          return {
            name,
            state: `${last.kind}, ${measured} measured`,
            ...(detail === '' ? {} : { detail: cutSentence(detail) }),
          };
        }),
      };
    case 'verified':
    case 'failed':
    case 'inconclusive':
      return endedVerification(commit, state.ending);
    case 'superseded':
    case 'ended':
      return undefined;
  }
}

/** A verification that has ended, as it is kept. */
export function endedVerification(
  commit: string,
  ending: NonNullable<WriteResult['ending']>,
): VerificationStatus {
  const { outcome, at, check, detail = '' } = ending;
  const checks =
    check === undefined
      ? []
      : [{ name: check, state: outcome, ...(detail === '' ? {} : { detail: cutSentence(detail) }) }];
  return { state: outcome, commit, since: at, checks };
}
