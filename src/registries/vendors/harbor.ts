import { basicAuthorization } from '../../http/basic-authorization.ts';
import { objectList, parseJsonList, textField, type JsonObject } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { readPushTime, type TagEntry } from '../tag-entries.ts';
import { getJson, type VendorApi } from './vendor-api.ts';
import type { VendorList } from './vendor-list.ts';

/** Only artifacts that have a tag, with their tags and nothing else that would have to be looked up. */
const FIRST_PAGE = '?q=tags%3D*&with_tag=true&page=1&page_size=100';

/**
 * Harbor: `GET /api/v2.0/projects/{project}/repositories/{repository}/artifacts` (goharbor/harbor,
 * api/v2.0/swagger.yaml, "listArtifacts"), with the same user or robot account as the registry, public projects without
 * one. Slashes in the repository's name are encoded twice, as documented there. The time is a tag's own `push_time`.
 */
export function harborArtifacts(api: VendorApi): VendorList {
  return {
    complete: false,
    urlPath(path) {
      const [project = '', ...name] = path.split('/');
      if (name.length === 0) return undefined;
      const place = `${encodeURIComponent(project)}/repositories/${encodeTwice(name.join('/'))}`;
      return `/api/v2.0/projects/${place}/artifacts`;
    },
    queries: [FIRST_PAGE],
    ask(url, { path, login, signal }) {
      const headers: Readonly<Record<string, string>> =
        login.kind === 'basic' ? { authorization: basicAuthorization(login.username, login.password) } : {};
      return api.wire('tags', path)(getJson(api, url, headers), signal);
    },
    readPage(response) {
      const artifacts = parseJsonList(response.body);
      if (artifacts?.every((artifact) => textField(artifact, 'digest') !== '') !== true) return undefined;
      return { entries: artifacts.flatMap(entriesOf), next: nextPage(response) };
    },
  };
}

function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text));
}

function entriesOf(artifact: JsonObject): readonly TagEntry[] {
  const digest = textField(artifact, 'digest');
  const tags = objectList(artifact['tags']) ?? [];
  return tags.map((tag) => ({
    tag: textField(tag, 'name'),
    digest,
    pushed: readPushTime(tag['push_time']),
  }));
}
