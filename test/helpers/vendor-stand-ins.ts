import { json, type Answer, type Handler, type Seen } from './registry-stand-in.ts';

/** A tag as a vendor's interface tells it. */
export interface VendorTag {
  readonly tag: string;
  readonly digest: string;
  /** RFC 3339. */
  readonly pushed: string;
}

export interface VendorStandIn {
  /** Whether a request is one for the vendor's interface. */
  readonly takes: (seen: Seen) => boolean;
  readonly handler: Handler;
}

/** Makes a vendor's interface that serves these tags of one image, so many entries a page. */
export type MakeVendor = (path: string, tags: readonly VendorTag[], size: number) => VendorStandIn;

const DENIED: Answer = { status: 401, body: '{"message":"who are you?"}' };

/** `GET /orgs/{org}/packages/container/{name}/versions`: newest first, images behind an index without a tag. */
export const githubVersions =
  (kind: 'orgs' | 'users' = 'orgs'): MakeVendor =>
  (path, tags, size) => {
    const [owner = '', ...name] = path.split('/');
    const place = `/packages/container/${encodeURIComponent(name.join('/'))}/versions`;
    const versions = byDigest(tags).flatMap(({ digest, names, pushed }, index) => [
      githubVersion(index * 2 + 1, { digest, names, pushed }),
      githubVersion(index * 2 + 2, {
        digest: `sha256:${String(index).padStart(64, '0')}`,
        names: [],
        pushed,
      }),
    ]);
    return {
      takes: ({ url }) => /^\/(?:orgs|users)\//.test(url.pathname),
      handler: (seen) => {
        if (seen.headers.authorization === undefined) return DENIED;
        if (seen.url.pathname !== `/${kind}/${owner}${place}`)
          return { status: 404, body: '{"message":"Package not found."}' };
        const page = Number(seen.url.searchParams.get('page') ?? 1);
        const more = page * size < versions.length;
        // GitHub names organizations by number in its links.
        const link = `<http://${seen.headers.host ?? ''}/organizations/9919${place}?per_page=100&page=${page + 1}>; rel="next"`;
        return json(versions.slice((page - 1) * size, page * size), more ? { link } : {});
      },
    };
  };

function githubVersion(
  id: number,
  { digest, names, pushed }: { digest: string; names: readonly string[]; pushed: string },
) {
  return {
    id,
    name: digest,
    url: `https://api.github.com/orgs/acme/packages/container/api/versions/${id}`,
    package_html_url: 'https://github.com/orgs/acme/packages/container/package/api',
    created_at: pushed,
    updated_at: '2026-11-01T00:00:00Z',
    html_url: `https://github.com/orgs/acme/packages/container/api/${id}`,
    metadata: { package_type: 'container', container: { tags: names } },
  };
}

/** `GET /v2/namespaces/{namespace}/repositories/{repository}/tags`, with tokens of `POST /v2/auth/token`. */
export const dockerHubTags =
  (secret?: string): MakeVendor =>
  (path, tags, size) => {
    const [namespace = '', name = ''] = path.split('/');
    const place = `/v2/namespaces/${namespace}/repositories/${name}/tags`;
    return {
      takes: ({ url }) => url.pathname.startsWith('/v2/namespaces/') || url.pathname === '/v2/auth/token',
      handler: (seen) => {
        const { url, headers } = seen;
        if (url.pathname === '/v2/auth/token') return hubToken(seen, secret);
        if (secret !== undefined && headers.authorization !== 'Bearer a.hub.token') return DENIED;
        if (url.pathname !== place) return { status: 404, body: '{"message":"object not found"}' };
        const page = Number(url.searchParams.get('page') ?? 1);
        const next = `http://${headers.host ?? ''}${place}?page=${page + 1}&page_size=${size}`;
        return json({
          count: tags.length,
          next: page * size < tags.length ? next : null,
          previous: null,
          results: tags.slice((page - 1) * size, page * size).map(hubTag),
        });
      },
    };
  };

function hubToken({ method, body }: Seen, secret: string | undefined): Answer {
  const { identifier, secret: given } = JSON.parse(body) as Record<string, string>;
  return method === 'POST' && identifier === 'somebody' && given === secret
    ? json({ access_token: 'a.hub.token' })
    : { status: 401, body: '{"detail":"Incorrect authentication credentials"}' };
}

function hubTag({ tag, digest, pushed }: VendorTag) {
  return {
    creator: 1,
    id: 2,
    images: [],
    last_updated: pushed,
    last_updater: 1,
    name: tag,
    repository: 3,
    full_size: 4,
    v2: true,
    tag_status: 'active',
    tag_last_pulled: null,
    tag_last_pushed: pushed,
    media_type: 'application/vnd.oci.image.index.v1+json',
    content_type: 'image',
    digest,
  };
}

