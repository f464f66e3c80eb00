import { parseJsonList } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { readNamedEntries, readPushTime } from '../tag-entries.ts';
import { encodePath, getJson, type VendorApi } from './vendor-api.ts';
import type { VendorList } from './vendor-list.ts';

/**
 * GitLab: `GET /gitlab/v1/repositories/{path}/tags/list/` of the registry itself, with the token that may pull (the
 * container registry's docs/spec/gitlab/api.md, "List Repository Tags"). Pages of up to 1,000 that go on after a name
 * cost the same as the distribution API. It is there where the registry has its metadata database, as on gitlab.com;
 * elsewhere it is a 404. GitLab's REST API (`/api/v4/projects/:id/registry/repositories`) lists names without digests
 * and needs another login.
 */
export function gitlabTags(api: VendorApi): VendorList {
  return {
    complete: true,
    urlPath: (path) => `/gitlab/v1/repositories/${encodePath(path)}/tags/list/`,
    queries: ['?n=1000'],
    ask: (url, caller) => api.authorized('tags', getJson(api, url), caller),
    readPage(response) {
      const tags = parseJsonList(response.body);
      // Older versions send the two others, and `updated_at` only for tags that moved.
      const entries =
        tags &&
        readNamedEntries(
          tags,
          (tag) =>
            readPushTime(tag['published_at']) ??
            readPushTime(tag['updated_at']) ??
            readPushTime(tag['created_at']),
        );
      return entries && { entries, next: nextPage(response) };
    },
  };
}
