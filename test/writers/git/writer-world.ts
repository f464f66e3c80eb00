import { join } from 'node:path';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import type { Log, LogFields } from '../../../src/ports/log.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import {
  createGitWriter,
  type GitWriter,
  type GitWriterOptions,
} from '../../../src/writers/git/git-writer.ts';
import { createGitRoot, createRemote, type WorldFiles } from '../../helpers/git-world.ts';

export const NO_LOGIN: GitLogin = { kind: 'none', caFile: undefined };

/** Never aborted. */
export const LASTING = new AbortController().signal;

/** Everything a Git writer needs, and a record of what it did. */
export interface WriterWorld {
  readonly root: string;
  readonly cacheDirectory: string;
  /** A bare repository under the root. */
  remote(files?: WorldFiles, name?: string): string;
  writer(options?: Partial<GitWriterOptions> & { readonly login?: GitLogin }): GitWriter;
  /** `fetch` and `push`, in order; a failed one ends with `!`. */
  readonly operations: string[];
  readonly remotesSeen: Set<string>;
  /** Milliseconds that were slept, without waiting. */
  readonly sleeps: number[];
  readonly logLines: string[];
  readonly log: Log;
  remove(): void;
}

/** 2024-01-02T03:04:05Z, the date of every commit. */
export const NOW = Date.UTC(2024, 0, 2, 3, 4, 5);

export function createWriterWorld(): WriterWorld {
  const { root, remove } = createGitRoot();
  const cacheDirectory = join(root, 'cache');
  const operations: string[] = [];
  const remotesSeen = new Set<string>();
  const sleeps: number[] = [];
  const logLines: string[] = [];
  function line(message: string, fields: LogFields = {}): void {
    logLines.push(`${message} ${JSON.stringify(fields)}`);
  }
  const log = { trace: line, debug: line, info: line, warn: line, error: line, with: () => log };
  return {
    root,
    cacheDirectory,
    operations,
    remotesSeen,
    sleeps,
    logLines,
    log,
    remove,
    remote: (files = { 'app.yaml': 'tag: 1.0\n' }, name = 'deploy.git') => createRemote(root, name, files),
    writer: ({ login = NO_LOGIN, ...options } = {}) =>
      createGitWriter({
        logins: { find: () => Promise.resolve(login) },
        editOptions: { createMissing: false },
        cacheDirectory,
        cacheBytes: 1024 ** 3,
        author: { name: 'lynceus', email: 'lynceus@example.com' },
        pushAttempts: 3,
        history: 20,
        trailers: false,
        timeout: 20_000,
        clock: {
          now: () => NOW,
          random: () => 0.5,
          sleep: (milliseconds) => {
            sleeps.push(milliseconds);
            return Promise.resolve();
          },
        },
        observer: {
          registryRequest: () => undefined,
          registryFrozen: () => undefined,
          checkMeasured: () => undefined,
          signatureRefused: () => undefined,
          gitOperation: ({ kind, ok, remote }) => {
            operations.push(ok ? kind : `${kind}!`);
            remotesSeen.add(remote);
          },
        },
        log,
        env: { PATH: process.env['PATH'] },
        ...options,
      }),
  };
}

/** The ending of a commit in a word: `pushed`, `unchanged`, or the code of its error. */
export function outcomeOf({ ending }: CommitResult): string {
  return ending.kind === 'failed' ? ending.error.code : ending.kind;
}
