import type { HttpResponse } from '../../http/message.ts';

/** An answer of a registry that was asked with whatever it wants as proof. */
export interface AuthorizedResponse extends HttpResponse {
  /** Why the login of the caller was not sent, where a refusal says nothing of it; `undefined` otherwise. */
  readonly unproven?: Unproven | undefined;
}

export type Unproven =
  /** The registry redirected to another origin, which answered; logins stay behind. */
  | { readonly kind: 'elsewhere'; readonly origin: string }
  /** The registry did not ask for a login, or for none of a kind that is known here; by name in lower case. */
  | { readonly kind: 'not-asked'; readonly schemes: readonly string[] };
