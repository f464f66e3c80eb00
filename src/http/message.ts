/** One request. The caller sets how many bytes of an answer it takes. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `http:` or `https:`, without user information. */
  readonly url: URL;
  /** Names in lower case. All but those that describe what is wanted are dropped when a redirect leads to another origin. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Which redirects are followed; those to any host unless given. To another host than `same-host` allows is a failure. */
  readonly redirects?: 'same-host' | 'none';
  /** Longest body, in bytes after decompression. */
  readonly maxBytes: number;
}

/** What came back, whatever its status. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a header that was sent several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

/** Sends a request. Throws `HttpFailure` when there is no answer; any status is an answer. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;
