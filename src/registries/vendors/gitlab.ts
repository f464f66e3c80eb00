import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { BulkLister } from '../bulk-first.ts';
import { parseJsonList, textField } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { toldTime, type ToldTag } from '../told-tags.ts';
import { listingOf } from './listing-of.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { askRegistry, encodePath, type VendorApi } from './vendor-api.ts';

const MOST_PAGES = 1000;

/**
 * GitLab: `GET /gitlab/v1/repositories/{path}/tags/list/` of the registry itself, with the token that may pull (the
 * container registry's docs/spec/gitlab/api.md, "List Repository Tags"). Pages of up to 1,000 that go on after a name
 * cost the same as the distribution API. It is there where the registry has its metadata database, as on gitlab.com;
 * elsewhere it is a 404. GitLab's REST API (`/api/v4/projects/:id/registry/repositories`) lists names without digests
 * and needs another login.
 */
export function createGitlabTags(api: VendorApi): BulkLister {
  const host = new URL(api.baseUrl).host;
  return {
    async listTags(repository, login, signal) {
      const path = api.pathOf(repository);
      const told = await readPages({
        ...api,
        base: new URL(`${api.baseUrl}/gitlab/v1/repositories/${encodePath(path)}/tags/list/`),
        queries: ['?n=1000'],
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
  const tags = parseJsonList(response.body);
  if (tags === undefined || !tags.every((tag) => textField(tag, 'name') !== '')) return undefined;
  return {
    entries: tags.map((tag) => ({
      tag: textField(tag, 'name'),
      digest: textField(tag, 'digest'),
      // Older versions tell the two others, and `updated_at` only of tags that moved.
      pushed: toldTime(tag['published_at']) ?? toldTime(tag['updated_at']) ?? toldTime(tag['created_at']),
    })),
    next: nextPage(response, host),
  };
}
