import type { CommonPauses } from '../../core/overrides/pause.ts';
import type { Pauses } from '../../ports/pauses.ts';

/** Pauses that end with the process. */
export function createPausesInMemory(): Pauses {
  let now: CommonPauses = {};
  return {
    read: () => Promise.resolve(now),
    pause(part, pause) {
      now = { [part]: pause, ...now };
      return Promise.resolve();
    },
    resume(parts) {
      const before = now;
      now = Object.fromEntries(Object.entries(now).filter(([part]) => !parts.some((one) => one === part)));
      return Promise.resolve(before);
    },
  };
}
