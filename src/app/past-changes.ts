import { placeKey } from '../core/identity/branch.ts';
import { groupBy } from '../core/plan/group-by.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import { changesOfHistory } from '../core/status/changes-of-history.ts';
import type { CommitPageOf } from '../core/status/image-status-of.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Writer, WriterSession } from '../ports/writer.ts';
import type { ChangeStatus } from '../core/status/image-status.ts';
import { withSession } from './with-session.ts';

/** Reads once what happened before this process began, from the commits of the branches that it writes. */
export interface PastChanges {
  /** Begins after the first cycle of all Applications, and returns at once: no cycle waits for it. */
  after(report: CycleReport): void;
  /** What happened is read again after the next cycle: another process may have written. */
  forget(): void;
  stop(): Promise<void>;
}

export interface PastChangesOptions {
  readonly writer: Writer;
  readonly remember: (changes: readonly ChangeStatus[]) => void;
  readonly commitPageOf: CommitPageOf;
  readonly log: Log;
}

export function createPastChanges(options: PastChangesOptions): PastChanges {
  const ending = new AbortController();
  let reading = Promise.resolve();
  let isRead = false;
  return {
    after(report) {
      if (isRead || report.dryRun || report.partial === true || ending.signal.aborted) return;
      isRead = true;
      reading = reading
        .then(() => readPast(report.images, options, ending.signal))
        .catch((thrown: unknown) => {
          if (!ending.signal.aborted)
            options.log.debug('what happened before could not be read', { err: asLynceusError(thrown) });
        });
    },
    forget() {
      isRead = false;
    },
    async stop() {
      ending.abort();
      await reading;
    },
  };
}

/** One branch after the other, so that a cycle that begins meanwhile waits for one at most. */
async function readPast(
  images: readonly ImageResult[],
  options: PastChangesOptions,
  signal: AbortSignal,
): Promise<void> {
  const places = images.flatMap(({ place, path }) =>
    place === undefined || path === undefined ? [] : [{ place: place.git, path }],
  );
  await withSession(options.writer, async (session) => {
    for (const branch of groupBy(places, ({ place }) => placeKey({ ...place, push: undefined })).values())
      await readBranch(branch, session, { ...options, signal });
  });
}

async function readBranch(
  branch: readonly { readonly place: Parameters<WriterSession['history']>[0]; readonly path: string }[],
  session: Pick<WriterSession, 'history'>,
  { remember, commitPageOf, log, signal }: PastChangesOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const [first] = branch;
  if (first === undefined) return;
  const { place } = first;
  const paths = [...new Set(branch.map(({ path }) => path))].toSorted();
  try {
    const commits = await session.history(place, { paths, reach: 'recent' }, signal);
    remember(
      changesOfHistory(commits, {
        git: { remote: place.remote.label, branch: place.base },
        pageOf: (sha) => commitPageOf(place.remote, sha),
      }),
    );
  } catch (thrown) {
    signal.throwIfAborted();
    log.debug('what happened on a branch before could not be read', {
      remote: place.remote.label,
      err: asLynceusError(thrown),
    });
  }
}
