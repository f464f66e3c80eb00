import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import { objectList, parseJsonList, textField, type JsonObject } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { toldTime, type ToldTag } from '../told-tags.ts';
import type { FactTeller } from '../with-facts.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { getJson, type VendorApi } from './vendor-api.ts';

const MOST_PAGES = 100;

/** Only artifacts that have a tag, with their tags and nothing else that would have to be looked up. */
const FIRST_PAGE = '?q=tags%3D*&with_tag=true&page=1&page_size=100';

/**
 * Harbor: `GET /api/v2.0/projects/{project}/repositories/{repository}/artifacts` (goharbor/harbor,
 * api/v2.0/swagger.yaml, "listArtifacts"), with the same user or robot account as the registry, public projects without
 * one. Slashes in the repository's name are encoded twice, as said there. The time is a tag's own `push_time`.
 */
export function createHarborFacts(api: VendorApi): FactTeller {
  return {
    async tell({ repository, login, signal, hasTold }) {
      const [project = '', ...name] = api.pathOf(repository).split('/');
      if (name.length === 0) return undefined;
      const place = `${encodeURIComponent(project)}/repositories/${encodeTwice(name.join('/'))}`;
      const headers: Readonly<Record<string, string>> =
        login.kind === 'basic' ? { authorization: basicAuthorization(login.username, login.password) } : {};
      return readPages({
        ...api,
        base: new URL(`${api.baseUrl}/api/v2.0/projects/${place}/artifacts`),
        queries: [FIRST_PAGE],
        ask: (url) => api.wire('tags')(getJson(url, headers), signal),
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

function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text));
}

function readPage(response: HttpResponse, host: string): ReadPage<ToldTag> | undefined {
  const artifacts = parseJsonList(response.body);
  if (artifacts === undefined || !artifacts.every((artifact) => textField(artifact, 'digest') !== ''))
    return undefined;
  return { entries: artifacts.flatMap(tagsOf), next: nextPage(response, host) };
}

function tagsOf(artifact: JsonObject): readonly ToldTag[] {
  const digest = textField(artifact, 'digest');
  const tags = objectList(artifact['tags']) ?? [];
  return tags.map((tag) => ({ tag: textField(tag, 'name'), digest, pushed: toldTime(tag['push_time']) }));
}
