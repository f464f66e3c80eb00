import { gitTargetOf } from '../../core/policy.ts';
import type { CheckSpec } from '../../core/verification/check-spec.ts';
import type { HealthTerms, VerificationTerms } from '../../core/verification/verification-state.ts';
import {
  HEALTH_CHECK,
  strongestAction,
  type InconclusiveAction,
} from '../../core/verification/verify-policy.ts';
import type { Watch } from './watches.ts';
import type { ReadImage } from './watch-services.ts';

/** What the configuration says of verifications. */
export interface WatchSettings {
  readonly specs: readonly CheckSpec[];
  readonly health: HealthTerms;
  readonly onInconclusive: InconclusiveAction;
  /** Whether Argo CD says what is deployed; with Applications from files nobody does. */
  readonly hasStatus: boolean;
}

/** Which images are watched, and by which terms. */
export interface WatchTerms {
  readonly wants: (image: Pick<ReadImage, 'tracked'>) => boolean;
  readonly termsOf: (watch: Watch) => VerificationTerms;
}

export function createWatchTerms({ specs, health, onInconclusive, hasStatus }: WatchSettings): WatchTerms {
  const specsOf = (names: readonly string[]): readonly CheckSpec[] =>
    specs.filter(({ name }) => name !== HEALTH_CHECK && names.includes(name));
  return {
    wants({ tracked }) {
      const { verify, paused } = tracked.policy;
      if (verify === undefined || paused !== undefined || gitTargetOf(tracked) === undefined) return false;
      // Without a status there is nothing to know of health.
      return hasStatus || specsOf(verify.checks).length > 0;
    },
    termsOf({ write, isLate = false }) {
      const policies = write.images.flatMap(({ tracked }) => tracked.policy.verify ?? []);
      const notifies = isLate || write.kind === 'rollback';
      return {
        writtenAt: write.writtenAt,
        checks: specsOf(policies.flatMap(({ checks }) => checks)),
        onFailure: notifies ? 'notify' : strongestAction(policies.map(({ onFailure }) => onFailure)),
        onInconclusive: notifies ? 'notify' : onInconclusive,
        isAutomated: write.images[0]?.tracked.observed.deployment?.isAutomated ?? false,
        health,
      };
    },
  };
}
