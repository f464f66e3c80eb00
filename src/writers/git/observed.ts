import type { GitRemote } from '../../core/git/remote.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Observer } from '../../ports/observer.ts';

export interface ObservedOptions {
  readonly remote: GitRemote;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly log: Log;
}

/** Reports to the observer and the log how a fetch or push went and how long it took. */
export async function observed<T>(
  kind: 'fetch' | 'push',
  { remote, clock, observer, log }: ObservedOptions,
  work: () => Promise<{ readonly result: T; readonly ok: boolean }>,
): Promise<T> {
  const started = clock.now();
  let ok = false;
  try {
    const done = await work();
    ok = done.ok;
    return done.result;
  } finally {
    const seconds = (clock.now() - started) / 1000;
    observer.gitOperation({
      remote: remote.host === '' ? remote.path : remote.host,
      label: remote.label,
      kind,
      ok,
      seconds,
    });
    log.debug('talked to a git remote', { remote: remote.label, kind, ok, seconds });
  }
}
