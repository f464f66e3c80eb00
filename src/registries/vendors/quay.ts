import { objectList, parseJsonObject } from '../../http/json.ts';
import type { Login } from '../../ports/logins.ts';
import { readNamedEntries, readPushMilliseconds } from '../tag-entries.ts';
import { encodePath, getJson, isToken, type VendorApi } from './vendor-api.ts';
import type { VendorList } from './vendor-list.ts';

/** The user name with which Quay takes an OAuth access token for a password. */
const OAUTH_USER = '$oauthtoken';

/**
 * Quay: `GET /api/v1/repository/{repository}/tag/` (Red Hat Quay API reference, "listRepoTags"; endpoints/api/tag.py).
 * Public images are shown to anybody, others to an OAuth access token. Robot accounts and passwords open the registry
 * only, so with them it is asked as by anybody and refuses what is private. The time is `start_ts`, in seconds: since
 * when the tag has named this manifest.
 */
export function quayTags(api: VendorApi): VendorList {
  return {
    complete: false,
    urlPath: (path) => (path.includes('/') ? `/api/v1/repository/${encodePath(path)}/tag/` : undefined),
    queries: [queryOf(1)],
    ask: (url, { path, login, signal }) => api.wire('tags', path)(getJson(api, url, proofOf(login)), signal),
    readPage(response) {
      const page = parseJsonObject(response.body);
      const tags = objectList(page?.['tags']);
      const more = page?.['has_additional'];
      const number = page?.['page'];
      if (tags === undefined || typeof more !== 'boolean' || typeof number !== 'number') return undefined;
      const entries = readNamedEntries(tags, ({ start_ts }) => readSeconds(start_ts), 'manifest_digest');
      return (
        entries && { entries, next: more ? { kind: 'query', query: queryOf(number + 1) } : { kind: 'none' } }
      );
    },
  };
}

function queryOf(page: number): string {
  return `?onlyActiveTags=true&limit=100&page=${page}`;
}

function readSeconds(value: unknown): number | undefined {
  return typeof value === 'number' ? readPushMilliseconds(value * 1000) : undefined;
}

function proofOf(login: Login): Readonly<Record<string, string>> {
  return login.kind === 'basic' && login.username === OAUTH_USER && isToken(login.password)
    ? { authorization: `Bearer ${login.password}` }
    : {};
}
