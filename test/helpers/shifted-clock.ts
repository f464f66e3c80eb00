import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A time that a test moves on, for processes of their own as well. */
export interface ShiftedClock {
  /** With it a Node.js process has this time; how long it waits for something stays as it is. */
  readonly env: Readonly<Record<string, string>>;
  now(): number;
  /** Processes that run have the new time soon, and those that start have it at once. */
  advance(milliseconds: number): void;
}

/** Looks for the shift often; nothing in it keeps the process alive. */
const PRELOADED = `
import { readFileSync } from 'node:fs';
const file = new URL('shift', import.meta.url);
const RealDate = Date;
let shift = 0;
const look = () => { shift = Number(readFileSync(file, 'utf8')); };
look();
setInterval(look, 20).unref();
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shift);
    else super(...given);
  }
  static now() { return RealDate.now() + shift; }
};
`;

/** It begins with the time of this machine, shifted by `from` milliseconds. `folder` is the test's own. */
export function createShiftedClock(folder: string, from = 0): ShiftedClock {
  let shift = from;
  const preloaded = join(folder, 'shifted-clock.mjs');
  const write = () => {
    writeFileSync(join(folder, 'shift.new'), String(shift));
    renameSync(join(folder, 'shift.new'), join(folder, 'shift'));
  };
  writeFileSync(preloaded, PRELOADED);
  write();
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(preloaded).href}` },
    now: () => Date.now() + shift,
    advance(milliseconds) {
      shift += milliseconds;
      write();
    },
  };
}
