import type { GitRemote } from '../../core/git/remote.ts';
import { LynceusError } from '../../errors.ts';
import { messageIn } from '../../http/answer-message.ts';
import { parseJson } from '../../http/json.ts';
import type { HttpRequest, HttpResponse } from '../../http/message.ts';
import { isRateLimited, requestedWait, WAIT_WITHOUT_TIME } from '../../http/rate-limits.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';

/** GitHub's and GitLab's are the same. */
export type CommitHostSettings = ServiceSettings<'github'>;

export interface CommitCall {
  readonly method: HttpRequest['method'];
  /** Below the base URL, with leading slash, already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** For messages: `set the status of a commit`. */
  readonly what: string;
}

export interface CommitAnswer {
  /** `undefined` for what is no JSON. */
  readonly content: unknown;
  /** Absent for a success. What the host says itself is in it, on one line and without the token. */
  readonly refusal?: LynceusError;
}

/** The API of one host, with a token, for one notice. */
export interface CommitStatusApi {
  /** Throws `notifier-…` for a status of failure that is not understood. */
  call(call: CommitCall & { readonly understands?: readonly number[] }): Promise<CommitAnswer>;
}

/** What is asked about, by whom its token is chosen where the service has none of its own. */
export interface CommitSubject {
  readonly remote: GitRemote;
  readonly project: string | undefined;
}

export interface OpenCommitStatusApi {
  (subject: CommitSubject, signal: AbortSignal): Promise<CommitStatusApi>;
  close(): void;
}

interface CommitStatusApiOptions {
  readonly baseUrl: string;
  readonly settings: CommitHostSettings;
  readonly parts: NotifierParts;
  readonly headersOf: (token: string) => Readonly<Record<string, string>>;
}

/** Lists of deployments have much beside what is used of them. */
const LARGEST_ANSWER = 1024 * 1024;

/** The token is read for each notice. */
export function createCommitStatusApi({
  baseUrl,
  settings,
  parts,
  headersOf,
}: CommitStatusApiOptions): OpenCommitStatusApi {
  const client = createServiceClient(settings, parts, { largestAnswer: LARGEST_ANSWER });

  async function open(subject: CommitSubject, signal: AbortSignal): Promise<CommitStatusApi> {
    const token = await readToken(subject, { settings, parts }, signal);
    const headers = { accept: 'application/json', ...headersOf(token) };
    return {
      async call({ method, path, query = {}, body, what, understands = [] }) {
        const url = new URL(`${baseUrl}${path}`);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
        const request =
          body === undefined
            ? { method, url, headers }
            : {
                method,
                url,
                headers: { ...headers, 'content-type': 'application/json' },
                body: JSON.stringify(body),
              };
        const response = withLimit(await client.send(request, signal), parts.clock.now());
        const content = contentOf(response);
        const message = messageIn(content, [token]);
        const detail = message === '' ? `to ${what}` : `to ${what}: ${message}`;
        const refusal = refusedByStatus(response, { now: parts.clock.now(), detail });
        if (refusal === undefined) return { content };
        if (understands.includes(response.status)) return { content, refusal };
        throw refusal;
      },
    };
  }

  return Object.assign(open, { close: () => client.close() });
}

async function readToken(
  { remote, project }: CommitSubject,
  { settings: { tokenFrom }, parts }: Pick<CommitStatusApiOptions, 'settings' | 'parts'>,
  signal: AbortSignal,
): Promise<string> {
  const { name, readSecret, hostToken } = parts;
  const read = tokenFrom === undefined ? hostToken?.(remote, project, signal) : readSecret(tokenFrom, signal);
  if (read === undefined)
    throw new LynceusError('credentials-missing', `the service ${name} has no token`, {
      hint: 'set tokenFrom in its settings: docs/notifications.md',
    });
  const token = await read;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new LynceusError(
    'credentials-failed',
    `${tokenFrom ?? 'the login of git'} holds no token: one word of ASCII`,
  );
}

/** GitHub says 403 where others say 429. */
function withLimit(response: HttpResponse, now: number): HttpResponse {
  if (!isRateLimited(response)) return response;
  const seconds = Math.max(1, Math.ceil((requestedWait(response, now) ?? WAIT_WITHOUT_TIME) / 1000));
  return { ...response, status: 429, headers: { ...response.headers, 'retry-after': String(seconds) } };
}

function contentOf({ body }: HttpResponse): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}
