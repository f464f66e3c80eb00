import { resolve } from 'node:path';
import type { GitRemote } from '../../core/git/remote.ts';
import { connectionKey } from '../../core/identity/branch.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { GitPlace } from '../../core/policy.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitLogin, GitLogins } from '../../ports/git-logins.ts';
import type { Log } from '../../ports/log.ts';
import type { Observer } from '../../ports/observer.ts';
import type { CommitApi, CommitApis } from './api/commit-apis.ts';
import { openCloneCache, type CloneCache } from './cache.ts';
import { openClone, type CloneOptions } from './clone.ts';
import { PLAIN_GIT, type GitProgram } from './limited-git.ts';
import { createConnection, type Connection } from './connection.ts';
import { baseEnvironment, loginEnvironment, type GitEnvironment, type LoginOnDisc } from './environment.ts';
import type { Removed } from './disc-budget.ts';
import { findProgram } from '../../processes/find-program.ts';
import type { KeyedLock } from '../../async/keyed-lock.ts';
import { checkFolder, pinsOf, withholdRemote, type RemoteGuard } from './remote-guard.ts';
import { MovedRemote } from './moved-remote.ts';
import type { Author } from './fast-import.ts';
import type { CommitOwnership } from './own-commits.ts';
import { createSessionSigner } from './signing/session-signer.ts';
import type { SigningOptions } from './signing/signer.ts';
import {
  createVerification,
  onceEach,
  type KnownSignatures,
  type VerifyOptions,
} from './signing/verify-signatures.ts';

