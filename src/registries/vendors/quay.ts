import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Login } from '../../ports/logins.ts';
import { objectList, parseJsonObject, textField } from '../../http/json.ts';
import { toldMilliseconds, type ToldTag } from '../told-tags.ts';
import type { FactTeller } from '../with-facts.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { encodePath, getJson, isToken, type VendorApi } from './vendor-api.ts';

const MOST_PAGES = 100;

/** The user name with which Quay takes an OAuth access token for a password. */
const OAUTH_USER = '$oauthtoken';

/**
 * Quay: `GET /api/v1/repository/{repository}/tag/` (Red Hat Quay API reference, "listRepoTags"; endpoints/api/tag.py).
 * Public images are told to anybody, others to an OAuth access token. Robot accounts and passwords open the registry
 * only, so with them it is asked as by anybody and refuses what is private. The time is `start_ts`, in seconds: since
 * when the tag has named this manifest.
 */
export function createQuayFacts(api: VendorApi): FactTeller {
  return {
    async tell({ repository, login, signal, hasTold }) {
      const path = api.pathOf(repository);
      if (!path.includes('/')) return undefined;
      return readPages({
        ...api,
        base: new URL(`${api.baseUrl}/api/v1/repository/${encodePath(path)}/tag/`),
        queries: [queryOf(1)],
        ask: (url) => api.wire('tags')(getJson(url, proofOf(login)), signal),
        read: readPage,
        mostPages: MOST_PAGES,
        whenTooLong: 'give-up',
        name: formatRepository(repository),
        login,
        hasTold,
      });
    },
  };
}

function queryOf(page: number): string {
  return `?onlyActiveTags=true&limit=100&page=${page}`;
}

function proofOf(login: Login): Readonly<Record<string, string>> {
  return login.kind === 'basic' && login.username === OAUTH_USER && isToken(login.password)
    ? { authorization: `Bearer ${login.password}` }
    : {};
}

function readPage(response: HttpResponse): ReadPage<ToldTag> | undefined {
  const page = parseJsonObject(response.body);
  const tags = objectList(page?.['tags']);
  const more = page?.['has_additional'];
  const number = page?.['page'];
  if (tags === undefined || typeof more !== 'boolean' || typeof number !== 'number') return undefined;
  if (!tags.every((tag) => textField(tag, 'name') !== '')) return undefined;
  return {
    entries: tags.map((tag) => ({
      tag: textField(tag, 'name'),
      digest: textField(tag, 'manifest_digest'),
      pushed: typeof tag['start_ts'] === 'number' ? toldMilliseconds(tag['start_ts'] * 1000) : undefined,
    })),
    next: more ? { kind: 'query', query: queryOf(number + 1) } : { kind: 'none' },
  };
}
