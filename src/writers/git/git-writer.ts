import { resolve } from 'node:path';
import { parseGitRemote, type GitRemote } from '../../core/git-remote.ts';
import type { GitPlace } from '../../core/policy.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitLogin, GitLogins } from '../../ports/git-logins.ts';
import type { Log } from '../../ports/log.ts';
import type { Observer } from '../../ports/observer.ts';
import type { FileRequest, FileState, Writer, WriterSession } from '../../ports/writer.ts';
import { allFailed } from '../commit-results.ts';
import type { EditOptions, FileEditor } from '../replay.ts';
import { applyChangeSet } from './apply.ts';
import { findBase, findPush } from './branch.ts';
import { openCloneCache, type CloneCache } from './cache.ts';
import { openClone } from './clone.ts';
import { createConnection, type Connection } from './connection.ts';
import { baseEnvironment, loginEnvironment, type LoginOnDisc } from './environment.ts';
import { createKeyedLock } from './keyed-lock.ts';

export interface GitWriterOptions {
  readonly logins: GitLogins;
  readonly editor: FileEditor;
  readonly editOptions: EditOptions;
  /** Folder for clones; made when it is missing. */
  readonly cacheDirectory: string;
  /** Author and committer of every commit. */
  readonly author: { readonly name: string; readonly email: string };
  /** How often a rejected push is replayed and pushed again. */
  readonly pushAttempts: number;
  /** Longest time for one git process, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly log: Log;
  /** Where PATH and the proxies are taken from. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads from and pushes to Git remotes, without a work tree: files are read from and written to a shallow bare
 * clone. One remote is dealt with by one piece of work at a time, whichever session it belongs to.
 */
export function createGitWriter(options: GitWriterOptions): Writer {
  checkAuthor(options.author);
  const lock = createKeyedLock();
  return { open: () => openSession(options, lock) };
}

function openSession(options: GitWriterOptions, lock: ReturnType<typeof createKeyedLock>): WriterSession {
  let cache: Promise<CloneCache> | undefined;
  const connections = new Map<string, Promise<Connection>>();

  /** Does the work while nobody else deals with the remote. */
  function withConnection<T>(
    place: GitPlace,
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const remote = remoteOf(place);
    return lock.run(remote.url, async () => {
      const key = JSON.stringify([remote.url, place.credentials]);
      const known = connections.get(key);
      const connection = known ?? connect({ remote, place, signal });
      connections.set(key, connection);
      return withHealing(await connection, signal, work);
    });
  }

  async function connect({ remote, place, signal }: ConnectOptions): Promise<Connection> {
    const found = await options.logins.find(place, signal);
    cache ??= openCloneCache(options.cacheDirectory);
    const opened = await cache;
    const login = await withKeyFile(found, opened);
    const { timeout } = options;
    const clone = await openClone(
      {
        folder: await opened.take(remote.url),
        environment: baseEnvironment(options.env ?? process.env, opened.home),
        loginEnvironment: loginEnvironment(login, remote, { askpass: opened.askpass, timeout }),
        timeout,
      },
      signal,
    );
    return createConnection({ ...options, remote, login, clone });
  }

  return {
    async read(place, requests, signal) {
      return withConnection(place, signal, (connection) => read({ connection, place, requests, signal }));
    },
    async apply(set, signal) {
      try {
        return await withConnection(set.place, signal, (connection) =>
          applyChangeSet(set, { ...options, connection, signal }),
        );
      } catch (thrown) {
        return allFailed(set.commits, asLynceusError(thrown));
      }
    },
    async close() {
      connections.clear();
      const opened = await cache?.catch(() => undefined);
      cache = undefined;
      await opened?.close();
    },
  };
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

interface ConnectOptions {
  readonly remote: GitRemote;
  readonly place: GitPlace;
  readonly signal: AbortSignal;
}

interface ReadOptions {
  readonly connection: Connection;
  readonly place: GitPlace;
  readonly requests: readonly FileRequest[];
  readonly signal: AbortSignal;
}

async function read({ connection, place, requests, signal }: ReadOptions): Promise<readonly FileState[]> {
  const heads = await connection.heads(signal);
  const head = findPush(heads, place.push) ?? findBase(heads, place.base, connection.remote);
  const obtained = await connection.obtain(head, signal);
  return connection.readerOf(obtained).read(requests, signal);
}

/** ssh takes a key from a file only. */
async function withKeyFile(login: GitLogin, cache: CloneCache): Promise<LoginOnDisc> {
  if (login.kind !== 'ssh-key') return login;
  const { privateKey, knownHostsFile } = login;
  return { kind: 'ssh', privateKeyFile: await cache.keep(privateKey), knownHostsFile };
}

/** git runs in the clone, so a relative path is made absolute first. */
function remoteOf(place: GitPlace): GitRemote {
  const remote = parseGitRemote(place.remote);
  return remote.transport === 'local' ? { ...remote, url: resolve(remote.path) } : remote;
}

/** What a commit's author line cannot hold (git-fast-import, "author"). */
function checkAuthor({ name, email }: { readonly name: string; readonly email: string }): void {
  for (const [key, text] of [['name', name] as const, ['email', email] as const]) {
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    if (!/[<>\u0000-\u001f\u007f]/.test(text) && text.trim() !== '') continue;
    throw new LynceusError(
      'config-invalid',
      `the ${key} of the commit author is empty or holds < > or a line break`,
      {
        hint: `set git.author.${key}`,
      },
    );
  }
}
