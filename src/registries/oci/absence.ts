import { parseJsonObject } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import { LynceusError } from '../../errors.ts';
import { pageBytes } from '../listing-bounds.ts';
import { errorCodes } from './refusal.ts';
import type { RepositoryApi, RepositoryRequest } from './repository-api.ts';

/**
 * Gets content of a repository. Throws `registry-not-found` when it is not there: with `retryable: false` when that is
 * proven, and `true` when the answer may have come from something in between, so that there may be content all the same.
 */
export async function getContent(
  api: RepositoryApi,
  request: RepositoryRequest,
  what: string,
): Promise<HttpResponse> {
  const response = await api.ask(request);
  if (response.status === 200) return response;
  const error = api.refuse(response, what);
  if (response.status !== 404 || (await isAbsent(api, request, response))) throw error;
  throw new LynceusError(error.code, `${error.message}, which need not be the registry's own answer`, {
    retryable: true,
    hint: 'see whether a proxy or gateway answers in its place',
    trail: error.trail,
  });
}

/** Codes by which a registry says that it has no such content (OCI distribution spec, "Error codes"; `NOT_FOUND` is Harbor's). */
const ABSENT = new Set(['MANIFEST_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN', 'NOT_FOUND']);

/**
 * Whether a 404 proves that there is no such content. One that does not say so itself is believed when the registry
 * lists the repository in the meantime and then answers the same once more. A page is never believed, and no code that
 * speaks of the repository or the login.
 */
async function isAbsent(
  api: RepositoryApi,
  request: RepositoryRequest,
  first: HttpResponse,
): Promise<boolean> {
  const said = readAbsence(first);
  if (said !== 'silent') return said === 'absent';
  return (await isListed(api)) && (await isStillAbsent(api, request));
}

type Said = 'absent' | 'something-else' | 'silent';

function readAbsence(response: HttpResponse): Said {
  const codes = errorCodes(response);
  if (codes.some((code) => ABSENT.has(code))) return 'absent';
  if (codes.length > 0) return 'something-else';
  const isPage =
    /\b(?:html|xml)\b/i.test(response.headers['content-type'] ?? '') ||
    response.body.toString('utf8', 0, 100).trimStart().startsWith('<');
  return isPage ? 'something-else' : 'silent';
}

async function isListed(api: RepositoryApi): Promise<boolean> {
  try {
    const list = { rest: 'tags/list?n=1', accept: 'application/json', maxBytes: pageBytes(api.limits) };
    const { status, body } = await api.ask({ kind: 'tags', ...list });
    return status === 200 && Array.isArray(parseJsonObject(body)?.['tags']);
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code !== 'aborted') return false;
    throw thrown;
  }
}

async function isStillAbsent(api: RepositoryApi, request: RepositoryRequest): Promise<boolean> {
  const again = await api.ask(request);
  return again.status === 404 && readAbsence(again) !== 'something-else';
}
