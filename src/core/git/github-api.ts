/**
 * Base URL of GitHub's REST API for a host of GitHub's own, without a trailing slash: `https://api.github.com`, and with
 * data residency, where each enterprise is below its own name, `https://api.acme.ghe.com`. `undefined` for any other host.
 */
export function githubApiUrl(host: string): string | undefined {
  return host === 'github.com' || /^[\w-]+\.ghe\.com$/.test(host) ? `https://api.${host}` : undefined;
}

/** The same where the host is known to be GitHub's: any other is GitHub Enterprise Server, at `HOST/api/v3`. */
export function githubOrServerApiUrl(protocol: 'https' | 'http', host: string): string {
  return githubApiUrl(host) ?? `${protocol}://${host}/api/v3`;
}

/**
 * Path of GitHub's GraphQL API below the base URL of the REST API, which has no trailing slash: `/graphql`, and beside
 * the `/v3` of GitHub Enterprise Server.
 */
export function githubGraphqlPath(apiUrl: string): string {
  return apiUrl.endsWith('/v3') ? '/../graphql' : '/graphql';
}

/** The headers of every request to GitHub's REST API (docs.github.com, "Getting started with the REST API"). */
export function githubHeaders(token: string): Readonly<Record<string, string>> {
  return {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  };
}
