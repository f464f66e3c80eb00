import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { commitPage } from '../core/git/commit-page.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote } from '../core/git/remote.ts';
import type { CommitPageOf } from '../core/status/image-status-of.ts';
import { knownKind } from '../pull-requests/kinds.ts';
import { createStatusStore, type StatusStore } from '../status/status-store.ts';
import { VERSION } from '../version.ts';
import type { Writer } from '../ports/writer.ts';
import type { Environment } from './environment.ts';
import { createPastChanges, type PastChanges } from './past-changes.ts';
import type { WatchServices } from './verification/watch-services.ts';

/** What is known of images, where it is served; `undefined` where it is not, so that it costs nothing. */
export function composeStatusStore(
  config: Config,
  { clock }: Pick<Environment, 'clock'>,
): StatusStore | undefined {
  if (config.server.statusPort === 0 && config.server.extensionPort === 0) return undefined;
  const { shard } = config.cluster;
  return createStatusStore({
    clock,
    version: VERSION,
    process: `${clock.now().toString(36)}${randomBytes(3).toString('hex')}`,
    shard: shard === undefined ? undefined : `${shard.index}/${shard.count}`,
    commitPageOf: commitPagesOf(config),
  });
}

/** Finds pages of commits: the kind of a host is known by its name, or by the entry of `pullRequests` for its URL. */
export function commitPagesOf({ pullRequests }: Pick<Config, 'pullRequests'>): CommitPageOf {
  const rows = pullRequests.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  return (remote, sha) => {
    const { row } = longestMatch(remote, rows, ({ prefix }) => prefix) ?? {};
    return commitPage(remote, sha, row?.kind ?? knownKind(remote.host));
  };
}

/** What verification knows of images. */
export function liveVerifications({
  results,
  verifier,
}: Pick<WatchServices, 'results' | 'verifier'>): Parameters<StatusStore['follow']>[0] {
  return {
    results: () => results.all(),
    resultsOf: (application) => results.of(application),
    verificationOf: (image) => verifier.watched(image),
  };
}

/** Reads what happened before this process began; `undefined` where nobody can read it. */
export function composePastChanges(
  { status, git }: { readonly status: StatusStore | undefined; readonly git: Writer },
  config: Pick<Config, 'pullRequests'>,
  { log }: Pick<Environment, 'log'>,
): PastChanges | undefined {
  if (status === undefined) return undefined;
  return createPastChanges({
    writer: git,
    remember: (changes) => status.remember(changes),
    commitPageOf: commitPagesOf(config),
    log,
  });
}
