import type { ImageRepository } from '../image/reference.ts';
import type { ApplicationId } from '../policy.ts';
import type { Notice } from './notice.ts';
import type { NoticeRequest } from './notice-request.ts';

/** A notice, and what decides where it goes. */
export interface ObservedNotice {
  readonly notice: Notice;
  /** What notices of one kind and code have in common when one thing is behind them, for people: a registry, a remote; `''` for nothing. */
  readonly cause: string;
  /** What it concerns; empty for what concerns no Application. */
  readonly concerned: readonly ConcernedImage[];
}

/** An image as routes see it. */
export interface ConcernedImage {
  readonly application: ApplicationId;
  /** `''` where it is not known. */
  readonly project: string;
  /** That of Argo CD for an Application without one. */
  readonly namespace: string;
  /** Absent for an Application as a whole, and for what cannot be read. */
  readonly repository?: ImageRepository;
  /** Where its annotations ask for notices. */
  readonly requests: readonly NoticeRequest[];
}
