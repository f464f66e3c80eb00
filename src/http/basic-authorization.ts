/** The value of `Authorization` or `Proxy-Authorization` (RFC 7617): user name and password in UTF-8. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
