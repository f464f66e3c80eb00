/** One of several ways to write the same thing. */
export interface Spelling {
  /** As in the titles of rows. */
  readonly name: string;
  /** Writes it in this way, given in the plainest one. */
  readonly of: (plain: string) => string;
}

/** Ways to write the URL `http://localhost:port/name.git`: a git client finds the same remote by each. */
export const REMOTE_SPELLINGS: readonly Spelling[] = [
  { name: 'x.git', of: (url) => url },
  { name: 'x.git/', of: (url) => `${url}/` },
  { name: 'x', of: withoutGit },
  { name: 'x/', of: (url) => `${withoutGit(url)}/` },
  { name: 'an upper-case host', of: (url) => withHost(url, (host) => host.toUpperCase()) },
  { name: 'a percent-encoded letter', of: percentEncoded },
  { name: 'a percent-encoded name without .git', of: (url) => percentEncoded(withoutGit(url)) },
  { name: 'user@', of: (url) => withHost(url, (host) => `somebody@${host}`) },
  { name: 'user@, an upper-case host and no .git', of: (url) => withoutGit(withHost(url, shouted)) },
];

/** Ways to write the absolute path of a bare repository on this machine. */
export const PATH_SPELLINGS: readonly Spelling[] = [
  { name: '/x.git', of: (path) => path },
  { name: '/x.git/', of: (path) => `${path}/` },
  { name: '/x', of: withoutGit },
  { name: 'file:///x.git', of: (path) => `file://${path}` },
  { name: 'file:///x', of: (path) => `file://${withoutGit(path)}` },
];

/** Ways to write the URL `ssh://user@127.0.0.1:port/x.git`; the short form has no place for a port. */
export const SSH_SPELLINGS: readonly Spelling[] = [
  { name: 'ssh://user@host/x.git', of: (url) => url },
  { name: 'ssh://user@host/x.git/', of: (url) => `${url}/` },
  { name: 'ssh://user@host/x', of: withoutGit },
];

/** Ways to write `main` where it is the default branch of the remote. */
export const BRANCH_SPELLINGS: readonly Spelling[] = [
  { name: 'main', of: (branch) => branch },
  { name: 'refs/heads/main', of: (branch) => `refs/heads/${branch}` },
  { name: 'HEAD', of: () => 'HEAD' },
  { name: 'nothing', of: () => '' },
];

/** Of these spellings one, always the same for one name. */
export function spellingFor(name: string, spellings: readonly Spelling[]): Spelling {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const spelling = spellings[(hash >>> 8) % spellings.length];
  if (spelling === undefined) throw new Error('expected at least one spelling');
  return spelling;
}

/** The rows for a remote that is written like this. */
export function remoteSpellings(remote: string): readonly Spelling[] {
  if (remote.startsWith('/')) return PATH_SPELLINGS;
  if (remote.startsWith('ssh:')) return SSH_SPELLINGS;
  return REMOTE_SPELLINGS.map(({ name, of }) => ({ name, of: (url) => of(withName(url)) }));
}

/** An address has no letters to write large. */
function withName(url: string): string {
  return url.replace('//127.0.0.1', '//localhost');
}

function withoutGit(remote: string): string {
  return remote.replace(/\.git$/, '');
}

function withHost(url: string, change: (host: string) => string): string {
  return url.replace(/\/\/([^/]+)/, (_match, host: string) => `//${change(host)}`);
}

function shouted(host: string): string {
  return `somebody@${host.toUpperCase()}`;
}

/** The last letter of the path before `.git`, which nobody has to encode. */
function percentEncoded(url: string): string {
  return url.replace(
    /([a-z])(\.git)?$/,
    (_match, letter: string, end: string | undefined) => `%${letter.charCodeAt(0).toString(16)}${end ?? ''}`,
  );
}
