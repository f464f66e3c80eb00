import { expect, test } from 'vitest';
import { readEcrHost } from '../../src/aws/ecr-registry.ts';
import { json, pagedTags, type Seen } from '../helpers/registry-stand-in.ts';
import { ANONYMOUS, aStandIn, askAt } from './asking.ts';

const TAGS = ['1.0', '1.1', '1.2'];

/** Amazon ECR Public: it names a scope that is none, and gives its tokens to anybody. */
async function anEcrPublic() {
  const list = pagedTags(TAGS, { size: 2 });
  const server = await aStandIn((seen: Seen) => {
    if (seen.url.pathname === '/token/') return json({ token: 'for-anybody' });
    if (seen.headers.authorization === 'Bearer for-anybody') return list(seen);
    return {
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="${server.url}/token/",service="public.ecr.aws",scope="aws"`,
      },
      body: '{"errors":[{"code":"DENIED","message":"Not Authorized"}]}',
    };
  });
  return server;
}

test.each(['public.ecr.aws', 'ecr-public.aws.com'])(
  '%s tells everything to anybody, by a token for one image',
  async (prefix) => {
    const server = await anEcrPublic();
    const asking = askAt(server.url, { endpoint: { prefix }, path: 'docker/library/nginx' });
    const { signal } = new AbortController();

    const listing = await asking.registry.listTags(
      { repository: { registry: prefix, path: 'docker/library/nginx' }, login: ANONYMOUS },
      signal,
    );

    expect(listing.tags).toEqual(TAGS);
    expect(asking.requests()).toEqual(['tags 401', 'token 200', 'tags 200', 'tags 200']);
    const [token] = server.seen.filter(({ url }) => url.pathname === '/token/');
    expect(token?.url.searchParams.get('scope')).toBe('repository:docker/library/nginx:pull');
    expect(token?.url.searchParams.get('service')).toBe('public.ecr.aws');
    expect(token?.headers.authorization).toBeUndefined();
    expect(readEcrHost(prefix)).toBeUndefined();
  },
);
