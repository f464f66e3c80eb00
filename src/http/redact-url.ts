import { parseUrl } from '../parse-url.ts';
/**
 * A URL fit for messages and logs: without user information, without the values of its query, without a fragment.
 * What cannot be read as a URL is not repeated at all.
 */
export function redactUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? parse(url) : url;
  if (parsed === undefined) return '(not a URL)';
  const keys = [...new Set(parsed.searchParams.keys())].map((key) => `${encodeURIComponent(key)}=…`);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${keys.length === 0 ? '' : `?${keys.join('&')}`}`;
}

function parse(url: string): URL | undefined {
  return parseUrl(url);
}
