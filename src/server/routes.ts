import type { IncomingMessage } from 'node:http';

export interface RouteReply {
  readonly status: number;
  /** Plain text without it. */
  readonly contentType?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of what is in the body, without quotation marks. Who has the same already is answered 304, and the body is not made. */
  readonly etag?: string;
  /** A function is called only where the body is sent. Bytes that stay the same object are compressed once. */
  readonly body: ReplyBytes | (() => ReplyBytes | Promise<ReplyBytes>);
}

export type ReplyBytes = string | Uint8Array;

/** An answer without an end, such as server-sent events. */
export interface StreamReply {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once the headers are sent; never for HEAD. */
  readonly stream: (reader: StreamReader) => void;
}

/** Who reads a stream. */
export interface StreamReader {
  /** Sends at once. A reader that leaves too much unread is cut. */
  write(text: ReplyBytes): void;
  /** Ends the stream; what was written is still sent. */
  end(): void;
  /** Aborted once nobody reads any more, whoever ended it. */
  readonly gone: AbortSignal;
}

export interface RouteRequest {
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
}

export interface GetRequest extends RouteRequest {
  readonly method: 'GET' | 'HEAD';
  /** As it was asked for, without what follows `?`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What stands in the place of each `{name}` of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The address at which it came in. */
  readonly at: string;
}

export interface PostRequest extends RouteRequest {
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Address of who has connected. */
  readonly from: string;
}

/** Takes POST only. A larger body is answered with 413. */
export interface PostRoute {
  readonly mostBytes: number;
  readonly post: (request: PostRequest) => RouteReply | Promise<RouteReply>;
}

export type Reply = RouteReply | StreamReply;

export type GetRoute = (request: GetRequest) => Reply | Promise<Reply>;

/**
 * Paths and who answers them; a function takes GET and HEAD only. A part `{name}` of a path stands for any one part, a last
 * part `{name...}` for one or more. Of several that fit, the one that is literal for longest counts.
 */
export type Routes = Readonly<Record<string, GetRoute | PostRoute>>;

export interface FoundRoute {
  readonly route: GetRoute | PostRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a path. `malformed`: a part of it cannot be decoded. */
export type FindRoute = (path: string) => FoundRoute | 'malformed' | undefined;

export function compileRoutes(routes: Routes): FindRoute {
  const literal = new Map(Object.entries(routes).filter(([path]) => !path.includes('{')));
  const patterns = Object.entries(routes)
    .filter(([path]) => path.includes('{'))
    .map(([path, route]) => ({ parts: path.split('/'), route }))
    .sort((a, b) => compareParts(a.parts, b.parts));
  return (path) => {
    const exact = literal.get(path);
    if (exact !== undefined) return { route: exact, params: {} };
    const parts = path.split('/');
    const found = patterns.find((pattern) => fits(pattern.parts, parts));
    if (found === undefined) return undefined;
    const params = paramsOf(found.parts, parts);
    return params === undefined ? 'malformed' : { route: found.route, params };
  };
}

const REST = /^\{(\w+)\.\.\.\}$/;
const ONE = /^\{(\w+)\}$/;

/** Literal before one part before the rest. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  const rankOf = (part = ''): number => (REST.test(part) ? 2 : ONE.test(part) ? 1 : 0);
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = rankOf(a[at]) - rankOf(b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  const isOpen = REST.test(pattern.at(-1) ?? '');
  if (isOpen ? parts.length < pattern.length : parts.length !== pattern.length) return false;
  return pattern.every(
    (part, at) => REST.test(part) || (ONE.test(part) ? parts[at] !== '' : part === parts[at]),
  );
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  try {
    return Object.fromEntries(
      pattern.flatMap((part, at) => {
        const [, rest] = REST.exec(part) ?? [];
        if (rest !== undefined) return [[rest, decodeURIComponent(parts.slice(at).join('/'))]];
        const [, name] = ONE.exec(part) ?? [];
        return name === undefined ? [] : [[name, decodeURIComponent(parts[at] ?? '')]];
      }),
    );
  } catch {
    return undefined;
  }
}
