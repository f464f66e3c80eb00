import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As `npm run build` makes it. */
export const PROGRAM = fileURLToPath(new URL('../../dist/lynceus.js', import.meta.url));

/** As in the Dockerfile. */
export const CONTAINER_FLAGS = ['--max-semi-space-size=2', '--optimize-for-size'];

/** Milliseconds of CPU time of a process and of the programs that it waited for, as Linux tells them. */
export function cpuOf(pid: number): number {
  const ticks = statOf(pid).slice(11, 15);
  return ticks.reduce((sum, one) => sum + one, 0) * 10;
}

/** MiB in memory. */
export function residentOf(pid: number): number {
  return ((statOf(pid)[21] ?? 0) * 4096) / 1024 ** 2;
}

/** The fields of `/proc/PID/stat` after the name: see proc(5), where the state is the third. */
function statOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
}
