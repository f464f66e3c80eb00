import { applicationKey } from '../identity/application.ts';
import type { GitRemote } from '../git/remote.ts';
import { repositoryOf, tryImageReference } from '../image/reference.ts';
import type { ApplicationId } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { CycleReport, ImageResult } from '../report.ts';
import type { NoticeImage } from './notice.ts';
import type { ConcernedImage } from './observed-notice.ts';

export interface NoticeOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** After how many cycles in a row a failure counts that may pass by itself. */
  readonly failingAfter: number;
  /** Where image names without a host belong. */
  readonly defaultRegistry: string;
  readonly argocdNamespace: string;
  /** The web page of a commit, where the host is known. */
  readonly commitPageOf: (remote: GitRemote, sha: string) => string | undefined;
}

/** What a report says about the images of its notices. */
export interface ReportIndex {
  readonly report: CycleReport;
  readonly options: NoticeOptions;
  /** The result of an image; the alias, and the image as written. */
  imageOf(application: ApplicationId, alias: string, image: string): ImageResult | undefined;
  /** Any image of an Application. */
  anyOf(application: ApplicationId): ImageResult | undefined;
  concern(image: Pick<ImageResult, 'application' | 'alias' | 'image'>): ConcernedImage;
  concernOf(application: ApplicationId): ConcernedImage;
}

export function indexOf(report: CycleReport, options: NoticeOptions): ReportIndex {
  const byApplication = new Map<string, ImageResult[]>();
  for (const image of report.images) {
    const key = applicationKey(image.application);
    const all = byApplication.get(key) ?? [];
    all.push(image);
    byApplication.set(key, all);
  }
  const imagesOf = (application: ApplicationId): readonly ImageResult[] =>
    byApplication.get(applicationKey(application)) ?? [];

  function imageOf(application: ApplicationId, alias: string, image: string): ImageResult | undefined {
    return imagesOf(application).find((one) => one.alias === alias && one.image === image);
  }

  function concernOf(application: ApplicationId): ConcernedImage {
    const [first] = imagesOf(application).flatMap(({ basis }) => (basis === undefined ? [] : [basis]));
    const { namespace } = application;
    return {
      application,
      project: first?.project ?? '',
      namespace: namespace === '' ? options.argocdNamespace : namespace,
      requests: [],
    };
  }

  return {
    report,
    options,
    imageOf,
    anyOf: (application) => imagesOf(application)[0],
    concern({ application, alias, image }) {
      const reference = tryImageReference(image);
      const policy = imageOf(application, alias, image)?.basis?.policy;
      return {
        ...concernOf(application),
        ...(reference === undefined ? {} : { repository: repositoryOf(reference, options.defaultRegistry) }),
        requests: policy?.notify ?? [],
      };
    },
    concernOf,
  };
}

export function noticeImageOf({ alias, image, outcome, current, candidate }: ImageResult): NoticeImage {
  const [from, to] = [versionText(current), versionText(candidate)];
  return {
    alias,
    image,
    outcome,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
