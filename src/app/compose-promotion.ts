import type { CycleScope } from '../ports/tick.ts';
import type { composeCycles } from './compose-cycles.ts';
import type { composeServices } from './compose-services.ts';
import { promoteImages, type PromoteRequest } from './promotion/promote-images.ts';
import { readPipeline, type PromotionPipeline } from './promotion/read-pipeline.ts';
import type { CycleRun } from './services.ts';

interface PromotionCommands {
  promote(
    request: PromoteRequest,
    options: { readonly dryRun: boolean },
    signal: AbortSignal,
  ): ReturnType<typeof promoteImages>;
  pipeline(application: string | undefined, signal: AbortSignal): Promise<PromotionPipeline>;
}

/** What a person does with promotions. */
export function composePromotion(
  composed: ReturnType<typeof composeServices>,
  runCycle: ReturnType<typeof composeCycles>,
  runOf: (signal: AbortSignal) => Pick<CycleRun, 'clock' | 'concurrency' | 'onProgress' | 'signal'>,
): PromotionCommands {
  const { applications, registries, writes, verification, cache } = composed;
  const verifying = verification === undefined ? {} : { verification };
  return {
    promote(request, { dryRun }, signal) {
      const promoting = { applications, registries, git: composed.gitOf(dryRun), writes, ...verifying };
      return cache.around(() => promoteImages(request, promoting, runOf(signal)));
    },
    pipeline(application, signal) {
      const evaluate = (only: CycleScope, own: AbortSignal) => runCycle({ dryRun: true, only }, own);
      return readPipeline(
        application,
        { applications, git: composed.gitOf(true), writes, evaluate },
        runOf(signal),
      );
    },
  };
}
