import { LynceusError } from '../errors.ts';

export type GitTransport = 'https' | 'http' | 'ssh' | 'local';

/** A Git remote, taken apart. None of its parts holds a secret. */
export interface GitRemote {
  readonly transport: GitTransport;
  /** What git is given. A local path is as written and may be relative. */
  readonly url: string;
  /** Host with its port unless that is the usual one, lower case; `''` for a local path. */
  readonly host: string;
  /** Path without leading slash, trailing slash and `.git`; for a local path, as written. */
  readonly path: string;
  /** For people: `git.example/acme/deploy`, or the local path. */
  readonly label: string;
}

/** `git@host:path`: no slash before the colon (gitglossary, "GIT URLS"). A second colon would name a helper. */
const SCP_FORM = /^(?:([^@:/]+)@)?(\[[0-9a-fA-F:]+\]|[^@:/[\]]+):([^:].*)?$/;

const HINT = 'use https://, ssh://, git@host:path, file:// or a path that begins with / or ./';

/**
 * Reads a URL or path as git would, and lets through only what Lynceus speaks: `https`, `http`, `ssh` and local
 * paths. A user in an http URL is dropped (the login says who), a password is refused.
 *
 * Counter-example: `ext::sh -c id`, which makes git run a command, is refused.
 */
export function parseGitRemote(text: string): GitRemote {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (text === '' || /[\u0000-\u0020\u007f]/.test(text)) throw refuse('it is empty or holds spaces');
  if (text.startsWith('-')) throw refuse('it begins with a dash');
  if (/^\.{0,2}\//.test(text)) return local(text);
  if (/^[a-z]+:\/\//i.test(text)) return fromUrl(text);
  const [, user, host = '', path = ''] = SCP_FORM.exec(text) ?? [];
  if (host === '') throw refuse('its form is not known');
  return fromSsh({ url: text, user, host: host.toLowerCase(), path });
}

/**
 * Whether the remote lies under a prefix, and how long the matching part is (the longest wins); `undefined`
 * when it does not. Counter-example: `https://git.example/acme` is no prefix of `https://git.example/acme-2/x`.
 */
export function matchRemote(remote: GitRemote, prefix: GitRemote): number | undefined {
  if (remote.transport !== prefix.transport || remote.host !== prefix.host) return undefined;
  if (prefix.path === '' || prefix.path === remote.path) return prefix.path.length;
  return remote.path.startsWith(`${prefix.path}/`) ? prefix.path.length : undefined;
}

function fromUrl(text: string): GitRemote {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refuse('it cannot be read as a URL');
  if (url.password !== '') throw refuse('it holds a password', 'keep logins out of URLs: see docs/git.md');
  switch (url.protocol) {
    case 'https:':
    case 'http:':
      return fromHttp(url);
    case 'ssh:':
      return fromSsh({
        url: text,
        user: url.username,
        host: url.port === '22' ? url.hostname : url.host,
        path: url.pathname,
      });
    case 'file:':
      if (url.host !== '') throw refuse('it names another machine');
      return local(decodePath(url.pathname));
    default:
      throw refuse(`Lynceus does not speak ${url.protocol}//`);
  }
}

function fromHttp(url: URL): GitRemote {
  const path = trimPath(url.pathname);
  return {
    transport: url.protocol === 'https:' ? 'https' : 'http',
    url: `${url.protocol}//${url.host}${url.pathname}`,
    host: url.host,
    path,
    label: labelOf(url.host, path),
  };
}

function fromSsh({
  url,
  user,
  host,
  path,
}: {
  readonly url: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly path: string;
}): GitRemote {
  if (host.startsWith('-') || user?.startsWith('-')) throw refuse('its host or user begins with a dash');
  const trimmed = trimPath(path);
  return { transport: 'ssh', url, host, path: trimmed, label: labelOf(host, trimmed) };
}

function local(path: string): GitRemote {
  return { transport: 'local', url: path, host: '', path, label: path };
}

function trimPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
}

function labelOf(host: string, path: string): string {
  return path === '' ? host : `${host}/${path}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refuse('its percent-encoding is broken');
  }
}

/** The text itself may hold a secret in a place nobody foresaw, so it is not repeated. */
function refuse(why: string, hint: string = HINT): LynceusError {
  return new LynceusError('config-invalid', `the URL of the git remote cannot be used: ${why}`, { hint });
}
