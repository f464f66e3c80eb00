import type { GitRemote } from '../../../core/git/remote.ts';
import { LynceusError } from '../../../errors.ts';
import { objectList, textField, type JsonObject } from '../../../http/json.ts';
import type { GitLogin } from '../../../ports/git-logins.ts';
import { hostWords, scrub } from '../failure.ts';

export interface ApiContext {
  readonly remote: GitRemote;
  readonly login: GitLogin;
}

/** How a request ended. */
export type ApiReply =
  | { readonly kind: 'data'; readonly data: JsonObject }
  /** The branch is not where it was expected. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** It was answered, and nothing was done. `byRule`: for what it holds, and not for whose it is. */
  | { readonly kind: 'refused'; readonly error: LynceusError; readonly byRule?: true }
  /** It may have been done or not. */
  | { readonly kind: 'unclear'; readonly error: LynceusError };

const RIGHTS = 'the token or GitHub App needs the right to write contents: docs/git.md';
const RULES =
  'a rule of the branch or repository may forbid it: let the token or GitHub App through, or name another push branch in the annotation git-branch';

/** The error for a status that is no success. */
export function explainStatus(
  { status, content }: { readonly status: number; readonly content: JsonObject | undefined },
  what: string,
  context: ApiContext,
): LynceusError {
  const reason = content === undefined ? '' : `: ${clean(textField(content, 'message'), context)}`;
  const message = `${context.remote.label}: GitHub's API answered ${status} to "${what}"${reason}`;
  switch (status) {
    case 401:
      return new LynceusError('git-denied', message, { hint: 'the token may be wrong or expired' });
    case 403:
      return new LynceusError('git-denied', message, { hint: RIGHTS });
    case 404:
      return new LynceusError('git-denied', message, {
        hint: 'GitHub hides what a token may not see; of GitHub Enterprise Server check the base URL of the API',
      });
    case 429:
      return new LynceusError('host-rate-limited', message, { hint: 'it is tried again in the next cycle' });
    default:
      return new LynceusError(status >= 500 ? 'git-unreachable' : 'host-failed', message);
  }
}

/** What the `errors` of an answer with status 200 mean; `undefined` when there are none. */
export function explainErrors(content: JsonObject, what: string, context: ApiContext): ApiReply | undefined {
  const errors = objectList(content['errors']) ?? [];
  const [first] = errors;
  if (first === undefined) return undefined;
  const reason = clean(errors.map((one) => textField(one, 'message')).join('\n'), context);
  const type = textField(first, 'type');
  if (type === 'STALE_DATA' || reason.includes('Expected branch to point to'))
    return { kind: 'stale', reason };
  const message = `${context.remote.label}: GitHub's API refuses to ${what}: ${reason}`;
  switch (type) {
    case 'RATE_LIMITED':
      return refused(
        new LynceusError('host-rate-limited', message, { hint: 'it is tried again in the next cycle' }),
      );
    case 'FORBIDDEN':
    case 'INSUFFICIENT_SCOPES':
    case 'NOT_FOUND':
      return refused(new LynceusError('git-denied', message, { hint: RIGHTS }));
    case 'UNPROCESSABLE':
      return { ...refused(new LynceusError('git-denied', message, { hint: RULES })), byRule: true };
    default:
      // "Something went wrong while executing your query" comes also when only the answer was too slow.
      return { kind: 'unclear', error: new LynceusError('host-failed', message, { hint: RULES }) };
  }
}

function refused(error: LynceusError): Extract<ApiReply, { kind: 'refused' }> {
  return { kind: 'refused', error };
}

function clean(text: string, { login }: ApiContext): string {
  return hostWords(scrub(text, login), false);
}
