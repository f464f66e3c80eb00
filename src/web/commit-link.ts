import { code } from './foreign-text.ts';
import type { Html } from './html.ts';
import { outsideLink } from './safe-link.ts';

const SHORT = 10;

/** A commit by the beginning of its hash; a link where its page is known. */
export function commitLink(commit: string, url: string | undefined): Html {
  const short = code(commit.slice(0, SHORT));
  return url === undefined ? short : outsideLink(url, short);
}
