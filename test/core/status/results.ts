import type { ImagePolicy } from '../../../src/core/policy.ts';
import type { Reason } from '../../../src/core/reasons/reason.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { ImageBasis, ImageResult } from '../../../src/core/report.ts';

/** A result of the image `api` of `argocd/shop`, up to date at 1.1.0, with changes. */
export function aResult(changes: Partial<ImageResult> = {}): ImageResult {
  return {
    application: { namespace: 'argocd', name: 'shop' },
    alias: 'api',
    image: 'ghcr.io/acme/api',
    outcome: 'current',
    code: 'up-to-date',
    reason: '1.1.0 is the highest version, and the target has it',
    current: { name: undefined, tag: '1.1.0', digest: undefined },
    candidate: { tag: '1.1.0', digest: undefined },
    writer: 'git',
    place: undefined,
    path: undefined,
    commit: undefined,
    branch: undefined,
    ...changes,
  };
}

/** The same with a reason, and what goes with it. */
export function becauseOf(
  reason: Reason,
  changes: Partial<Omit<ImageResult, 'basis'>> & {
    readonly policy?: Partial<ImagePolicy>;
    readonly basis?: Partial<ImageBasis>;
  } = {},
): ImageResult {
  const { policy, basis, ...further } = changes;
  return aResult({
    code: reason.code,
    reason: describeReason(reason),
    basis: { project: 'default', reason, policy: { ...POLICY, ...policy }, ...basis },
    ...further,
  });
}

const POLICY: ImagePolicy = {
  strategy: { kind: 'semver', constraint: '^1' },
  filter: { allow: undefined, ignore: [] },
  platforms: undefined,
  pullSecret: undefined,
  forceUpdate: false,
  rollback: 'resume-on-newer',
  allowDowngrade: false,
  hold: undefined,
};
