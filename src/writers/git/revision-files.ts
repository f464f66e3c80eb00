import { isCommitHash } from '../../core/git/branch-name.ts';
import { findBase } from '../../core/git/heads.ts';
import { connectionKey } from '../../core/identity/branch.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { GitPlace } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import type { FileRequest, FileState, RevisionRequest } from '../../ports/writer.ts';
import type { Connection } from './connection.ts';

/** Files of commits, which never change: what was read once is kept, also for later sessions. */
export interface RevisionFiles {
  /** Throws `revision-unknown` for a commit that the remote does not give, and what `use` throws. */
  read(wanted: RevisionRead, use: UseConnection): Promise<readonly FileState[]>;
}

export interface RevisionRead extends RevisionRequest {
  readonly place: GitPlace;
  readonly signal: AbortSignal;
}

type UseConnection = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/** In characters, over all files that are kept. */
const MOST_TEXT = 16 * 1024 * 1024;
/** A file that is not there takes some room as well. */
const ENTRY = 200;
const MOST_UNKNOWN = 10_000;

export function createRevisionFiles(most = MOST_TEXT): RevisionFiles {
  const kept = createKeptStates(most);
  /** The head of the base when a commit was not found: it is not looked for again before that has moved. */
  const unknown = new Map<string, string>();

  async function readWith(
    connection: Connection,
    { place, revision, requests, signal }: RevisionRead,
  ): Promise<readonly FileState[]> {
    const key = joinKey(connectionKey(place), revision);
    const base = findBase(await connection.heads(signal), place.base, connection.remote);
    const isKnown = unknown.get(key) !== base.sha && (await connection.obtainCommit(revision, base, signal));
    if (isKnown)
      return await connection.readerOf({ branch: base.branch, sha: revision }).read(requests, signal);
    unknown.delete(key);
    unknown.set(key, base.sha);
    forgetOldest(unknown, MOST_UNKNOWN);
    throw notThere(place, revision);
  }

  return {
    async read(wanted, use) {
      const { place, revision, requests } = wanted;
      if (!isCommitHash(revision)) throw noCommit(place, revision);
      const keys = requests.map((request) => requestKey(place, revision, request));
      const known = keys.map((key) => kept.get(key));
      const missing = requests.filter((_, index) => known[index] === undefined);
      if (missing.length === 0) return known.flatMap((state) => state ?? []);
      const states = await use((connection) => readWith(connection, { ...wanted, requests: missing }));
      let next = 0;
      return requests.map((request, index) => {
        const state = known[index] ?? states[next++];
        if (state === undefined) throw new LynceusError('internal', 'a file was read and is lost');
        kept.keep(requestKey(place, revision, request), state);
        return state;
      });
    },
  };
}

function requestKey(place: GitPlace, revision: string, { candidates, sole }: FileRequest): string {
  return joinKey(connectionKey(place), revision, String(sole === true), ...candidates);
}

interface KeptStates {
  get(key: string): FileState | undefined;
  keep(key: string, state: FileState): void;
}

/** What was used longest ago goes first. */
function createKeptStates(most: number): KeptStates {
  const states = new Map<string, FileState>();
  let room = 0;

  function drop(key: string): void {
    const state = states.get(key);
    if (state === undefined) return;
    room -= sizeOf(key, state);
    states.delete(key);
  }

  return {
    get(key) {
      const state = states.get(key);
      if (state === undefined) return undefined;
      states.delete(key);
      states.set(key, state);
      return state;
    },
    keep(key, state) {
      drop(key);
      states.set(key, state);
      room += sizeOf(key, state);
      for (const oldest of states.keys()) {
        if (room <= most) break;
        drop(oldest);
      }
    },
  };
}

function sizeOf(key: string, state: FileState): number {
  return ENTRY + key.length + (state.kind === 'text' ? state.text.length : 0);
}

function forgetOldest(map: Map<string, string>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}

const HINT = 'sync the Application: Argo CD then names a commit of its branch';

function noCommit({ remote }: GitPlace, revision: string): LynceusError {
  const found = revision === '' ? 'nothing' : quoted(revision.slice(0, 100));
  const message = `expected the hash of a commit of ${remote.label}, found ${found}`;
  return new LynceusError('revision-unknown', message, { hint: HINT });
}

function notThere({ remote }: GitPlace, revision: string): LynceusError {
  const message = `${remote.label} has no commit ${revision}, or does not give it`;
  return new LynceusError('revision-unknown', message, { hint: HINT });
}
