import type { GitRemote } from '../../core/git/remote.ts';
import { LynceusError } from '../../errors.ts';
import { parseUrl } from '../../parse-url.ts';

/** The remote has another path on the same server now, by its own word. */
export class MovedRemote extends LynceusError {
  /** The argument for git. */
  readonly url: string;

  constructor({ label }: GitRemote, url: string) {
    super('git-unreachable', `${label} redirects to ${url} time and again`, { retryable: false });
    this.url = url;
  }
}

const REDIRECT = /returned error: 30[12378]\b/;

/** Whether git went no further because the server sent it elsewhere. */
export function isRedirect(stderr: string): boolean {
  return REDIRECT.test(stderr);
}

/** How git asks a server for branches (gitprotocol-http, "Smart Clients"). */
const ASKED = '/info/refs';

/**
 * The error for a redirect, by what curl reported of it. A `MovedRemote` when it stays on the same server, as from
 * `group/app` to `group/app.git`: everything that git sends may go there as well. Anything else would take a login along, or
 * lead where nobody trusted wanted to go.
 */
export function explainRedirect(report: string, remote: GitRemote): LynceusError {
  const [location] = [...report.matchAll(/<= Recv header: location:[ \t]*(\S+)/gi)]
    .flatMap(([, text]) => text ?? [])
    .slice(-1);
  const asked = parseUrl(`${remote.url.replace(/\/$/, '')}${ASKED}`);
  const target = location === undefined ? undefined : parseUrl(location, asked);
  if (asked === undefined || target === undefined)
    return new LynceusError('git-unreachable', `${remote.label} redirects to something that is not a URL`, {
      retryable: false,
    });
  const found = `${target.origin}${target.pathname}`;
  if (!target.pathname.endsWith(ASKED))
    return new LynceusError('git-denied', `${remote.label} is no repository: it redirects to ${found}`, {
      hint: 'there is no such remote, or a login is missing',
    });
  const url = found.slice(0, -ASKED.length);
  if (target.origin === asked.origin) return new MovedRemote(remote, url);
  return new LynceusError(
    'git-unreachable',
    `${remote.label} redirects to ${url}, which is another server: redirects to others are not followed`,
    { hint: `if it is meant, write ${url} as the URL of the remote`, retryable: false },
  );
}
