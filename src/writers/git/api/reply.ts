import type { LynceusError } from '../../../errors.ts';
import type { JsonObject } from '../../../http/json.ts';

/** What came of one question. */
export type Reply =
  | { readonly kind: 'data'; readonly data: JsonObject }
  /** The branch is not where it was expected. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** It was answered, and nothing was done. */
  | { readonly kind: 'refused'; readonly error: LynceusError }
  /** It may have been done or not. */
  | { readonly kind: 'unclear'; readonly error: LynceusError };
