import type * as z from 'zod';
import { LynceusError } from '../errors.ts';
import { messageIn } from '../http/answer-message.ts';
import { parseJson } from '../http/json.ts';
import type { HttpRequest, HttpResponse, Send } from '../http/message.ts';
import { LINKED, type Paging } from './paging.ts';
import { refusalOf, type ApiAnswer } from './refusal.ts';
import { parseUrl } from '../parse-url.ts';

/** A list is sent as the same name several times. */
export type ApiQuery = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface ApiCall {
  readonly method: HttpRequest['method'];
  /** Path below the API's base URL, with leading slash, already encoded. */
  readonly path: string;
  readonly query?: ApiQuery | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What is done, for messages: `open a pull request`. */
  readonly what: string;
  /** Statuses of failure that the caller understands; any other is thrown. */
  readonly understands?: readonly number[];
}

export interface ListCall<T> extends ApiCall {
  /** By the `Link` header when omitted. */
  readonly paging?: Paging | undefined;
  /** Whether what was read so far is all that is wanted; every page when omitted. */
  readonly enough?: (read: readonly T[]) => boolean;
}

/** JSON over HTTP with the API of one Git host: with its login, retries and limits of size. */
export interface HostApi {
  /** The project that it is asked about, for messages: `github.com/acme/deploy`. */
  readonly label: string;
  /** Base URL without a trailing slash. */
  readonly baseUrl: string;
  /** Throws `host-…` for a failure that is not understood. */
  call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer>;
  /** The same, for the content, checked by the schema: `host-failed` when it does not fit. */
  read<T>(call: ApiCall, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** The content of an answer, checked in the same way. */
  check<T>(content: unknown, schema: z.ZodType<T>, what: string): T;
  /** The error for an answer that was understood, and is a refusal after all. */
  refusal(answer: ApiAnswer, what: string): LynceusError;
  /** Why the host refused, in its own words. */
  reasonOf(answer: ApiAnswer): string;
  /** The account that we log in with: asked for once by a process. `undefined` where the host does not say. */
  account(ask: () => Promise<string | undefined>): Promise<string | undefined>;
  /** All pages of a list. Throws rather than to give a part. */
  readPages<T>(call: ListCall<T>, schema: z.ZodType<T>, signal: AbortSignal): Promise<readonly T[]>;
}

export interface HostApiOptions {
  readonly baseUrl: string;
  readonly label: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Retries, and waits as long as the limits of the host ask. */
  readonly send: Send;
  /** The account of each login that was asked for. */
  readonly accounts: HostAccounts;
  /** Of this login among them. */
  readonly key: string;
  /** Never shown, whatever the host answers. */
  readonly secrets: readonly string[];
}

export type HostAccounts = Map<string, string | undefined>;

const LARGEST_ANSWER = 16 * 1024 * 1024;
/** More open requests than that fill no project that is worth reading through. */
const MOST_PAGES = 100;

export function createHostApi(options: HostApiOptions): HostApi {
  const { baseUrl, label } = options;

  async function send(url: URL, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    const response = await options.send(requestOf(url, call, options.headers), signal);
    const answer = { status: response.status, headers: response.headers, content: contentOf(response) };
    if (isDone(response.status) || call.understands?.includes(response.status) === true) return answer;
    throw refusal(answer, call.what);
  }

  function refusal(answer: ApiAnswer, what: string): LynceusError {
    return refusalOf(answer, { label, what, secrets: options.secrets });
  }

  function checked<T>(content: unknown, schema: z.ZodType<T>, what: string): T {
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
    throw new LynceusError(
      'host-failed',
      `${label} answered something else than expected to "${what}": ${where}: ${issue?.message ?? ''}`,
    );
  }

  return {
    label,
    baseUrl,
    check: checked,
    refusal,
    reasonOf: ({ content, status }) => messageIn(content, options.secrets) || `status ${status}`,
    call: (call, signal) => send(urlOf(baseUrl, call), call, signal),
    async read(call, schema, signal) {
      return checked((await send(urlOf(baseUrl, call), call, signal)).content, schema, call.what);
    },
    async account(ask) {
      const { accounts, key } = options;
      if (!accounts.has(key)) accounts.set(key, await ask());
      return accounts.get(key);
    },
    async readPages<T>(call: ListCall<T>, schema: z.ZodType<T>, signal: AbortSignal) {
      const { paging = LINKED, enough = () => false } = call;
      const all: T[] = [];
      let url = urlOf(baseUrl, call);
      for (let page = 1; ; page += 1) {
        const answer = await send(url, call, signal);
        const items = paging.itemsOf(answer.content);
        if (items === undefined) throw notAList(label, call.what);
        all.push(...items.map((one) => checked(one, schema, call.what)));
        const next = paging.nextOf(answer, { url, count: items.length });
        if (next === undefined || enough(all)) return all;
        url = nextUrl(url, next, label);
        if (page === MOST_PAGES) throw tooManyPages(label, call.what);
      }
    },
  };
}

/** 203 comes with a page to log in at (Azure DevOps, to a token that has expired). */
function isDone(status: number): boolean {
  return status < 300 && status !== 203;
}

function requestOf(url: URL, { method, body }: ApiCall, own: HttpRequest['headers']): HttpRequest {
  const headers = { accept: 'application/json', ...own };
  const request = { method, url, headers, maxBytes: LARGEST_ANSWER };
  if (body === undefined) return request;
  const ofJson = { ...headers, 'content-type': 'application/json' };
  return { ...request, headers: ofJson, body: JSON.stringify(body) };
}

function urlOf(baseUrl: string, { path, query = {} }: ApiCall): URL {
  const url = new URL(`${baseUrl}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  }
  return url;
}

/** The next page is where this one was: a host that names another one would get our login. */
function nextUrl(url: URL, next: string, label: string): URL {
  const target = parseUrl(next, url);
  if (target?.origin === url.origin) return target;
  throw new LynceusError('host-failed', `${label} names a next page on another host`);
}

function contentOf({ body }: HttpResponse): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function notAList(label: string, what: string): LynceusError {
  return new LynceusError('host-failed', `${label} answered something else than a list to "${what}"`);
}

function tooManyPages(label: string, what: string): LynceusError {
  return new LynceusError('host-failed', `${label} answered with more than ${MOST_PAGES} pages to "${what}"`);
}
