import { LynceusError } from '../errors.ts';

export const GIT_HINT = 'see docs/git.md, "Logging in"';

/**
 * A user name or password as git takes it. A secret that was made with an editor ends with a line break that is no part
 * of it. Throws `credentials-failed` for nothing and for control characters, without the text.
 */
export function oneLine(text: string, what: string): string {
  const line = text.replace(/\r?\n$/, '');
  // oxlint-disable-next-line no-control-regex -- git asks for one line
  if (line !== '' && !/[\u0000-\u001f\u007f]/.test(line)) return line;
  throw new LynceusError('credentials-failed', `the ${what} is empty or holds a line break`, {
    hint: GIT_HINT,
    retryable: false,
  });
}
