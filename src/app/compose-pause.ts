import type { Config } from '../config/config.ts';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { composeServices } from './compose-services.ts';
import { changePause, type PauseRequest, type PauseResult } from './overrides/change-pause.ts';

/** A pause is kept in the cluster. */
export function composePause(
  { applications, cluster }: Pick<ReturnType<typeof composeServices>, 'applications' | 'cluster'>,
  { paused }: Pick<Config, 'paused'>,
  clock: Clock,
): (
  request: PauseRequest & { readonly namespace?: string | undefined },
  signal: AbortSignal,
) => Promise<PauseResult> {
  return async ({ namespace, ...request }, signal) => {
    if (cluster === undefined) throw notInFiles();
    const { pauses, pausesIn, applicationPauses } = await cluster();
    const kept = namespace === undefined ? pauses : pausesIn(namespace);
    const parts = { pauses: kept, applicationPauses, applications, configured: paused };
    return await changePause(request, parts, { clock, signal });
  };
}

function notInFiles(): LynceusError {
  return new LynceusError(
    'usage-invalid',
    'a pause is kept in the cluster, and these Applications are from files',
    {
      hint: 'write the annotation argocd-image-updater.argoproj.io/pause into the manifest, or paused: true into the configuration',
    },
  );
}
