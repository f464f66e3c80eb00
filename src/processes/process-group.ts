import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** How a group is ended: by what, and how long that may take, in milliseconds. Programs remove lock files first. */
const STEPS = [
  ['SIGTERM', 2_000],
  ['SIGKILL', 500],
] as const;
const POLL = 10;

const running = new Set<ChildProcess>();
let endsWithUs = false;

/** Ends the group with this process: a group of its own does not hear the terminal's Ctrl-C. */
export function endGroupOnExit(leader: ChildProcess): void {
  running.add(leader);
  leader.once('close', () => running.delete(leader));
  if (endsWithUs) return;
  endsWithUs = true;
  process.once('exit', () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
  });
}

/** Asks everything in the group to end, then ends it. Resolves when nothing of it is left. */
export async function endGroup(leader: ChildProcess): Promise<void> {
  for (const [signal, patience] of STEPS) {
    signalGroup(leader, signal);
    if (await isGoneWithin(leader, patience)) return;
  }
}

async function isGoneWithin(leader: ChildProcess, milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += POLL) {
    if (!signalGroup(leader, 0)) return true;
    await delay(POLL);
  }
  return false;
}

/** Whether any process is in the group. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
