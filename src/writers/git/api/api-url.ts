import { githubApiUrl } from '../../../core/git/github-api.ts';
import { longestMatch } from '../../../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../../../core/git/remote.ts';

/** A remote, or many with the same beginning, whose API is known. */
export interface KnownApi {
  /** Start of the URLs. */
  readonly url: string;
  readonly apiUrl: string;
}

/**
 * Base URL of GitHub's REST API for a remote: of the longest entry that it lies under, or by its host where that is
 * GitHub's own; `undefined` for any other host, which may be anything.
 */
export function apiUrlOf(remote: GitRemote, known: readonly KnownApi[]): string | undefined {
  const longest = longestMatch(remote, known, ({ url }) => parseGitRemote(url));
  return longest === undefined ? githubApiUrl(remote.host) : longest.apiUrl;
}
