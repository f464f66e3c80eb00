import type { ArgoCdPage } from './argo-cd.ts';
import { describeFailure, UNREACHABLE, type Failure } from './describe-failure.ts';

/** What was answered, or why not. The same object as before where nothing has changed. */
export type Answered<Content> =
  { readonly ok: true; readonly content: Content } | { readonly ok: false; readonly failure: Failure };

/** Asks for a path below `/api/v1/`; rejects only when `signal` aborts. */
export type AskStatus = <Content>(path: string, signal: AbortSignal) => Promise<Answered<Content>>;

interface Kept {
  readonly etag: string;
  readonly content: unknown;
}

/** How long an answer may take, in milliseconds. */
const LONGEST = 20_000;

/** Asks Lynceus through Argo CD's proxy, which wants these headers. What has not changed is not sent again. */
export function createAskStatus(
  page: Pick<ArgoCdPage, 'fetch' | 'document'>,
  headers: Readonly<Record<string, string>>,
): AskStatus {
  const base = new URL('extensions/lynceus/api/v1/', page.document.baseURI);
  const kept = new Map<string, Kept>();
  return async <Content>(path: string, signal: AbortSignal): Promise<Answered<Content>> => {
    const before = kept.get(path);
    try {
      const answer = await page.fetch(new URL(path, base).href, {
        headers: {
          Accept: 'application/json',
          ...headers,
          ...(before === undefined ? {} : { 'If-None-Match': before.etag }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST)]),
        redirect: 'follow',
      });
      if (answer.status === 304 && before !== undefined)
        return { ok: true, content: before.content as Content };
      const contentType = answer.headers.get('Content-Type') ?? '';
      const body = await answer.text();
      const content = answer.ok && contentType.startsWith('application/json') ? readJson(body) : undefined;
      if (typeof content !== 'object' || content === null)
        return { ok: false, failure: describeFailure({ status: answer.status, contentType, body }) };
      const etag = answer.headers.get('ETag');
      if (etag !== null) kept.set(path, { etag, content });
      return { ok: true, content: content as Content };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ok: false, failure: UNREACHABLE };
    }
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
