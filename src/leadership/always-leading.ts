import type { Leadership } from '../ports/leadership.ts';

/** For a single replica: it leads from `acquire` to `release`. */
export function alwaysLeading(): Leadership {
  let leading = new AbortController();
  return {
    acquire(signal) {
      if (signal.aborted) return Promise.reject(new DOMException('stopped before it led', 'AbortError'));
      if (leading.signal.aborted) leading = new AbortController();
      return Promise.resolve({ lost: leading.signal });
    },
    announce: () => undefined,
    leaderPlace: () => Promise.resolve(undefined),
    release() {
      leading.abort();
      return Promise.resolve();
    },
  };
}
