import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The process that a piece of work starts, together with everything that one starts in turn.
 *
 * git runs `git-remote-https` or `ssh` as children of its own, and they outlive it when only git is killed.
 * simple-git can neither start a process group nor tell a process id, so each process that is started inside
 * `run` is made the leader of a group here, and the group can be ended as one.
 */
export interface ProcessGroup {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Asks everything in the group to end, then ends it. Resolves when nothing is left. */
  end(): Promise<void>;
}

/** How long a process that was asked to end may take to remove its lock files, in milliseconds. */
const GRACE = 2_000;
const POLL = 10;

const starting = new AsyncLocalStorage<Set<ChildProcess>>();
const running = new Set<ChildProcess>();
let listens = false;

export function createProcessGroup(): ProcessGroup {
  const leaders = new Set<ChildProcess>();
  listen();
  return {
    run: (work) => starting.run(leaders, work),
    async end() {
      const all = [...leaders];
      for (const leader of all) signalGroup(leader, 'SIGTERM');
      if (await goneWithin(all, GRACE)) return;
      for (const leader of all) signalGroup(leader, 'SIGKILL');
      await goneWithin(all, GRACE);
    },
  };
}

/** Node.js announces every child process on this channel just before it starts. */
function listen(): void {
  if (listens) return;
  listens = true;
  subscribe('child_process', (message) => {
    const leaders = starting.getStore();
    if (leaders === undefined) return;
    const { process: child } = message as { readonly process: SpawningProcess };
    leaders.add(child);
    running.add(child);
    child.once('close', () => running.delete(child));
    const spawn = child.spawn.bind(child);
    child.spawn = (options) => spawn({ ...options, detached: true });
  });
  // A group of its own does not hear the terminal's Ctrl-C.
  process.once('exit', () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
  });
}

type SpawningProcess = ChildProcess & { spawn(options: object): unknown };

/** Whether anybody was there to hear it. */
function signalGroup(leader: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (leader.pid === undefined) return false;
  try {
    return process.kill(-leader.pid, signal);
  } catch {
    // No such group: all have ended, or it never became one.
    return leader.exitCode === null && leader.signalCode === null && leader.kill(signal);
  }
}

async function goneWithin(leaders: readonly ChildProcess[], milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += POLL) {
    if (!leaders.some((leader) => signalGroup(leader, 0))) return true;
    await delay(POLL);
  }
  return false;
}
