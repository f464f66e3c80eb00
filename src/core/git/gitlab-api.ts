/** Base URL of GitLab's REST API for a host, without a trailing slash. */
export function gitlabApiUrl(protocol: 'https' | 'http', host: string): string {
  return `${protocol}://${host}/api/v4`;
}

/** Personal, project and group access tokens are taken as bearer tokens too, and redirects drop this header. */
export function gitlabHeaders(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}
