export interface UserPassword {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads `user:password`, split at the first `:`. Line ends after it are no part of the password: editors and `echo` put
 * them there, and some a byte order mark in front. `undefined` when one half is missing. `token` alone names no user.
 */
export function parseUserPassword(text: string): UserPassword | undefined {
  const line = text.replace(/^\uFEFF/, '').replace(/[\r\n\0]+$/, '');
  const colon = line.indexOf(':');
  if (colon <= 0 || colon === line.length - 1) return undefined;
  return { username: line.slice(0, colon), password: line.slice(colon + 1) };
}
