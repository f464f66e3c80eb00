import { imageUpdaterKey } from '../identity/image-updater.ts';
import { groupBy } from '../plan/group-by.ts';
import type { CycleReport, ImageResult, UpdaterResult } from '../report.ts';
import type { UpdaterHappening } from './next-status.ts';

/** What a cycle was for each `ImageUpdater` that is known. */
export function happeningsOf({ updaters = [], images, problems }: CycleReport): readonly {
  readonly updater: UpdaterResult;
  readonly happening: UpdaterHappening;
}[] {
  const results = groupBy(images, ownerOf);
  const unreadable = new Map(
    problems
      .filter(({ code }) => code === 'applications-unreadable')
      .map(({ application, message }) => [application.namespace, message]),
  );
  return updaters.map((updater) => {
    const { generation, matched, images: count, listed, problems: faults, fault } = updater;
    const unread = unreadable.get(updater.namespace);
    if (fault !== undefined)
      return { updater, happening: { kind: 'invalid', generation, message: fault.message } };
    if (unread !== undefined)
      return { updater, happening: { kind: 'unreadable', generation, message: unread } };
    return {
      updater,
      happening: {
        kind: 'checked',
        generation,
        applications: matched.length,
        images: count,
        listed,
        results: results.get(imageUpdaterKey(updater)) ?? [],
        problems: faults,
      },
    };
  });
}

function ownerOf({ updater }: ImageResult): string {
  return updater === undefined ? '' : imageUpdaterKey(updater);
}
