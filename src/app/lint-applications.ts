import { describeWarning } from '../core/reasons/describe-warning.ts';
import { formatName } from '../core/image/reference.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { ImageResult, ImageWarning } from '../core/report.ts';
import type { ApplicationServices } from './services.ts';
import { readApplications } from './read-applications.ts';
import { EVERYTHING } from './ownership.ts';
import { promotionGraph } from '../core/promotion/graph.ts';
import type { PromotionFault } from '../core/promotion/promotion-faults.ts';
import { promotionProblem } from './promotion/judge-promotions.ts';
import { fenceOf } from './permit-images.ts';
import { readAllPolicies } from './read-policies.ts';
import { warnOfLayers } from './warn-of-layers.ts';

export interface LintResult {
  /** Applications that ask for updates. */
  readonly applications: number;
  readonly images: number;
  readonly problems: readonly Problem[];
  /** `ImageUpdater` resources that were read; absent when none was. */
  readonly updaters?: number;
  /** Applications whose annotations do not count, because an `ImageUpdater` is beside them; absent when there are none. */
  readonly leftOut?: number;
  /** What the Applications themselves show of images that are written without effect; absent when there is nothing. */
  readonly warnings?: readonly LintWarning[];
}

export interface LintWarning extends Pick<ImageResult, 'application' | 'alias' | 'image'>, ImageWarning {}

/**
 * Checks annotations offline, as if the Applications were in a cluster: the live Application is a fine target there.
 * Throws `LynceusError` when the manifests cannot be read at all.
 */
export async function lintApplications(
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<LintResult> {
  const read = await readApplications(services, signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const policyContext = { ...services.policyContext, canWriteApplications: true };
  const fence = fenceOf(read, services);
  const policies = readAllPolicies(read, policyContext, { owns: EVERYTHING, only: undefined, fence });
  const { faults } = promotionGraph(policies.everywhere, fence);
  // Another folder may have it.
  const missing = [...faults].filter(([, { kind }]) => kind === 'missing');
  const wrong = [...faults].filter(([, { kind }]) => kind !== 'missing');
  return {
    applications: policies.watched,
    images: policies.images.length + policies.refused.length,
    problems: [
      ...read.problems,
      ...policies.problems,
      ...wrong.map(([tracked, fault]) => promotionProblem(tracked, fault)),
    ],
    ...(policies.updaters.length === 0 ? {} : { updaters: policies.updaters.length }),
    ...(policies.leftOut === 0 ? {} : { leftOut: policies.leftOut }),
    warnings: [...policies.images.flatMap(warningsOfImage), ...missing.map(missingUpstreamWarning)],
  };
}

function missingUpstreamWarning([tracked, { name }]: readonly [TrackedImage, PromotionFault]): LintWarning {
  const { application, alias, image } = tracked;
  const warning = { code: 'upstream-unknown', facts: { name: name.text } } as const;
  const message = describeWarning(warning);
  return { application, alias, image: formatName(image), code: warning.code, message };
}

/** A warning that cannot be made is no reason to go without the problems. */
function warningsOfImage(tracked: TrackedImage): readonly LintWarning[] {
  const { application, alias, image } = tracked;
  try {
    return warnOfLayers(tracked).map((warning) => ({
      application,
      alias,
      image: formatName(image),
      code: warning.code,
      message: describeWarning(warning),
    }));
  } catch {
    return [];
  }
}
