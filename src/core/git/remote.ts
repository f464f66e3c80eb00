import { LynceusError } from '../../errors.ts';
import { parseUrl } from '../../parse-url.ts';

export type GitTransport = 'https' | 'http' | 'ssh' | 'local';

/** A Git remote, parsed. None of its parts holds a secret. */
export interface GitRemote {
  readonly transport: GitTransport;
  /** The argument for git. A local path may be relative. */
  readonly url: string;
  /** As a person wrote it, without a login: for output. */
  readonly written: string;
  /** Host with its port unless that is the default one, lower case; `''` for a local path. */
  readonly host: string;
  /** Path without leading slash, trailing slash and `.git`, percent-encoded only where it must be; for a local path, as written. */
  readonly path: string;
  /** For people: `git.example/acme/deploy`, or the local path. */
  readonly label: string;
  /**
   * The identity of the repository: equal for two remotes exactly when they are one repository, whatever the transport,
   * user, default port, case, percent-encoding, `.git` or slash at the end, or the host's own forms for SSH. It goes further
   * than Argo CD's `NormalizeGitURL` (util/git/git.go) and never less far, but for the case of local paths.
   */
  readonly key: string;
}

/** Why a text is no remote. */
export interface RemoteFault {
  readonly why: string;
  readonly hint: string;
}

/** `git@host:path`: no slash before the colon (gitglossary, "GIT URLS"). A second colon would name a helper. */
const SCP_FORM = /^(?:([^@:/]+)@)?(\[[0-9a-fA-F:]+\]|[^@:/[\]]+):([^:].*)?$/;

const FORM_HINT =
  'write https://host/path.git, ssh://git@host/path.git, git@host:path.git, file:///path, or a path that begins with / or ./';
const PORT_HINT =
  'write ssh://git@host/path.git, ssh://git@host:PORT/path.git, or git@host:path.git without ssh://';
const SPACE_HINT = 'write each space of the path as %20, and a local path as file:///path';
const PASSWORD_HINT =
  'keep logins out of URLs: see docs/git.md for how a login is given by a Secret or the configuration';

/**
 * Reads a URL or path as git would, and accepts only `https`, `http`, `ssh` and local paths. A user
 * in an http URL is dropped, because the login has its own; a password is refused. `ext::sh -c id`, which makes git run a
 * command, is refused.
 *
 * Throws `config-invalid`. The text is not repeated, because a secret may be anywhere in it.
 */
export function parseGitRemote(text: string): GitRemote {
  const read = readGitRemote(text);
  if (!('why' in read)) return read;
  throw new LynceusError('config-invalid', `expected the URL of a Git remote, but ${read.why}`, {
    hint: read.hint,
  });
}

/** The same without an exception, for callers that can show the text. */
export function readGitRemote(text: string): GitRemote | RemoteFault {
  if (text === '') return fault('it is empty');
  if (text.includes(' ')) return fault('it holds a space', SPACE_HINT);
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) return fault('it holds white space or control characters');
  if (text.startsWith('-')) return fault('it begins with a dash');
  if (/^\.{0,2}\//.test(text)) return local(text, text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return fromUrl(text);
  const [, user, host = '', path = ''] = SCP_FORM.exec(text) ?? [];
  if (host === '') return fault('its form is not known');
  return fromSsh({ url: text, user, host, path });
}

/**
 * How long the path of a prefix is in the key of the remote that lies under it, so that the longest wins; `undefined` when it
 * lies elsewhere.
 * Whole path components count: `https://git.example/acme` is no prefix of `https://git.example/acme-2/x`. The transports
 * must be equal, because a login belongs to one.
 */
export function matchRemote(remote: GitRemote, prefix: GitRemote): number | undefined {
  if (remote.transport !== prefix.transport || !liesUnder(remote, prefix)) return undefined;
  return prefix.key.replace(/^(?:file:|[^/]*\/)/, '').length;
}

/** Whether a remote is at a prefix or below it, whatever their transports. Whole path components count. */
export function liesUnder({ key }: Pick<GitRemote, 'key'>, prefix: Pick<GitRemote, 'key'>): boolean {
  const start = prefix.key.endsWith('/') ? prefix.key : `${prefix.key}/`;
  return key === prefix.key || key.startsWith(start);
}

/**
 * How a port is written, for a remote like `git@host:2222/x`, where 2222 is a folder: some hosts have such folders, so that it cannot be refused.
 * `undefined` where nothing looks like a port.
 */
