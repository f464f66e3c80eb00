import { LynceusError } from '../errors.ts';
import { messageIn } from '../http/answer-message.ts';

/** What a host answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` when the body is empty or is no JSON. */
  readonly content: unknown;
}

export interface Refused {
  readonly label: string;
  readonly what: string;
  /** Never shown, whatever the host answers. */
  readonly secrets: readonly string[];
}

/** The error for an answer that is a refusal. */
export function refusalOf(answer: ApiAnswer, { label, what, secrets }: Refused): LynceusError {
  const { status } = answer;
  const text = messageIn(answer.content, secrets);
  const found = `status ${status}${text === '' ? '' : `: ${text}`}`;
  switch (status) {
    case 203:
    case 401:
      return new LynceusError('host-denied', `${label} refuses the login, to ${what}: ${found}`, {
        hint: 'the token may be wrong or expired; docs/pull-requests.md explains where it comes from',
      });
    case 403:
      return new LynceusError('host-denied', `${label} does not allow to ${what}: ${found}`, {
        hint: 'the token needs the right to write pull requests: docs/pull-requests.md',
      });
    case 404:
      return new LynceusError(
        'host-denied',
        `${label} has nothing there, or hides it, to ${what}: ${found}`,
        {
          hint: 'hosts hide what a token may not see: check that it may see this project',
        },
      );
    case 429:
      return new LynceusError('host-rate-limited', `${label} asks to slow down, to ${what}: ${found}`, {
        hint: 'it is tried again in the next cycle',
      });
    default:
      return new LynceusError('host-failed', `${label} failed to ${what}: ${found}`, {
        retryable: status >= 500,
        ...(status >= 300 && status < 400
          ? { hint: 'the project or the host seems to have moved: correct the URL of the remote' }
          : {}),
      });
  }
}
