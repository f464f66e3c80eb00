import type { Lynceus } from '../app/compose.ts';
import type { CycleReport } from '../core/report.ts';
import { statusOfReport } from '../core/status/status-of-report.ts';
import { VERSION } from '../version.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import type { CommandContext } from './command-context.ts';
import { withLynceus } from './configure.ts';
import { createProgressLine } from './render/progress.ts';
import type { StatusOutput } from './render/status-contract.ts';
import { nothingFound, remoteSource, type StatusSource } from './status-source.ts';

/** Where a running Lynceus serves its status. */
export interface StatusPlace {
  readonly server: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;
}

export interface StatusOrigin {
  /** `undefined`: a dry run says it. */
  readonly place: StatusPlace | undefined;
  /** Those of the dry run. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly context: CommandContext;
}

/** Opens where the status comes from, for one piece of work: a running Lynceus, or a dry run with these flags where none is named. */
export async function openStatusSource<Result>(
  { place, flags, context }: StatusOrigin,
  work: (source: StatusSource) => Promise<Result>,
): Promise<Result> {
  if (place === undefined)
    return await withLynceus(flags, context, (lynceus) => work(dryRunSource(lynceus, context)));
  const { createStatusClient } = await import('../app/status-client.ts');
  const client = createStatusClient(place);
  try {
    return await work(remoteSource(client));
  } finally {
    client.close();
  }
}

/** Decides everything as a cycle does, and writes nothing. What happened before is not known. */
function dryRunSource(lynceus: Pick<Lynceus, 'evaluate'>, { io }: Pick<CommandContext, 'io'>): StatusSource {
  let count = 0;

  async function evaluate(application: string | undefined, signal: AbortSignal): Promise<CycleReport> {
    const progress = createProgressLine(io.stderr);
    return await lynceus.evaluate({ application, onProgress: progress.show }, signal).finally(progress.clear);
  }

  return {
    isLive: false,
    // Only another dry run would say it.
    revision: () => Promise.resolve(`${(count += 1)}`),
    async read(wanted, signal) {
      const report = await evaluate(wanted.application, signal);
      const { search, outcomes } = wanted;
      const query = { ...(search === undefined ? {} : { search }), outcomes };
      const read = statusOfReport(report, query, { at: SYSTEM_CLOCK.now(), version: VERSION });
      const { status, images, stories } = read;
      if (wanted.application === undefined)
        return { status, images, json: { status, images } as unknown as StatusOutput };
      if (images.length === 0 && report.problems.length + report.failures.length === 0)
        throw nothingFound(wanted, wanted.application);
      return { status, images, stories, json: read as unknown as StatusOutput };
    },
  };
}
