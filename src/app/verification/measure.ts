import pLimit, { type LimitFunction } from 'p-limit';
import { nextMeasurements } from '../../core/verification/due-measurements.ts';
import type { CheckSpec, Measurement } from '../../core/verification/check-spec.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { isDigest } from '../../core/image/grammar.ts';
import { formatName } from '../../core/image/reference.ts';
import type { WatchedWrite } from '../../core/verification/watched-write.ts';
import { asLynceusError } from '../../errors.ts';
import type { Checks, CheckSubject } from '../../ports/checks.ts';
import type { Watch } from './watches.ts';

/** So many measurements of one check are made side by side. */
const AT_ONCE = 5;

export interface Measuring {
  /**
   * Begins the measurements of a write that are due. What comes of them is in `arrived`, sooner or later: whoever is slow keeps
   * nobody else waiting. Each promise resolves when one of them has ended, and never rejects.
   */
  begin(
    watch: Watch,
    options: { readonly checks: readonly CheckSpec[]; readonly now: number; readonly signal: AbortSignal },
  ): readonly Promise<void>[];
  /** Whether a check gives the same answer for the same time, whenever it is asked. */
  readonly isReplayable: (check: CheckSpec) => boolean;
}

/** Each check has turns of its own, so that a server that answers slowly delays no other check. */
export function createMeasuring(checks: Checks): Measuring {
  const turns = new Map<string, LimitFunction>();
  const isReplayable = (check: CheckSpec): boolean => checks.isReplayable(check);

  function turnsOf({ name }: CheckSpec): LimitFunction {
    const known = turns.get(name) ?? pLimit(AT_ONCE);
    turns.set(name, known);
    return known;
  }

  return {
    isReplayable,
    begin(watch, { checks: specs, now, signal }) {
      const { state, watchedSince, measuring } = watch;
      const next = nextMeasurements(state, { checks: specs, isReplayable, watchedSince });
      const due = next.filter(({ at, check }) => at <= now && !measuring.has(check.name));
      return due.map(async ({ check, index, at }) => {
        measuring.add(check.name);
        const time = isReplayable(check) ? at : now;
        const measurement = await turnsOf(check)(() =>
          contained(time, signal, () => checks.measure(check, subjectOf(watch.write), time, signal)),
        );
        if (measurement !== undefined)
          watch.arrived.push({ kind: 'measured', check: check.name, index, measurement });
        measuring.delete(check.name);
      });
    },
  };
}

/** A check that throws has no answer. After an abort nobody wants one: whoever watches next asks again. */
async function contained(
  at: number,
  signal: AbortSignal,
  measure: () => Promise<Measurement>,
): Promise<Measurement | undefined> {
  try {
    return signal.aborted ? undefined : await measure();
  } catch (thrown) {
    if (signal.aborted) return undefined;
    return { kind: 'inconclusive', at, detail: asLynceusError(thrown).line, isUnasked: true };
  }
}

function subjectOf({ application, commit, writtenAt, images }: WatchedWrite): CheckSubject {
  const { destinationNamespace = '', isInOwnCluster = false } = images[0]?.tracked.observed ?? {};
  return {
    application,
    destinationNamespace,
    isInOwnCluster,
    commit,
    writtenAt,
    images: images.map(({ tracked, to }) => ({ ...namesOf(tracked), tag: tagOf(to) })),
  };
}

function namesOf({ alias, image }: TrackedImage): { readonly alias: string; readonly image: string } {
  return { alias, image: formatName(image) };
}

/** `''` for a digest alone. */
function tagOf(version: string): string {
  if (isDigest(version)) return '';
  const mark = version.indexOf('@');
  return mark < 0 ? version : version.slice(0, mark);
}
