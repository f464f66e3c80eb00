import { plainLine } from '../../core/quoted.ts';
import { errnoOf, LynceusError } from '../../errors.ts';
import { explainNetworkError } from '../../http/explain-network-error.ts';
import type { SmtpServer } from './transporter.ts';

/** What the library says of a failure, as far as it is used. The rest of its text may hold commands, and logins in them. */
interface SmtpFailure {
  /** Of the library: `EAUTH`, `ETLS`; or of the system. */
  readonly code: string;
  /** Of the system or of TLS, where the library put its own in its place. */
  readonly originalCode: string;
  /** Of the server's answer (RFC 5321, 4.2); 0 without one. */
  readonly status: number;
  readonly answer: string;
}

const LONGEST_ANSWER = 200;

/** Why a mail was not sent. What the server answered is in it without the login, however it spells that. */
export function explainSmtpError(thrown: unknown, server: SmtpServer): LynceusError {
  if (thrown instanceof LynceusError) return thrown;
  const failure = readFailure(thrown);
  const { code, originalCode, status } = failure;
  const where = placeOf(server);
  const answer = answerOf(failure, server);
  if (code === 'EAUTH') return loginRefused(where, { status, answer });
  if (code === 'ETLS' && status > 0)
    return new LynceusError('notifier-unreachable', `${where} does not begin TLS: ${answer}`, {
      retryable: false,
      hint: 'set encryption to implicit where the server begins with TLS, or to none where mail may go without it',
    });
  if (status > 0) return refusedByAnswer(where, status, answer);
  if (code === 'ETIMEDOUT' && originalCode === '')
    return new LynceusError('notifier-unreachable', `cannot reach ${where}: no answer in time`);
  const { kind, text } = explainNetworkError('', originalCode === '' ? code : originalCode);
  if (kind === 'untrusted' || code === 'ETLS')
    return new LynceusError('notifier-unreachable', `cannot reach ${where}: ${text}`, {
      retryable: false,
      hint: 'see its certificate, caFile of the service, and whether its port begins with TLS (encryption: implicit)',
    });
  return new LynceusError('notifier-unreachable', `cannot reach ${where}: ${text}`);
}

/** The error for recipients that were refused while others were not; `undefined` when there are none. */
export function refusedRecipients(errors: readonly unknown[], server: SmtpServer): LynceusError | undefined {
  const failures = errors.map(readFailure);
  const [worst] = failures.toSorted((a, b) => a.status - b.status);
  if (worst === undefined) return undefined;
  const where = `${placeOf(server)} refused ${failures.length === 1 ? 'a recipient' : `${failures.length} recipients`}`;
  return refusal(where, worst.status, answerOf(worst, server));
}

function loginRefused(
  where: string,
  { status, answer }: { readonly status: number; readonly answer: string },
): LynceusError {
  const message = `${where} refuses the login${answer === '' ? ', or offers none that is known here' : `: ${answer}`}`;
  if (isForNow(status)) return new LynceusError('notifier-failed', message);
  return new LynceusError('notifier-denied', message, {
    hint: 'see usernameFrom and passwordFrom of the service: docs/notifications.md',
  });
}

function refusedByAnswer(where: string, status: number, answer: string): LynceusError {
  return refusal(`${where} refuses the mail`, status, answer);
}

/** RFC 5321, 4.2.1: what begins with 4 may be taken later. 530 and 550 and their like are for whoever runs the server. */
function refusal(what: string, status: number, answer: string): LynceusError {
  const message = `${what}: ${answer}`;
  if (isForNow(status)) return new LynceusError('notifier-failed', message);
  if (WANTS_LOGIN.includes(status))
    return new LynceusError('notifier-denied', message, {
      hint: 'the server wants a login or another one: set usernameFrom and passwordFrom',
    });
  return new LynceusError('notifier-failed', message, {
    retryable: false,
    hint: 'see the addresses in from and to, and what the server lets this login send',
  });
}

/** RFC 4954, 6. */
const WANTS_LOGIN: readonly number[] = [530, 534, 535, 538];

/** A server in the wrong state (503) takes the same in another session. */
function isForNow(status: number): boolean {
  return (status >= 400 && status < 500) || status === 503;
}

function placeOf({ host, port }: SmtpServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function readFailure(thrown: unknown): SmtpFailure {
  const { originalCode, responseCode, response } = Object(thrown) as Readonly<Record<string, unknown>>;
  return {
    code: errnoOf(thrown) ?? '',
    originalCode: typeof originalCode === 'string' ? originalCode : '',
    status: typeof responseCode === 'number' ? responseCode : 0,
    answer: typeof response === 'string' ? response : '',
  };
}

/** A server may repeat what it was sent. */
function answerOf({ answer }: SmtpFailure, { login }: SmtpServer): string {
  const line = secretsOf(login).reduce((text, secret) => text.replaceAll(secret, '***'), plainLine(answer));
  return line.length > LONGEST_ANSWER ? `${line.slice(0, LONGEST_ANSWER)}…` : line;
}

function secretsOf(login: SmtpServer['login']): readonly string[] {
  if (login === undefined) return [];
  const { username, password } = login;
  const encoded = [password, `\0${username}\0${password}`].map((text) =>
    Buffer.from(text, 'utf8').toString('base64'),
  );
  // The encoded password may be the end of both together.
  return [...encoded, plainLine(password)]
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length);
}
