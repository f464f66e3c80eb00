import type { ImageExplanation } from '../core/status/image-explanation.ts';
import type { ChangeStatus, ImageStatus } from '../core/status/image-status.ts';
import type {
  ImageQuery,
  ImageStory,
  PipelineStage,
  RegistryStatus,
  RemoteStatus,
  StatusOverview,
  StatusPage,
} from '../core/status/status-pages.ts';
import type { ApplicationId } from '../core/policy.ts';

/** Which part of a list is wanted: `after` is the `next` of the part before. */
export interface PartOfList {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What is known of all images, for whoever shows it. Answers from memory; no request costs a request to anybody else. */
export interface StatusReader {
  overview(): StatusOverview;
  images(query: ImageQuery, part: PartOfList): StatusPage<ImageStatus>;
  /** `undefined`: there is no such image, or it is not to be seen. */
  image(id: string): ImageStory | undefined;
  /** What became of each tag of an image; `undefined`: that is not known, or not to be seen. Absent where nothing is kept for it. */
  explanation?(id: string): ImageExplanation | undefined;
  /** Newest first. */
  changes(query: ImageQuery, part: PartOfList): StatusPage<ChangeStatus>;
  pipeline(): readonly PipelineStage[];
  registries(): readonly RegistryStatus[];
  remotes(): readonly RemoteStatus[];
  /**
   * The same for people who may see one Application only, `undefined` for all: what belongs to others is not there, and reasons are
   * those for tenants.
   */
  confinedTo(application: ApplicationId | undefined): StatusReader;
  /** Called after something changed, with the ids of the images that did; returns how to end it. */
  subscribe(changed: (imageIds: readonly string[]) => void): () => void;
}
