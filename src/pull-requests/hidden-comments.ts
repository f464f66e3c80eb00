/**
 * Bitbucket shows HTML as text, comments too (support.atlassian.com, "Markup comments"), but not the definition of a link
 * that nothing refers to. So a comment on a line of its own is kept as one: `<!-- text -->` as `[//]: # (hidden BASE64)`.
 */
export function hideComments(body: string): string {
  return body.replaceAll(
    /^<!--(.*)-->(?=\r?$)/gm,
    (_, text: string) => `[//]: # (hidden ${Buffer.from(text).toString('base64url')})`,
  );
}

/** What `hideComments` was given. */
export function showComments(body: string): string {
  return body.replaceAll(
    /^\[\/\/\]: # \(hidden ([\w-]*)\)(?=\r?$)/gm,
    (_, text: string) => `<!--${Buffer.from(text, 'base64url').toString()}-->`,
  );
}

/** Longest body before its comments are hidden, when the host takes so many characters: Base64 takes 4 for 3. */
export function roomForHidden(longest: number): number {
  return Math.floor((longest * 3) / 4) - 64;
}
