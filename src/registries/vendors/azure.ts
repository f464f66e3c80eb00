import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { BulkLister } from '../bulk-first.ts';
import { objectList, parseJsonObject, textField } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { toldTime, type ToldTag } from '../told-tags.ts';
import { listingOf } from './listing-of.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { askRegistry, encodePath, type VendorApi } from './vendor-api.ts';

const MOST_PAGES = 1000;

/**
 * Azure Container Registry: `GET /acr/v1/{name}/_tags` (REST reference of Azure Container Registry, "Tag - Get List"),
 * with a token of the registry for `metadata_read`. Its pages go on after a name, like those of the distribution API,
 * and cost the same. The time is `lastUpdateTime`: `createdTime` is that of the first push under this tag, years ago
 * for a tag that moves. Locking a tag updates it too.
 */
export function createAzureTags(api: VendorApi): BulkLister {
  const host = new URL(api.baseUrl).host;
  return {
    async listTags(repository, login, signal) {
      const path = api.pathOf(repository);
      const told = await readPages({
        ...api,
        base: new URL(`${api.baseUrl}/acr/v1/${encodePath(path)}/_tags`),
        queries: ['?n=1000', ''],
        ask: (url) => askRegistry(api, url, { path, login, signal }),
        read: (response) => readPage(response, host),
        mostPages: MOST_PAGES,
        whenTooLong: 'fail',
        name: formatRepository(repository),
        login,
        hasTold: false,
      });
      return listingOf(told);
    },
  };
}

function readPage(response: HttpResponse, host: string): ReadPage<ToldTag> | undefined {
  const page = parseJsonObject(response.body);
  // Nothing is left of a repository whose tags were all deleted.
  const tags = page?.['tags'] === null ? [] : objectList(page?.['tags']);
  if (tags === undefined || !tags.every((tag) => textField(tag, 'name') !== '')) return undefined;
  return {
    entries: tags.map((tag) => ({
      tag: textField(tag, 'name'),
      digest: textField(tag, 'digest'),
      pushed: toldTime(tag['lastUpdateTime']),
    })),
    next: nextPage(response, host),
  };
}
