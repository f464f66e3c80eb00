import type { Daemon } from '../app/daemon.ts';
import type { Log } from '../ports/log.ts';
import { EXIT_OK } from './io.ts';

/** Runs until the signal aborts, which is the normal end of a daemon. */
export async function runUntilStopped(
  start: () => Promise<Daemon>,
  signal: AbortSignal,
  log: Log,
): Promise<number> {
  if (signal.aborted) return EXIT_OK;
  const daemon = await start();
  const asked = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const stopped = asked.then(async () => {
    log.info('asked to end; a running cycle is finished or abandoned safely');
    await daemon.stop();
  });
  await Promise.race([daemon.done, stopped]);
  return EXIT_OK;
}
