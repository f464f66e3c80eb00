import { resultImageKey } from '../identity/result-image.ts';
import { applicationKey } from '../identity/application.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { VersionState } from '../deployment/version-state.ts';
import { matchesRecord } from '../overrides/rollback.ts';
import type { ApplicationId } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { ImageResult } from '../report.ts';
import type { DeliveriesOfCycle, RolledBackBy } from './delivery.ts';

/** Something that failed in an Application, until something else runs there and is healthy. Times are milliseconds since 1970. */
export interface DeliveryFailure {
  readonly application: ApplicationId;
  readonly by: RolledBackBy;
  /** When the check failed, or when it was seen that a person took it back. */
  readonly since: number;
  readonly images: readonly FailedVersion[];
  /** The commit that Argo CD was told to run; absent where the branch was changed. */
  readonly runs?: string;
}

export interface FailedVersion {
  /** See `resultImageKey`. */
  readonly key: string;
  /** The version that failed. */
  readonly version: string;
  /** What the target has now; absent until that is seen. */
  readonly present?: string;
}

/** How far Argo CD has come with a version that was written then; `undefined` where that is not known. */
export type StateOf = (key: string, version: string, writtenAt: number) => VersionState | undefined;

/** Failures that are open, one for each Application. */
export interface OpenFailures {
  all(): readonly DeliveryFailure[];
  /** What failed first counts, until it is over. */
  open(failure: DeliveryFailure): void;
  /** Takes up what the targets have now; returns what is over. */
  settle(cycle: SettleOptions): DeliveriesOfCycle['restored'];
  clear(): void;
}

interface SettleOptions {
  readonly now: number;
  readonly images: readonly ImageResult[];
  /** Absent: nobody says what is deployed, and what is written counts as deployed. */
  readonly stateOf: StateOf | undefined;
}

/** More are forgotten, the oldest first, and so is what nobody did anything about for a week: it does not seem to matter. */
const MOST_FAILURES = 1_000;
const LONGEST = 7 * 24 * 3_600_000;

export function createOpenFailures(): OpenFailures {
  const failures = new Map<string, DeliveryFailure>();
  return {
    all: () => [...failures.values()],
    open(failure) {
      const key = applicationKey(failure.application);
      if (!failures.has(key)) failures.set(key, failure);
      const [oldest] = failures.keys();
      if (failures.size > MOST_FAILURES && oldest !== undefined) failures.delete(oldest);
    },
    settle({ now, images, stateOf }) {
      const results = new Map(images.map((result) => [resultImageKey(result), result]));
      return [...failures].flatMap(([key, before]) => {
        const failure = withPresent(before, results);
        failures.set(key, failure);
        const at =
          stateOf === undefined ? replacedAt(failure, now) : restoredAt(failure, { results, stateOf, now });
        if (at === undefined && now - failure.since <= LONGEST) return [];
        failures.delete(key);
        if (at === undefined) return [];
        const { application, by, since } = failure;
        return [{ application, by, seconds: Math.max(0, at - since) / 1_000 }];
      });
    },
    clear: () => failures.clear(),
  };
}

function withPresent(failure: DeliveryFailure, results: ReadonlyMap<string, ImageResult>): DeliveryFailure {
  const images = failure.images.map((image): FailedVersion => {
    const current = results.get(image.key)?.current;
    const present = versionText(current);
    if (present === undefined) return image;
    // As a record names it, so that a version with or without its digest is one.
    return { ...image, present: matchesRecord(image.version, current) ? image.version : present };
  });
  return { ...failure, images };
}

function isReplaced({ version, present }: FailedVersion): boolean {
  return present !== undefined && present !== version;
}

function replacedAt({ images }: DeliveryFailure, now: number): number | undefined {
  return images.every(isReplaced) ? now : undefined;
}

interface RestoreOptions {
  readonly now: number;
  readonly results: ReadonlyMap<string, ImageResult>;
  readonly stateOf: StateOf;
}

/** When everything else that runs in place of what failed was healthy; `undefined` while it is not. */
function restoredAt(failure: DeliveryFailure, { results, stateOf, now }: RestoreOptions): number | undefined {
  const { images, since, runs } = failure;
  if (runs !== undefined) {
    const result = images.map(({ key }) => results.get(key)).find((one) => one !== undefined);
    const at = runsSince(result?.basis?.deployment, result?.basis?.deployedSource, runs);
    if (at !== undefined) return at;
  }
  if (!images.every(isReplaced)) return undefined;
  const states = images.map(({ key, present = '' }) => stateOf(key, present, since));
  if (!states.every((state) => state?.stage === 'healthy')) return undefined;
  return Math.max(...states.map((state) => state?.since ?? now));
}

/** Since when an Application runs a commit and is healthy; `undefined` where it does not. */
function runsSince(
  deployment: Deployment | undefined,
  source: number | undefined,
  commit: string,
): number | undefined {
  const last = deployment?.history.at(-1);
  if (deployment === undefined || last?.revisions[source ?? -1] !== commit) return undefined;
  const { health, operation } = deployment;
  if (health.status !== 'healthy' || (operation !== undefined && operation.phase !== 'succeeded'))
    return undefined;
  return Math.max(last.deployedAt, health.since ?? 0);
}