export interface ConnectionsOptions {
  /** Author and committer of every commit. */
  readonly author: Author;
  /** Authors of earlier times, whose commits are ours as well. */
  readonly formerAuthors?: readonly Author[];
  /** Whether each commit holds a record of what it wrote. */
  readonly trailers: boolean;
  readonly logins: GitLogins;
  /** Folder for clones; made when it is missing. */
  readonly cacheDirectory: string;
  /** How much room the clones may take between two cycles, in bytes. */
  readonly cacheBytes: number;
  /** How large a clone, a file in it and the memory of a git may become, in bytes; the default unless given. */
  readonly gitBytes?: number | undefined;
  /** How many commits of a branch are kept, at least 1. */
  readonly history: number;
  /** Longest time for one git process, in milliseconds. */
  readonly timeout: number;
  /** Size of the largest file that is read, in bytes; the default unless given. */
  readonly largestFile?: number | undefined;
  /** `undefined` when commits are not signed. */
  readonly signing?: SigningOptions | undefined;
  /** `undefined` when commits are pushed by git everywhere. */
  readonly commitApis?: CommitApis | undefined;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly log: Log;
  /** Which remotes may be connected to; without it any. */
  readonly guard?: RemoteGuard;
  /** Where PATH and the proxies are taken from. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const MEBIBYTE = 1024 * 1024;

/** The remotes that one session deals with, each connected to once. */
export interface Connections {
  /** Does the work while nobody else deals with the remote. */
  use<T>(place: GitPlace, signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Signs something that is thrown away. Throws `signing-failed` when commits could not be signed. */
  trySigning(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createConnections(
  options: ConnectionsOptions,
  lock: KeyedLock,
  known: KnownSignatures,
): Connections {
  const inner = connectionsOf(options, lock, known);
  return {
    ...inner,
    async use(place, signal, work) {
      try {
        return await inner.use(place, signal, work);
      } catch (thrown) {
        throw withholdRemote(thrown, place, options.guard);
      }
    },
  };
}

function connectionsOf(options: ConnectionsOptions, lock: KeyedLock, known: KnownSignatures): Connections {
  let cache: Promise<CloneCache> | undefined;
  const connections = new Map<string, Promise<LoggedIn>>();

  function openCache(): Promise<CloneCache> {
    const { cacheDirectory: directory, cacheBytes: budget, gitBytes } = options;
    cache ??= openCloneCache({ directory, budget, gitBytes });
    return cache;
  }

  const signer = createSessionSigner(options.signing, async () => {
    const { timeout, env = process.env } = options;
    return { env, folder: (await openCache()).folder('signing'), timeout };
  });

  async function connect({ remote, place, signal, newer }: ConnectOptions): Promise<LoggedIn> {
    const found = newer ?? (await options.logins.find(place, signal));
    const pins = await pinsOf(place, found, { ...options, signal });
    const opened = await openCache();
    const login = await withKeyFile(found, opened);
    const clone = await openClone(
      await cloneOptions(remote, { login, pins }, { ...options, cache: opened }),
      signal,
    );
    const openSigner = (during: AbortSignal) => signer.open(during);
    const api = options.commitApis?.find(place, found);
    const openCheck = (during: AbortSignal) => signer.check(during);
    const ownership = ownershipOf(options, { clone, known, openCheck, api });
    const connecting = { ...options, remote, login, clone, openSigner, api, ownership };
    return { login, connection: createConnection(connecting) };
  }

  return {
    use(place, signal, work) {
      const remote = remoteOf(place);
      return lock.run(remote.key, async () => {
        checkFolder(place, options.guard);
        const key = joinKey(remote.url, connectionKey(place));
        const begun = connections.get(key) ?? connect({ remote, place, signal });
        connections.set(key, begun);
        const reconnect = (newer: GitLogin, url = remote.url): Promise<LoggedIn> => {
          const made = connect({ remote: { ...remote, url }, place, signal, newer });
          connections.set(key, made);
          return made;
        };
        const renew = (login: GitLogin) => options.logins.renew?.(place, login, signal);
        const healing = (connection: Connection) => withHealing(connection, signal, work);
        return workWith(await begun, { reconnect, renew }, healing);
      });
    },
    async trySigning(signal) {
      await (await signer.open(signal))?.sign(Buffer.from('a test\n'), signal);
    },
    async close() {
      connections.clear();
      await signer.close();
      const opened = await cache?.catch(() => undefined);
      cache = undefined;
      logRemoved(await opened?.close(), options);
    },
  };
}

function ownershipOf(
  { author, formerAuthors = [], signing }: ConnectionsOptions,
  { api, known, ...verifying }: VerifyOptions & { readonly api: CommitApi | undefined },
): CommitOwnership {
  const verify = signing && createVerification({ ...verifying, known });
  const madeByHost = api && onceEach(known, (shas, signal) => api.madeByUs(shas, signal));
  return {
    author: { ...author, former: formerAuthors, hostCommitters: api?.committers ?? [] },
    verify,
    madeByHost,
  };
}

interface LoggedIn {
  readonly connection: Connection;
  readonly login: GitLogin;
}

function logRemoved(removed: Removed | undefined, { log }: Pick<ConnectionsOptions, 'log'>): void {
  if (removed === undefined || removed.clones === 0) return;
  log.warn('removed clones to stay within git.cacheMiB; their remotes are fetched from anew', {
    clones: removed.clones,
    mebibytes: Math.ceil(removed.bytes / MEBIBYTE),
  });
}

interface ConnectOptions {
  readonly remote: GitRemote;
  readonly place: GitPlace;
  readonly signal: AbortSignal;
  /** The login to use instead of that which is found. */
  readonly newer?: GitLogin;
}

interface Reconnecting {
  /** By the URL of the remote unless another one is given. */
  readonly reconnect: (login: GitLogin, url?: string) => Promise<LoggedIn>;
  /** Another login in place of one that was refused; `undefined` when there is none. */
  readonly renew: (refused: GitLogin) => Promise<GitLogin | undefined> | undefined;
}

/** More than that is a circle. */
const MOST_MOVES = 3;

/**
 * Does the work once more when the remote refused the login, because a token may have been revoked before its time, and
 * where the server says that the remote is. Nothing was sent to a remote that refused to be read or has moved, and a refused
 * push is a result and not an error.
 */
async function workWith<T>(
  begun: LoggedIn,
  { reconnect, renew }: Reconnecting,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  let current = begun;
  let renewed = false;
  for (let moves = 0; ;) {
    try {
      return await work(current.connection);
    } catch (thrown) {
      if (thrown instanceof MovedRemote && moves < MOST_MOVES) {
        moves += 1;
        current = await reconnect(current.login, thrown.url);
        continue;
      }
      if (renewed || !(thrown instanceof LynceusError) || thrown.code !== 'git-denied') throw thrown;
      const newer = await renew(current.login);
      if (newer === undefined) throw thrown;
      renewed = true;
      current = await reconnect(newer, current.connection.remote.url);
    }
  }
}

/**
 * Does the work a second time with an empty clone when git failed without a known reason: the clone may be damaged.
 * What went wrong at the remote once commits were sent is a result and not an error, so nothing is pushed twice.
 */
async function withHealing<T>(
  connection: Connection,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    return await work(connection);
  } catch (thrown) {
    if (!(thrown instanceof LynceusError) || thrown.code !== 'git-failed') throw thrown;
    await connection.renew(signal);
    return work(connection);
  }
}

async function cloneOptions(
  remote: GitRemote,
  { login, pins }: { readonly login: LoginOnDisc; readonly pins: Awaited<ReturnType<typeof pinsOf>> },
  { cache, timeout, gitBytes, env = process.env }: ConnectionsOptions & { readonly cache: CloneCache },
): Promise<CloneOptions> {
  const environment = baseEnvironment(env, cache.home);
  return {
    program: await programOf(cache, environment),
    largest: gitBytes,
    folder: await cache.take(remote.url),
    environment,
    loginEnvironment: loginEnvironment(login, remote, { askpass: cache.askpass, timeout, pins }),
    timeout,
  };
}

/** Where there is no git, the shell would say so in its own words. */
async function programOf({ git }: CloneCache, environment: GitEnvironment): Promise<GitProgram> {
  const found = await findProgram('git', environment['PATH'] ?? '');
  return found === undefined ? PLAIN_GIT : git;
}

/** ssh and TLS take a key from a file only. */
async function withKeyFile(login: GitLogin, cache: CloneCache): Promise<LoginOnDisc> {
  if (login.kind === 'ssh') return login;
  if (login.kind === 'ssh-key') {
    const { privateKey, knownHostsFile } = login;
    return { kind: 'ssh', privateKeyFile: await cache.keep(privateKey), knownHostsFile };
  }
  const { client, ...rest } = login;
  if (client === undefined) return rest;
  if (client.kind === 'files') return { ...rest, client };
  const [certFile, keyFile] = [await cache.keep(client.certificate), await cache.keep(client.key)];
  return { ...rest, client: { kind: 'files', certFile, keyFile } };
}

/** git runs in the clone, so a relative path is made absolute first. */
function remoteOf(place: GitPlace): GitRemote {
  const { remote } = place;
  return remote.transport === 'local' ? { ...remote, url: resolve(remote.path) } : remote;
}
