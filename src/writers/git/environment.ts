import type { GitRemote } from '../../core/git/remote.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import type { Pin } from './remote-guard.ts';
import type { GitClientCertificate, GitLogin, GitRoute } from '../../ports/git-logins.ts';

export type GitEnvironment = Readonly<Record<string, string>>;

/** Variables of our own process that git gets to see: where programs, proxies and authorities are. */
const PASSED_ON = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
];

/** Names the askpass script reads; they hold the login, and exist in git's environment only. */
const ASKPASS = {
  origin: 'LYNCEUS_GIT_ORIGIN',
  authority: 'LYNCEUS_GIT_AUTHORITY',
  username: 'LYNCEUS_GIT_USERNAME',
  password: 'LYNCEUS_GIT_PASSWORD',
} as const;

/**
 * Answers git's prompts from its environment, so that the secret is in no argument and no file. It answers
 * for the host of the login alone: a redirect to another host gets nothing.
 */
export const ASKPASS_SCRIPT = `#!/bin/sh
case "$1" in
  "Username for '$${ASKPASS.origin}': ") printf '%s\\n' "$${ASKPASS.username}" ;;
  "Password for '"*"@$${ASKPASS.authority}': ") printf '%s\\n' "$${ASKPASS.password}" ;;
  *) exit 1 ;;
esac
`;

/** What every git of ours runs with: nothing of the machine's or the user's own configuration. */
export function baseEnvironment(
  ambient: Readonly<Record<string, string | undefined>>,
  home: string,
): GitEnvironment {
  const passed = PASSED_ON.flatMap((name) => {
    const value = ambient[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...authorities(ambient),
    ...Object.fromEntries(passed),
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: 'file:http:https:ssh',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    // Refs in files, which are read without git.
    GIT_DEFAULT_REF_FORMAT: 'files',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** What OpenSSL reads by itself, and curl does not: git hands over what it is told by its own variables. */
function authorities({
  SSL_CERT_FILE: file = '',
  SSL_CERT_DIR: folder = '',
}: Readonly<Record<string, string | undefined>>): GitEnvironment {
  return {
    ...(file === '' ? {} : { GIT_SSL_CAINFO: file }),
    ...(folder === '' ? {} : { GIT_SSL_CAPATH: folder }),
  };
}

/** A login whose key, if it has one, is in a file. */
export type LoginOnDisc = OnDisc<Exclude<GitLogin, { kind: 'ssh-key' }>>;

type OnDisc<L> = L extends GitRoute
  ? Omit<L, 'client'> & { readonly client?: Extract<GitClientCertificate, { kind: 'files' }> }
  : L;

export interface LoginEnvironmentOptions {
  readonly askpass: string;
  readonly timeout: number;
  /** Hosts that git does not resolve by itself. */
  readonly pins?: readonly Pin[];
}

const PROTOCOLS = { https: 'https', http: 'http', ssh: 'ssh', local: 'file' } as const;

/** What git needs to log in to this remote. */
export function loginEnvironment(
  login: LoginOnDisc,
  remote: GitRemote,
  { askpass, timeout, pins = [] }: LoginEnvironmentOptions,
): GitEnvironment {
  // Nothing that a server or a file in the clone names is fetched by another way.
  const only = { GIT_ALLOW_PROTOCOL: PROTOCOLS[remote.transport] };
  if (login.kind === 'ssh')
    return { ...only, GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: sshCommand(login, timeout, pins) };
  const { caFile, client } = login;
  const route: GitEnvironment = {
    ...only,
    ...(caFile === undefined ? {} : { GIT_SSL_CAINFO: caFile }),
    ...(client === undefined ? {} : { GIT_SSL_CERT: client.certFile, GIT_SSL_KEY: client.keyFile }),
    ...proxyEnvironment(login.proxy),
  };
  const origin = `${remote.transport}://${remote.host}`;
  const resolved = pins.flatMap(resolvedHost);
  if (login.kind === 'none') return { ...route, ...gitSettings(resolved) };
  if (login.kind === 'bearer') {
    // In the environment, as an argument is there for everybody to read.
    const header = `Authorization: Bearer ${login.token}`;
    return { ...route, ...gitSettings([...resolved, [`http.${origin}/.extraHeader`, header]]) };
  }
  return {
    ...route,
    // What git knows it does not ask for: that is one process less for each command.
    ...gitSettings([
      ...resolved,
      ...(login.username === '' ? [] : [[`credential.${origin}.username`, login.username] as const]),
    ]),
    GIT_ASKPASS: askpass,
    [ASKPASS.origin]: origin,
    [ASKPASS.authority]: remote.host,
    [ASKPASS.username]: login.username,
    [ASKPASS.password]: login.password,
  };
}

type GitSetting = readonly [key: string, value: string];

function gitSettings(settings: readonly GitSetting[]): GitEnvironment {
  if (settings.length === 0) return {};
  const variables = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(variables) };
}

/** With and without a dot at its end: to curl these are two names (git-config, `http.curloptResolve`, since git 2.37). */
function resolvedHost({ hostname, port, addresses }: Pin): readonly GitSetting[] {
  const all = addresses.map((address) => (address.includes(':') ? `[${address}]` : address)).join(',');
  return ['', '.'].map((dot) => ['http.curloptResolve', `${hostname}${dot}:${port}:${all}`]);
}

/** curl reads the names in small letters first. */
function proxyEnvironment(proxy: GitRoute['proxy']): GitEnvironment {
  if (proxy === undefined) return {};
  const { url, except } = proxy;
  return { http_proxy: url, https_proxy: url, no_proxy: except, NO_PROXY: except };
}

/** The value of GIT_SSH_COMMAND. git hands it to a shell, so every word is quoted. */
function sshCommand(
  login: Extract<GitLogin, { kind: 'ssh' }>,
  timeout: number,
  pins: readonly Pin[],
): string {
  const seconds = Math.max(1, Math.min(30, Math.ceil(timeout / 1000)));
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    `ConnectTimeout=${seconds}`,
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'ControlMaster=no',
    'ControlPath=none',
    ...(login.knownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile=${sshPath(login.knownHostsFile)}`, 'GlobalKnownHostsFile=/dev/null']),
    `IdentityFile=${sshPath(login.privateKeyFile)}`,
    ...pins.flatMap(pinnedHost),
  ];
  const words = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])];
  return words.map(shellWord).join(' ');
}

/** Connects to the address, and looks for the key of the host under the name that it has without the option. */
function pinnedHost({ hostname, port, addresses }: Pin): readonly string[] {
  const [address] = addresses;
  if (address === undefined) return [];
  return [`HostName=${address}`, `HostKeyAlias=${port === '22' ? hostname : `[${hostname}]:${port}`}`];
}

/** A path inside an ssh option: quoted against spaces, `%` doubled (ssh_config(5), TOKENS). */
function sshPath(path: string): string {
  if (/["\\\n]/.test(path)) {
    throw new LynceusError('config-invalid', `ssh cannot use the path ${quoted(path)}`, {
      hint: 'use a path without quotes and backslashes',
    });
  }
  return `"${path.replaceAll('%', '%%')}"`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