/** `GET /api/v1/repository/{repository}/tag/`: private when it wants a token. */
export const quayTags =
  (token?: string): MakeVendor =>
  (path, tags, size) => ({
    takes: ({ url }) => url.pathname.startsWith('/api/v1/'),
    handler: ({ url, headers }) => {
      if (token !== undefined && headers.authorization !== `Bearer ${token}`) return DENIED;
      if (url.pathname !== `/api/v1/repository/${path}/tag/`) return { status: 404, body: '{}' };
      if (url.searchParams.get('onlyActiveTags') !== 'true') return { status: 400, body: '{}' };
      const page = Number(url.searchParams.get('page') ?? 1);
      return json({
        tags: tags.slice((page - 1) * size, page * size).map(({ tag, digest, pushed }) => ({
          name: tag,
          reversion: false,
          start_ts: Date.parse(pushed) / 1000,
          manifest_digest: digest,
          is_manifest_list: false,
          size: 1,
          last_modified: new Date(pushed).toUTCString().replace('GMT', '-0000'),
        })),
        page,
        has_additional: page * size < tags.length,
      });
    },
  });

/** `GET /api/v2.0/projects/{project}/repositories/{repository}/artifacts`: private when it wants a login. */
export const harborArtifacts =
  (authorization?: string): MakeVendor =>
  (path, tags, size) => {
    const [project = '', ...name] = path.split('/');
    const repository = encodeURIComponent(encodeURIComponent(name.join('/')));
    const place = `/api/v2.0/projects/${project}/repositories/${repository}/artifacts`;
    const artifacts = byDigest(tags);
    return {
      takes: ({ url }) => url.pathname.startsWith('/api/v2.0/'),
      handler: ({ url, headers }) => {
        if (authorization !== undefined && headers.authorization !== authorization) return DENIED;
        if (url.pathname !== place) return { status: 404, body: '{"errors":[{"code":"NOT_FOUND"}]}' };
        const page = Number(url.searchParams.get('page') ?? 1);
        const next = `<${place}?page=${page + 1}&page_size=100&q=tags%3D%2A&with_tag=true>; rel="next"`;
        const count = { 'x-total-count': String(artifacts.length) };
        return json(
          artifacts.slice((page - 1) * size, page * size).map(({ digest, names, pushed }) => ({
            id: 1,
            type: 'IMAGE',
            digest,
            push_time: '2020-01-01T00:00:00.000Z',
            tags: names.map((name) => ({
              id: 1,
              name,
              push_time: pushed,
              pull_time: '0001-01-01T00:00:00.000Z',
            })),
          })),
          page * size < artifacts.length ? { ...count, link: next } : count,
        );
      },
    };
  };

/** `GET /acr/v1/{name}/_tags`. */
export const azureTags = (): MakeVendor => (path, tags, size) => ({
  takes: ({ url }) => url.pathname.startsWith('/acr/v1/'),
  handler: ({ url, headers }) => {
    if (url.pathname !== `/acr/v1/${path}/_tags`) return { status: 404, body: '{}' };
    const { page, last } = after(tags, url, size);
    const link = `</acr/v1/${path}/_tags?last=${last}&n=${size}&orderby=>; rel="next"`;
    return json(
      {
        registry: headers.host,
        imageName: path,
        tags: page.map(({ tag, digest, pushed }) => ({
          name: tag,
          digest,
          createdTime: '2018-09-06T06:17:21.0856539Z',
          lastUpdateTime: pushed,
          signed: false,
          changeableAttributes: {
            deleteEnabled: true,
            writeEnabled: true,
            readEnabled: true,
            listEnabled: true,
          },
        })),
      },
      last === tags.at(-1)?.tag ? {} : { link },
    );
  },
});

/** `GET /gitlab/v1/repositories/{path}/tags/list/`. */
export const gitlabTags = (): MakeVendor => (path, tags, size) => ({
  takes: ({ url }) => url.pathname.startsWith('/gitlab/v1/'),
  handler: ({ url, headers }) => {
    const place = `/gitlab/v1/repositories/${path}/tags/list/`;
    if (url.pathname !== place) return { status: 404, body: '404 page not found' };
    const { page, last } = after(tags, url, size);
    const link = `<http://${headers.host ?? ''}${place}?n=${size}&last=${last}>; rel="next"`;
    return json(
      page.map(({ tag, digest, pushed }) => ({
        name: tag,
        digest,
        config_digest: `sha256:${'c'.repeat(64)}`,
        media_type: 'application/vnd.oci.image.manifest.v1+json',
        size_bytes: 1,
        created_at: '2019-01-01T00:00:00.000+00:00',
        updated_at: pushed,
        published_at: pushed,
      })),
      last === tags.at(-1)?.tag ? {} : { link },
    );
  },
});

/** The page that begins after `last`, as cursors by name do. */
function after(tags: readonly VendorTag[], { searchParams }: URL, size: number) {
  const start = tags.findIndex(({ tag }) => tag === searchParams.get('last')) + 1;
  const page = tags.slice(start, start + size);
  return { page, last: page.at(-1)?.tag ?? '' };
}

function byDigest(tags: readonly VendorTag[]) {
  const digests = new Map<string, { digest: string; pushed: string; names: string[] }>();
  for (const { tag, digest, pushed } of tags) {
    const known = digests.get(digest);
    if (known === undefined) digests.set(digest, { digest, pushed, names: [tag] });
    else known.names.push(tag);
  }
  return [...digests.values()];
}
