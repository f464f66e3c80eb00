import type { GitRemote } from '../core/git/remote.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import type { ApplicationId } from '../core/policy.ts';

/** What somebody says was pushed: an image to an image repository, or commits to a Git remote. */
export type PushEvent =
  | { readonly kind: 'image'; readonly repository: ImageRepository }
  | {
      readonly kind: 'git';
      /** The one remote in every form of its URL that is known. */
      readonly remotes: readonly GitRemote[];
      /** `undefined` where it is not known. */
      readonly branch: string | undefined;
    };

/** What a cycle evaluates where that is not everything. */
export interface CycleScope {
  /** All images of these Applications. */
  readonly applications: readonly ApplicationId[];
  /** Images whose image repository, or whose branch of a Git remote, was pushed to. */
  readonly pushes: readonly PushEvent[];
}

/** What a cycle evaluates: everything, or only what has just changed. */
export type Tick = { readonly kind: 'all' } | ({ readonly kind: 'some' } & CycleScope);

/** What starts cycles: `next` resolves when one is due, and rejects with an `AbortError` when the signal is aborted. */
export interface Ticks {
  next(signal: AbortSignal): Promise<Tick>;
}
