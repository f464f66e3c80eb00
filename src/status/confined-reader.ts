import { countImages } from '../core/status/count-images.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { ImageStatus } from '../core/status/image-status.ts';
import type { KnownImages } from '../core/status/merge-results.ts';
import { indexImages } from '../core/status/query-images.ts';
import type { ImageStory } from '../core/status/status-pages.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { StatusReader } from '../ports/status.ts';
import type { ChangeLog } from './change-log.ts';
import type { KeptSearches } from './kept-searches.ts';

/** What is shown, and of which some may see a part only. */
export interface Shown {
  readonly all: StatusReader;
  readonly known: () => KnownImages;
  readonly problems: () => readonly Problem[];
  readonly log: Pick<ChangeLog, 'find'>;
  readonly explain: KeptSearches['explain'];
  /** The story of an image that is shown as this. */
  readonly story: (image: ImageStatus) => ImageStory;
}

/** What people may see who may see one Application only. */
export function confinedReader(application: ApplicationId, shown: Shown): StatusReader {
  const { all, known, problems, log, story, explain } = shown;
  const key = applicationKey(application);

  function own(id: string): ImageStatus | undefined {
    const image = known().get(id);
    if (image === undefined) return undefined;
    const { namespace, application: name } = image.status;
    if (applicationKey({ namespace, name }) !== key) return undefined;
    return image.forTenants ?? image.status;
  }

  function images(): readonly ImageStatus[] {
    return [...known().keys()].flatMap((id) => own(id) ?? []);
  }

  return {
    overview() {
      const { leader, cycle, ...rest } = all.overview();
      const mine = images();
      const running = mine.filter((image) => {
        const state = story(image).verification?.state;
        return state === 'waiting' || state === 'running';
      });
      return {
        ...rest,
        leader: { leads: leader.leads },
        ...(cycle === undefined ? {} : { cycle: { ...cycle, failures: [], costs: NO_COSTS } }),
        ...countImages(mine),
        applications: mine.length === 0 ? 0 : 1,
        problems: problems().filter((one) => applicationKey(one.application) === key).length,
        verificationsRunning: running.length,
      };
    },
    images: (query, part) => indexImages(images()).find(query, part),
    image(id) {
      const image = own(id);
      if (image === undefined) return undefined;
      const { promotedTo, ...rest } = story(image);
      return { ...rest, promotedTo: promotedTo.filter((one) => own(one) !== undefined) };
    },
    explanation: (id) => (own(id) === undefined ? undefined : explain(id, { forTenants: true })),
    changes: (query, part) => log.find(query, part, own),
    pipeline: () =>
      all.pipeline().flatMap((stage) => {
        const image = own(stage.imageId);
        if (image === undefined) return [];
        return [{ ...stage, ...(stage.waitsFor === undefined ? {} : { waitsFor: image.reason }) }];
      }),
    registries: () => [],
    remotes: () => [],
    confinedTo: (other) =>
      other === undefined || applicationKey(other) === key
        ? confinedReader(application, shown)
        : confinedReader(other, { ...shown, known: () => new Map(), problems: () => [] }),
    subscribe: (changed) =>
      all.subscribe((imageIds) => {
        const mine = imageIds.filter((id) => own(id) !== undefined);
        if (mine.length > 0 || imageIds.length === 0) changed(mine);
      }),
  };
}

/** What others cost is nobody's business. */
const NO_COSTS = { registryRequests: 0, gitFetches: 0, gitPushes: 0 };
