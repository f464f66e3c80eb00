import type { ErrorCode } from '../errors.ts';
import type { RouteReply } from '../server/routes.ts';

export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  421: 'Misdirected Request',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An answer that something is wrong, by RFC 9457; `detail` is a sentence for people. */
export function problemReply(
  status: number,
  code: ErrorCode,
  { detail, headers = {} }: { readonly detail: string; readonly headers?: Readonly<Record<string, string>> },
): RouteReply {
  const problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, code, detail };
  return { status, contentType: PROBLEM_TYPE, headers, body: `${JSON.stringify(problem)}\n` };
}
