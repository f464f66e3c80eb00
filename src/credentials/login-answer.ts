import type { BasicLogin } from './read-login.ts';

/** Whether a place that nobody named holds a login for an image. */
export type LoginAnswer =
  | { readonly kind: 'login'; readonly login: BasicLogin }
  /** `why` there is none, as a part of a sentence for people. */
  | { readonly kind: 'nothing'; readonly why: string };
