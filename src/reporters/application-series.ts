import { applicationText } from '../core/identity/application.ts';
import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ApplicationId, ImageUpdaterId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { MetricSet } from './metric-set.ts';
import { separateProblems } from '../core/separate-problems.ts';
import { createVersionSeries } from './version-series.ts';

type Labels = Readonly<
  Partial<Record<'application' | 'image_updater_cr_name' | 'image_updater_cr_namespace', string>>
>;

/** What an Application, or an `ImageUpdater` in it, had in the last cycle that saw it. */
interface Latest {
  readonly labels: Labels;
  readonly images: ImageResult[];
  readonly problems: Problem[];
  /** Problems that no failed image tells of. */
  errors: number;
}

/** Shows how the images of each Application ended, and takes away the series of what is gone. */
export function createApplicationSeries(set: MetricSet): (cycle: CycleReport) => void {
  let known: ReadonlyMap<string, Latest> = new Map();
  const showVersions = createVersionSeries(set);
  let updaters: readonly ImageUpdaterId[] = [];
  return (cycle) => {
    const seen = latestOf(cycle);
    // What could not be read this time, or was not asked for, is not gone.
    const isWhole = cycle.partial !== true && !cycle.failures.some(({ code }) => UNREAD.has(code));
    if (isWhole) {
      for (const [key, { labels }] of known) {
        if (seen.has(key)) continue;
        for (const metric of [set.imagesWatched, set.imagesUpdated, set.imagesErrors]) metric.remove(labels);
      }
      for (const updater of updaters) set.applicationsWatched.remove(updaterLabels(updater));
      updaters = cycle.updaters ?? [];
      showWatched(set, cycle);
    }
    if (cycle.partial === true) known = withLater(known, seen);
    else known = isWhole ? seen : new Map([...known, ...seen]);
    for (const [key, { labels, images, errors }] of seen) {
      const count = (outcome: ImageResult['outcome']): number =>
        images.filter((image) => image.outcome === outcome).length;
      set.imagesWatched.set(labels, known.get(key)?.images.length ?? 0);
      set.imagesUpdated.inc(labels, count('updated'));
      set.imagesErrors.inc(labels, count('failed') + errors);
    }
    showLatest(set, known);
    showVersions(
      cycle,
      [...known.values()].flatMap(({ images }) => images),
    );
  };
}

/** Images that a cycle was not for stay as they were, and so do problems where it has found none. */
function withLater(
  known: ReadonlyMap<string, Latest>,
  seen: ReadonlyMap<string, Latest>,
): ReadonlyMap<string, Latest> {
  const merged = new Map(known);
  for (const [key, later] of seen) {
    const before = known.get(key) ?? { images: [], problems: [] };
    const keys = new Set(later.images.map(resultKey));
    const images = [...before.images.filter((image) => !keys.has(resultKey(image))), ...later.images];
    const problems = later.problems.length > 0 ? later.problems : before.problems;
    merged.set(key, { ...later, images, problems });
  }
  return merged;
}

function resultKey({ alias, image }: ImageResult): string {
  return joinKey(alias, image);
}

const UNREAD: ReadonlySet<string> = new Set(['applications-unreadable', 'updaters-unreadable']);

/** The sum over all series is the number of Applications, each that a resource has counted there. */
function showWatched(set: MetricSet, { applications, updaters = [], images }: CycleReport): void {
  const owned = new Set(
    images.flatMap(({ application, updater }) =>
      updater === undefined ? [] : [applicationText(application)],
    ),
  );
  set.applicationsWatched.set(Math.max(0, applications - owned.size));
  for (const updater of updaters) set.applicationsWatched.set(updaterLabels(updater), updater.matched.length);
}

function latestOf(cycle: CycleReport): ReadonlyMap<string, Latest> {
  const latest = new Map<string, Latest>();
  function of(application: ApplicationId, updater: ImageUpdaterId | undefined): Latest {
    const key = joinKey(
      applicationText(application),
      updater === undefined ? undefined : imageUpdaterKey(updater),
    );
    const found = latest.get(key) ?? {
      labels: {
        // Without a name it is an ImageUpdater itself.
        ...(application.name === '' && updater !== undefined
          ? {}
          : { application: applicationText(application) }),
        ...(updater === undefined ? {} : updaterLabels(updater)),
      },
      images: [],
      problems: [],
      errors: 0,
    };
    latest.set(key, found);
    return found;
  }
  for (const image of cycle.images) of(image.application, image.updater).images.push(image);
  for (const problem of cycle.problems) of(problem.application, problem.updater).problems.push(problem);
  for (const { application, updater } of separateProblems(cycle)) of(application, updater).errors += 1;
  return latest;
}

function updaterLabels({ namespace, name }: ImageUpdaterId) {
  return { image_updater_cr_name: name, image_updater_cr_namespace: namespace };
}

/** Replaces the series, so that none of an earlier cycle is left. */
function showLatest(set: MetricSet, known: ReadonlyMap<string, Latest>): void {
  set.images.reset();
  set.problems.reset();
  set.imagesTurnedAway.reset();
  for (const { labels, images, problems } of known.values()) {
    const { application } = labels;
    const shown = application === undefined ? labels : { application };
    for (const { outcome, code } of images) set.images.inc({ ...shown, outcome, code });
    const turnedAway = images.filter(isTurnedAway).length;
    if (turnedAway > 0 && application !== undefined) set.imagesTurnedAway.inc({ application }, turnedAway);
    for (const { code } of problems) set.problems.inc({ ...shown, code });
  }
}

/** A version was turned away: nothing is written, or one that is not the best. */
function isTurnedAway({ code, warnings = [] }: ImageResult): boolean {
  return (
    code === 'signature-missing' ||
    code === 'signature-invalid' ||
    warnings.some((warning) => warning.code === 'newer-turned-away')
  );
}
