import type { NoticeKind } from './notice-kind.ts';
import type { NoticeTarget } from './notice-target.ts';

/** What an annotation asks for: notices of these kinds, of all when there is none, to a target. */
export interface NoticeRequest extends NoticeTarget {
  readonly kinds: readonly NoticeKind[];
}
