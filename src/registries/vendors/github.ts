import { isJsonObject, objectField, parseJsonList, textField, type JsonObject } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { readPushTime, type TagEntry } from '../tag-entries.ts';
import { getJson, isToken, type VendorApi } from './vendor-api.ts';
import { readVendorList, type VendorList, type VendorSource } from './vendor-list.ts';

const OWNER_KINDS = ['orgs', 'users'] as const;

type OwnerKind = (typeof OWNER_KINDS)[number];

/**
 * GitHub: `GET /orgs/{org}/packages/container/{name}/versions`, for a user's packages `/users/{user}/…` (REST API
 * reference, "Packages"), with the token that is the password of the login (`read:packages`), never without one. A
 * version is a manifest: `name` is its digest, `metadata.container.tags` are its tags, none for an image behind an
 * index. The time is `created_at`, the push of the manifest: `updated_at` changes as well when a tag moves away from
 * it, so that an old image would seem new.
 */
export function createGithubSource(api: VendorApi): VendorSource {
  /** An image name does not show whether its owner is an organization; what was found out once is remembered. */
  const kinds = new Map<string, OwnerKind>();
  return {
    complete: false,
    async read(request, signal) {
      const { repository, login } = request;
      if (login.kind === 'anonymous' || !isToken(login.password)) return undefined;
      const [owner = ''] = api.pathOf(repository).split('/');
      const known = kinds.get(owner);
      for (const kind of known === undefined ? OWNER_KINDS : [known]) {
        const entries = await readVendorList({ api, list: githubVersions(api, kind), request }, signal);
        if (entries === undefined) continue;
        kinds.set(owner, kind);
        return entries;
      }
      return undefined;
    },
  };
}

function githubVersions(api: VendorApi, kind: OwnerKind): VendorList {
  return {
    complete: false,
    urlPath(path) {
      const [owner = '', ...name] = path.split('/');
      if (name.length === 0) return undefined;
      const place = `${encodeURIComponent(owner)}/packages/container/${encodeURIComponent(name.join('/'))}`;
      return `/${kind}/${place}/versions`;
    },
    queries: ['?per_page=100'],
    ask(url, { path, login, signal }) {
      const headers = {
        accept: 'application/vnd.github+json',
        ...(login.kind === 'basic' ? { authorization: `Bearer ${login.password}` } : {}),
        'x-github-api-version': '2022-11-28',
      };
      return api.wire('tags', path)(getJson(api, url, headers), signal);
    },
    readPage(response) {
      const versions = parseJsonList(response.body);
      if (versions?.every(isVersion) !== true) return undefined;
      return { entries: versions.flatMap(entriesOf), next: nextPage(response) };
    },
  };
}

function isVersion(version: JsonObject): boolean {
  return textField(version, 'name') !== '' && isJsonObject(version['metadata']);
}

function entriesOf(version: JsonObject): readonly TagEntry[] {
  const { tags } = objectField(objectField(version, 'metadata'), 'container');
  if (!Array.isArray(tags)) return [];
  const digest = textField(version, 'name');
  const pushed = readPushTime(version['created_at']);
  return tags.flatMap((tag: unknown) => (typeof tag === 'string' ? [{ tag, digest, pushed }] : []));
}
