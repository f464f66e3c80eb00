import type { IncomingHttpHeaders } from 'node:http';
import { json, startStandIn, type Answer, type Seen } from '../registry-stand-in.ts';
import type { KeptProject, KeptRequest } from './project.ts';

/** What a route gets to see of a request. */
export interface RouteCall {
  readonly project: KeptProject;
  readonly seen: Seen;
  /** Groups of the route's pattern, decoded. */
  readonly groups: Readonly<Record<string, string>>;
  /** The JSON that was sent; empty when there was none. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** Base URL of the stand-in. */
  readonly url: string;
  /** Elements per page at most, whatever was asked for. */
  readonly largestPage: number;
}

export interface Route {
  readonly method: string;
  /** Of the whole path, still encoded. */
  readonly path: RegExp;
  readonly answer: (call: RouteCall) => Answer;
}

/** How one kind of host speaks; the state behind it is that of every host. */
export interface HostRoutes {
  readonly routes: readonly Route[];
  readonly isLoggedIn: (headers: IncomingHttpHeaders, token: string) => boolean;
  readonly unauthorized: Answer;
  readonly notFound: Answer;
  /** "Come back in so many seconds", in the words of this host. */
  readonly limited: (seconds: number) => Answer;
}

export interface HostStandIn {
  readonly url: string;
  readonly host: string;
  readonly project: KeptProject;
  /** `POST /repos/acme/deploy/pulls` of every request so far, in order, without its query. */
  readonly calls: () => readonly string[];
  /** The next request (of this method, with a path that matches) gets this answer; several wait in a row. */
  inject(answer: Answer, method?: string, path?: RegExp): void;
  /** The next request is told to come back in so many seconds. */
  limit(seconds: number): void;
  stop(): Promise<void>;
}

export interface HostStandInOptions {
  readonly project: KeptProject;
  readonly token: string;
  readonly largestPage?: number;
}

/** A Git host over real HTTP: knows its token, its projects and its limits, and keeps what it is told. */
export async function startHostStandIn(
  { routes, isLoggedIn, unauthorized, notFound, limited }: HostRoutes,
  { project, token, largestPage = 100 }: HostStandInOptions,
): Promise<HostStandIn> {
  const faults: {
    readonly answer: Answer;
    readonly method: string | undefined;
    readonly path?: RegExp | undefined;
  }[] = [];
  const server = await startStandIn((seen) => {
    const next = faults.findIndex(
      ({ method = seen.method, path }) => method === seen.method && (path?.test(seen.url.pathname) ?? true),
    );
    const [fault] = next < 0 ? [] : faults.splice(next, 1);
    if (fault !== undefined) return fault.answer;
    if (!isLoggedIn(seen.headers, token)) return unauthorized;
    for (const { method, path, answer } of routes) {
      const match = method === seen.method ? path.exec(seen.url.pathname) : null;
      if (match === null) continue;
      const groups = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text ?? '')]),
      );
      if (groups['project'] !== undefined && groups['project'] !== project.path) return notFound;
      const sent = (seen.body === '' ? {} : JSON.parse(seen.body)) as Record<string, unknown>;
      return answer({ project, seen, groups, sent, url: server.url, largestPage });
    }
    return notFound;
  });
  return {
    url: server.url,
    host: server.host,
    project,
    calls: () => server.seen.map(({ method, url }) => `${method} ${url.pathname}`),
    inject: (answer, method, path) => void faults.push({ answer, method, path }),
    limit: (seconds) => void faults.push({ answer: limited(seconds), method: undefined }),
    stop: () => server.stop(),
  };
}

/** As many elements as fit on a page, from one on. */
export function slice<T>(
  items: readonly T[],
  { from, size, largestPage }: { readonly from: number; readonly size: number; readonly largestPage: number },
): { readonly values: readonly T[]; readonly next: number | undefined } {
  const end = from + Math.min(size, largestPage);
  return { values: items.slice(from, end), next: end < items.length ? end : undefined };
}

/** The request whose number is in the path. */
export function requestOf({ project, groups }: RouteCall): KeptRequest {
  const found = project.find(Number(groups['number']));
  if (found === undefined) throw new Error('no such pull request');
  return found;
}

/** A text that may be left out. */
export function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : textOf(value);
}

/** The route that reads one request. */
export function readRoute(path: string, viewOf: (one: KeptRequest, call: RouteCall) => unknown): Route {
  return { method: 'GET', path: new RegExp(path), answer: (call) => json(viewOf(requestOf(call), call)) };
}

/** The route that comments on a request. */
export function commentRoute(path: string, textIn: (sent: RouteCall['sent']) => unknown): Route {
  return {
    method: 'POST',
    path: new RegExp(path),
    answer(call) {
      requestOf(call).comments.push(textOf(textIn(call.sent)));
      return answerWith(201, { id: 1 });
    },
  };
}

/** One page of a list, with the `Link` to the next one (RFC 8288), by `page` and `per_page` (or what it is called) of the query. */
export function paged(
  items: readonly unknown[],
  { seen, url, largestPage }: RouteCall,
  sizeName = 'per_page',
): Answer {
  const size = Math.min(Number(seen.url.searchParams.get(sizeName) ?? 30), largestPage);
  const page = Number(seen.url.searchParams.get('page') ?? 1);
  const next = new URL(`${url}${seen.target}`);
  next.searchParams.set('page', String(page + 1));
  const more = page * size < items.length;
  return json(
    items.slice((page - 1) * size, page * size),
    more ? { link: `<${next.href}>; rel="next"` } : {},
  );
}

/** A JSON answer with another status than 200. */
export function answerWith(
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(content),
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A field of what was sent, however deep: `fieldOf(sent, 'source', 'branch', 'name')`. */
export function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    value,
  );
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
