import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Login } from '../../ports/logins.ts';
import { isJsonObject, objectField, parseJsonList, textField, type JsonObject } from '../../http/json.ts';
import { nextPage } from '../oci/next-page.ts';
import { toldTime, type ToldTag } from '../told-tags.ts';
import type { FactQuestion, FactTeller } from '../with-facts.ts';
import { readPages, type ReadPage } from './read-pages.ts';
import { getJson, isToken, type VendorApi } from './vendor-api.ts';

/** 10,000 versions, most of them images behind an index: more would eat up the hour's quota of the token. */
const MOST_PAGES = 100;

type OwnerKind = 'orgs' | 'users';

/**
 * GitHub: `GET /orgs/{org}/packages/container/{name}/versions`, for a user's packages `/users/{user}/…` (REST API
 * reference, "Packages"), with the token that is the password of the login (`read:packages`); nobody else may ask. A
 * version is a manifest: `name` is its digest, `metadata.container.tags` are its tags, none for an image behind an
 * index. The time is `created_at`, the push of the manifest: `updated_at` changes as well when a tag moves away from
 * it, so that an old image would look new.
 */
export function createGithubFacts(api: VendorApi): FactTeller {
  const kinds = new Map<string, OwnerKind>();

  function ask(url: URL, { password }: Extract<Login, { kind: 'basic' }>, signal: AbortSignal) {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${password}`,
      'x-github-api-version': '2022-11-28',
    };
    return api.wire('tags')(getJson(url, headers), signal);
  }

  /** An image name does not tell an organization from a user; what was found out once is remembered. */
  async function tellOf(kind: OwnerKind, { repository, login, signal, hasTold }: FactQuestion) {
    if (login.kind === 'anonymous') return undefined;
    const [owner = '', ...name] = api.pathOf(repository).split('/');
    const place = `${kind}/${encodeURIComponent(owner)}/packages/container/${encodeURIComponent(name.join('/'))}`;
    const told = await readPages({
      ...api,
      base: new URL(`${api.baseUrl}/${place}/versions`),
      queries: ['?per_page=100'],
      ask: (url) => ask(url, login, signal),
      read: (response) => readPage(response, new URL(api.baseUrl).host),
      mostPages: MOST_PAGES,
      whenTooLong: 'give-up',
      name: formatRepository(repository),
      login,
      hasTold,
    });
    if (told !== undefined) kinds.set(owner, kind);
    return told;
  }

  return {
    async tell(question) {
      const { repository, login } = question;
      const [owner = '', name] = api.pathOf(repository).split('/');
      if (name === undefined || login.kind === 'anonymous' || !isToken(login.password)) return undefined;
      const known = kinds.get(owner);
      if (known !== undefined) return tellOf(known, question);
      return (await tellOf('orgs', question)) ?? (await tellOf('users', question));
    },
  };
}

function readPage(response: HttpResponse, host: string): ReadPage<ToldTag> | undefined {
  const versions = parseJsonList(response.body);
  if (versions === undefined || !versions.every(isVersion)) return undefined;
  return { entries: versions.flatMap(tagsOf), next: nextPage(response, host) };
}

function isVersion(version: JsonObject): boolean {
  return textField(version, 'name') !== '' && isJsonObject(version['metadata']);
}

function tagsOf(version: JsonObject): readonly ToldTag[] {
  const { tags } = objectField(objectField(version, 'metadata'), 'container');
  if (!Array.isArray(tags)) return [];
  const digest = textField(version, 'name');
  const pushed = toldTime(version['created_at']);
  return tags.flatMap((tag: unknown) => (typeof tag === 'string' ? [{ tag, digest, pushed }] : []));
}
