import type { ImagePolicy, StrategyName, TrackedImage } from '../core/policy.ts';
import type { PolicyInput } from './policy-input.ts';
import type { ProblemList } from './problems.ts';
import { readMinimumAge } from './read-minimum-age.ts';
import { readPromotion } from './read-promotion.ts';
import { readSignaturePolicies } from './read-signature-policies.ts';
import { NO_WINDOWS, readWindows, windowsOf } from './read-windows.ts';
import type { WriteBack } from './write-back.ts';

/** The image whose gates are read. */
export interface GatedImage extends Pick<TrackedImage, 'application' | 'alias' | 'repository' | 'requester'> {
  readonly strategy: StrategyName;
  /** `undefined` where it could not be read. */
  readonly writeBack: WriteBack | undefined;
}

/** What must let a version of an image through before it is written, and which versions there are for it at all. */
export function readGates(
  { alias, strategy, writeBack, ...selected }: GatedImage,
  { application: { destination }, context, settings }: PolicyInput,
  problems: ProblemList,
): Pick<ImagePolicy, 'minimumAge' | 'windows' | 'signaturePolicies' | 'promotion'> {
  const windows = readWindows({ alias, settings, problems });
  const promotion = readPromotion({
    alias,
    settings,
    strategy,
    hasStatus: context.canWriteApplications,
    isProposed: writeBack && isProposed(writeBack),
    problems,
  });
  return {
    ...readMinimumAge(selected, { alias, configured: context.minimumAges ?? [], settings, problems }),
    ...windowsOf(selected, windows, { configured: context.windows ?? NO_WINDOWS, destination }),
    ...readSignaturePolicies(
      { alias, ...selected },
      { configured: context.signaturePolicies ?? [], settings, problems },
    ),
    ...(promotion === undefined ? {} : { promotion }),
  };
}

function isProposed({ target }: WriteBack): boolean {
  return target.method === 'git' && target.place.pullRequest !== undefined;
}
