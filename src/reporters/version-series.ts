import { resultImageKey } from '../core/identity/result-image.ts';
import { applicationText } from '../core/identity/application.ts';
import { versionText } from '../core/presence.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { VersionTimes } from '../core/tags/version-times.ts';
import type { MetricSet } from './metric-set.ts';

/** What is known of the version in force of an image. */
interface InForce {
  readonly version: string | undefined;
  /** When it was built, or else pushed, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** See `TagCounts`. */
  readonly newer: number | undefined;
}

const UNKNOWN: InForce = { version: undefined, at: undefined, newer: undefined };

/**
 * Shows how old images are, and how far behind. What was known of a version when it was written is remembered, since a registry is not asked
 * for it again. `images`: those of the last cycle that saw them.
 */
export function createVersionSeries(
  set: MetricSet,
): (cycle: CycleReport, images: Iterable<ImageResult>) => void {
  const inForce = new Map<string, InForce>();
  return (cycle, images) => {
    for (const result of cycle.images) {
      const key = resultImageKey(result);
      inForce.set(key, nextOf(result, inForce.get(key) ?? UNKNOWN));
    }
    const now = cycle.startedAt + cycle.seconds * 1_000;
    const [behind, ages] = [new Map<string, number>(), new Map<string, number>()];
    const known = new Set<string>();
    for (const result of images) {
      const key = resultImageKey(result);
      known.add(key);
      const { at, newer } = inForce.get(key) ?? UNKNOWN;
      const application = applicationText(result.application);
      if (newer !== undefined) raise(behind, application, newer);
      if (at !== undefined) raise(ages, application, Math.max(0, now - at) / 1_000);
    }
    for (const key of inForce.keys()) if (!known.has(key)) inForce.delete(key);
    show(set.versionsBehind, behind);
    show(set.imageAge, ages);
  };
}

function raise(most: Map<string, number>, application: string, value: number): void {
  most.set(application, Math.max(most.get(application) ?? 0, value));
}

function show(gauge: MetricSet['imageAge'], values: ReadonlyMap<string, number>): void {
  gauge.reset();
  for (const [application, value] of values) gauge.set({ application }, value);
}

function nextOf(result: ImageResult, before: InForce): InForce {
  const { outcome, basis, current, candidate, code } = result;
  const isWritten =
    outcome === 'updated' && result.pullRequest === undefined && result.place?.git.push === undefined;
  if (isWritten) return { version: versionText(candidate), at: timeOf(basis?.times?.candidate), newer: 0 };
  const version = versionText(current) ?? before.version;
  const at = timeOf(basis?.times?.current) ?? (version === before.version ? before.at : undefined);
  // An image whose turn has not come is as far behind as it was.
  return { version, at, newer: basis?.tags?.newer ?? (code === 'not-due' ? before.newer : undefined) };
}

function timeOf({ built, pushed }: VersionTimes = {}): number | undefined {
  return built ?? pushed;
}
