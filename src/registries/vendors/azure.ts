import { objectList, parseJsonObject } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { readNamedEntries, readPushTime } from '../tag-entries.ts';
import { encodePath, getJson, type VendorApi } from './vendor-api.ts';
import type { VendorList } from './vendor-list.ts';

/**
 * Azure Container Registry: `GET /acr/v1/{name}/_tags` (REST reference of Azure Container Registry, "Tag - Get List"),
 * with a token of the registry for `metadata_read`. Its pages go on after a name, like those of the distribution API,
 * and cost the same. The time is `lastUpdateTime`: `createdTime` is that of the first push under this tag, years ago
 * for a tag that moves. Locking a tag updates it too.
 */
export function azureTags(api: VendorApi): VendorList {
  return {
    complete: true,
    urlPath: (path) => `/acr/v1/${encodePath(path)}/_tags`,
    queries: ['?n=1000', ''],
    ask: (url, caller) => api.authorized('tags', getJson(api, url), caller),
    readPage(response) {
      const page = parseJsonObject(response.body);
      // Nothing is left of a repository whose tags were all deleted.
      const tags = page?.['tags'] === null ? [] : objectList(page?.['tags']);
      const entries = tags && readNamedEntries(tags, (tag) => readPushTime(tag['lastUpdateTime']));
      return entries && { entries, next: nextPage(response) };
    },
  };
}
