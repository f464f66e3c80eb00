import { parseUrl } from '../../parse-url.ts';

/** The address of a web page, or `undefined` for anything else: `javascript:` is no page. */
export function linkAddress(text: string | undefined): string | undefined {
  const url = text === undefined ? undefined : parseUrl(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

/** `v1.2.3`, or twelve digits of a digest; both where both are known. */
export function tagAndDigest(
  version: { readonly tag?: string; readonly digest?: string } | undefined,
): string {
  const digest = version?.digest?.replace(/^(\w+:)(\w{12})\w+$/, '$1$2…');
  return [version?.tag, digest].filter((part) => part !== undefined && part !== '').join(' @ ');
}

/** The last part of an image's id, as it was before it was encoded. */
export function aliasOf(id: string): string {
  return decoded(id.split('/').slice(2).join('/'));
}

/** `application/alias` of an image's id. */
export function placeOfImage(id: string): string {
  return decoded(id.split('/').slice(1).join('/'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
