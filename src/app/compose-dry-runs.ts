import type { CycleReport } from '../core/report.ts';
import type { ImageExplanation } from '../core/status/image-explanation.ts';
import type { composeCycles, CycleRequest } from './compose-cycles.ts';
import type { composeServices } from './compose-services.ts';
import { explainImage, type ExplainRequest } from './explain-image.ts';
import { matchApplication } from './overrides/find-images.ts';
import type { CycleRun } from './services.ts';

/** What a cycle would do, for people who ask. */
export interface DryRuns {
  /** A dry run of one Application, or of all. Throws `usage-invalid` where there is no such Application. */
  evaluate(
    request: Pick<CycleRequest, 'onProgress'> & { readonly application: string | undefined },
    signal: AbortSignal,
  ): Promise<CycleReport>;
  /** What a cycle would do with an image, and what became of each of its tags. Throws `usage-invalid` where there is no such image. */
  explainImage(request: ExplainRequest, signal: AbortSignal): Promise<ImageExplanation>;
}

export function composeDryRuns(
  { applications, registries, cache }: ReturnType<typeof composeServices>,
  runCycle: ReturnType<typeof composeCycles>,
  runOf: (signal: AbortSignal) => Pick<CycleRun, 'clock' | 'concurrency' | 'onProgress' | 'signal'>,
): DryRuns {
  return {
    async evaluate({ application, ...request }, signal) {
      if (application === undefined) return await runCycle({ ...request, dryRun: true }, signal);
      const named = await matchApplication(application, applications, signal);
      return await runCycle(
        { ...request, dryRun: true, only: { applications: [named], pushes: [] } },
        signal,
      );
    },
    async explainImage(request, signal) {
      const evaluate: Parameters<typeof explainImage>[1]['evaluate'] = (only, onSearched, own) =>
        runCycle({ dryRun: true, only, onSearched }, own);
      return await cache.around(() =>
        explainImage(request, { applications, registries, evaluate }, runOf(signal)),
      );
    },
  };
}