export function portHint({
  transport,
  written,
}: Pick<GitRemote, 'transport' | 'written'>): string | undefined {
  const [, user = '', host = '', port = '', path = ''] =
    /^([^@:/]+@)?([^@:/]+|\[[0-9a-fA-F:]+\]):(\d{1,5})(?:\/(.*))?$/.exec(written) ?? [];
  if (transport !== 'ssh' || port === '' || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `${port} is a folder here and no port; with that port it is ssh://${user}${host}:${port}/${path}`;
}

/** The host without its port, lower case; `''` for a local path. */
export function hostnameOf({ host }: Pick<GitRemote, 'host'>): string {
  return host.replace(/:\d+$/, '');
}

function fromUrl(text: string): GitRemote | RemoteFault {
  const [scheme = ''] = text.split(':');
  const url = parseUrl(text);
  if (url === undefined) {
    const isPort = /^ssh:\/\/[^/]*:(?!\d+(?:\/|$))[^/@]*(?:\/|$)/i.test(text);
    return isPort ? fault('its port is no number', PORT_HINT) : fault('it cannot be read as a URL');
  }
  if (url.password !== '') return fault('it holds a password', PASSWORD_HINT);
  if (url.hash !== '' || url.search !== '') return fault('it has a query or a fragment');
  const path = decodePath(url.pathname);
  if (path === undefined) return fault('its percent-encoding is broken');
  switch (url.protocol) {
    case 'https:':
    case 'http:':
      return fromHttp(url, path);
    case 'ssh:': {
      const host = url.port === '22' ? url.hostname : url.host;
      return fromSsh({ url: text, user: url.username, host, path });
    }
    case 'file:': {
      if (url.host !== '') return fault('it names another machine');
      if (url.pathname === '/' || url.pathname === '') return fault('it names no folder');
      return local(decodeURIComponent(url.pathname), text);
    }
    default:
      return fault(`${scheme.toLowerCase()}:// is not supported`);
  }
}

function fromHttp(url: URL, path: string): GitRemote {
  const address = `${url.protocol}//${url.host}${url.pathname}`;
  const transport = url.protocol === 'https:' ? 'https' : 'http';
  return atHost({ transport, url: address, written: address, host: url.host, path });
}

interface SshParts {
  readonly url: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly path: string;
}

function fromSsh({ url, user, host, path }: SshParts): GitRemote | RemoteFault {
  if (host.startsWith('-') || user?.startsWith('-')) return fault('its host or user begins with a dash');
  if (host === '') return fault('it names no host');
  return atHost({ transport: 'ssh', url, written: url, host: host.toLowerCase(), path });
}

function atHost({
  transport,
  url,
  written,
  host,
  path,
}: Pick<GitRemote, 'transport' | 'url' | 'written' | 'host' | 'path'>): GitRemote {
  const trimmed = trimPath(path);
  const label = trimmed === '' ? host : `${host}/${trimmed}`;
  return { transport, url, written, host, path: trimmed, label, key: keyAtHost(host, trimmed) };
}

function local(path: string, written: string): GitRemote {
  const key = `file:${cleanPath(path).replace(/(.)\.git$/, '$1')}`;
  return { transport: 'local', url: path, written, host: '', path, label: path, key };
}

/** `/srv//git/./x/` becomes `/srv/git/x`. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

function trimPath(path: string): string {
  return path
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
}

/** Only what must be encoded stays so (RFC 3986, 6.2.2): `%78` is `x`, and `%2f` is not `/`. `undefined` for broken text. */
function decodePath(path: string): string | undefined {
  try {
    const parts = path.split('/').map((part) => decodeURIComponent(part));
    if (parts.some((part) => /\p{Cc}/u.test(part))) return undefined;
    return parts.map((part) => part.replaceAll(/[%/?#]/g, encodeURIComponent)).join('/');
  } catch {
    return undefined;
  }
}

/** Hosts that have another name, or a port of their own, for SSH. */
const SSH_HOSTS: ReadonlyMap<string, string> = new Map([
  ['ssh.github.com:443', 'github.com'],
  ['altssh.bitbucket.org:443', 'bitbucket.org'],
  ['altssh.gitlab.com:443', 'gitlab.com'],
  ['ssh.dev.azure.com', 'dev.azure.com'],
  ['vs-ssh.visualstudio.com', 'dev.azure.com'],
]);

/** The host that a host of a remote is on the web: itself, unless it has another name for SSH; without a dot at the end. */
export function webHost(host: string): string {
  const plain = host.replace(/\.(?=:\d+$|$)/, '');
  return SSH_HOSTS.get(plain) ?? plain;
}

function keyAtHost(host: string, path: string): string {
  const name = webHost(host);
  const folded = path.toLowerCase();
  const [, organization] = /^([a-z0-9-]+)\.visualstudio\.com$/.exec(name) ?? [];
  if (organization !== undefined)
    return `dev.azure.com/${azurePath(`${organization}/${folded.replace(/^defaultcollection(?:\/|$)/, '')}`)}`;
  return `${name}/${name === 'dev.azure.com' ? azurePath(folded) : folded}`;
}

/**
 * Azure Repos: `v3/org/project/name` over SSH, `org/project/_git/name` over HTTPS, `org/_git/name` for a project's own. A prefix
 * may end with any of their parts.
 */
function azurePath(path: string): string {
  const [, organization, name] = /^([^/]+)\/_git\/([^/]+)$/.exec(path) ?? [];
  if (organization !== undefined && name !== undefined) return `${organization}/${name}/${name}`;
  return path
    .replace(/^v3(?:\/|$)/, '')
    .replace(/^([^/]+\/[^/]+)\/_git(?=\/|$)/, '$1')
    .replace(/\/$/, '');
}

function fault(why: string, hint: string = FORM_HINT): RemoteFault {
  return { why, hint };
}
