import type { PassedFault } from '../config/faults.ts';
import type { Log } from '../ports/log.ts';
import { line, type TextSink } from './io.ts';

/** Says of each value that cannot be used where it is, and what counts instead: in the log, or on a stream of a command that logs nothing. */
export function tellPassedFaults(faults: readonly PassedFault[], to: TextSink | Log): void {
  for (const { path, message, origin, used } of faults) {
    const reason = path === '' ? message : `${path}: ${message}`;
    if ('warn' in to) to.warn('a setting cannot be used', { reason, place: origin, used });
    else line(to, `lynceus: ${reason} (${origin}); used is ${used}`);
  }
}
