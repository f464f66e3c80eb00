import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import { objectList, parseJsonObject, textField } from '../../http/json.ts';
import type { Login } from '../../ports/logins.ts';
import { nextPageAt } from '../oci/next-page.ts';
import { toldTime, type ToldTag } from '../told-tags.ts';
import type { FactTeller } from '../with-facts.ts';
import { createHubTokens } from './hub-tokens.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { getJson, type VendorApi } from './vendor-api.ts';

/** 10,000 tags: more would use up what Docker Hub allows in a minute. */
const MOST_PAGES = 100;

/**
 * Docker Hub: `GET /v2/namespaces/{namespace}/repositories/{repository}/tags` of hub.docker.com (Docker Hub API
 * reference, "List repository tags"), for public images without a login. `digest` is that of what the tag names, also
 * of an index, as `media_type` beside it says; a tag without it has no facts. `images` is not read: it is empty at
 * times (docker/hub-feedback#2484), and does not tell artifacts from images. The time is `tag_last_pushed`.
 */
export function createDockerHubFacts(api: VendorApi): FactTeller {
  const tokens = createHubTokens({ send: api.wire('token'), baseUrl: api.baseUrl, clock: api.clock });

  async function ask(url: URL, login: Login, signal: AbortSignal): Promise<HttpResponse> {
    const send = api.wire('tags');
    if (login.kind === 'anonymous' || !api.takesLogin) return send(getJson(url), signal);
    let token = await tokens.get(login, undefined, signal);
    // Without a token it is asked as by anybody: the image may be public.
    const response = await send(getJson(url, bearer(token)), signal);
    if (response.status !== 401 || token === undefined) return response;
    token = await tokens.get(login, token, signal);
    return token === undefined ? response : send(getJson(url, bearer(token)), signal);
  }

  return {
    async tell({ repository, login, signal, hasTold }) {
      const [namespace = '', name = '', ...rest] = api.pathOf(repository).split('/');
      if (name === '' || rest.length > 0) return undefined;
      const place = `${encodeURIComponent(namespace)}/repositories/${encodeURIComponent(name)}`;
      return readPages({
        ...api,
        base: new URL(`${api.baseUrl}/v2/namespaces/${place}/tags`),
        queries: ['?page_size=100'],
        ask: (url) => ask(url, login, signal),
        read: (response) => readPage(response, new URL(api.baseUrl).host),
        mostPages: MOST_PAGES,
        whenTooLong: 'give-up',
        name: formatRepository(repository),
        login,
        hasTold,
      });
    },
  };
}

function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function readPage(response: HttpResponse, host: string): ReadPage<ToldTag> | undefined {
  const page = parseJsonObject(response.body);
  const results = objectList(page?.['results']);
  const next = page?.['next'];
  if (results === undefined || !results.every((tag) => textField(tag, 'name') !== '')) return undefined;
  if (next !== undefined && next !== null && typeof next !== 'string') return undefined;
  return {
    entries: results.map((tag) => ({
      tag: textField(tag, 'name'),
      digest: textField(tag, 'digest'),
      pushed: toldTime(tag['tag_last_pushed']),
    })),
    next: nextPageAt(typeof next === 'string' && next !== '' ? next : undefined, response.url, host),
  };
}
