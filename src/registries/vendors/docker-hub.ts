import { objectList, parseJsonObject } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Caller } from '../oci/authorized-send.ts';
import { nextPageAt } from '../oci/next-page.ts';
import { readNamedEntries, readPushTime } from '../tag-entries.ts';
import { createHubTokens } from './hub-tokens.ts';
import { getJson, type VendorApi } from './vendor-api.ts';
import type { VendorList } from './vendor-list.ts';

/**
 * Docker Hub: `GET /v2/namespaces/{namespace}/repositories/{repository}/tags` of hub.docker.com (Docker Hub API
 * reference, "List repository tags"), for public images without a login. `digest` is that of what the tag names, also
 * of an index, as `media_type` beside it shows; a tag without it has no facts. `images` is not read: it is empty at
 * times (docker/hub-feedback#2484), and does not set artifacts apart from images. The time is `tag_last_pushed`.
 */
export function dockerHubTags(api: VendorApi): VendorList {
  const tokens = createHubTokens({ send: api.wire('token'), baseUrl: api.baseUrl, clock: api.clock });

  async function ask(url: URL, { path, login, signal }: Caller): Promise<HttpResponse> {
    const send = api.wire('tags', path);
    if (login.kind === 'anonymous' || !api.takesLogin) return send(getJson(api, url), signal);
    let token = await tokens.get(login, undefined, signal);
    // Without a token it is asked as by anybody: the image may be public.
    const response = await send(getJson(api, url, bearer(token)), signal);
    if (response.status !== 401 || token === undefined) return response;
    token = await tokens.get(login, token, signal);
    return token === undefined ? response : send(getJson(api, url, bearer(token)), signal);
  }

  return {
    complete: false,
    urlPath(path) {
      const [namespace = '', name = '', ...rest] = path.split('/');
      if (name === '' || rest.length > 0) return undefined;
      return `/v2/namespaces/${encodeURIComponent(namespace)}/repositories/${encodeURIComponent(name)}/tags`;
    },
    queries: ['?page_size=100'],
    ask,
    readPage(response) {
      const page = parseJsonObject(response.body);
      const results = objectList(page?.['results']);
      const entries = results && readNamedEntries(results, (tag) => readPushTime(tag['tag_last_pushed']));
      const next = page?.['next'] ?? '';
      if (entries === undefined || typeof next !== 'string') return undefined;
      return { entries, next: nextPageAt(next === '' ? undefined : next, response.url) };
    },
  };
}

function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
