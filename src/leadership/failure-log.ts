import type { LynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';

export interface FailureLog {
  tell(error: LynceusError): void;
  /** It went well again. */
  over(): void;
}

/** Warns once of each kind of failure in a row, so that an API server that is down does not fill the log. */
export function createFailureLog(log: Log, message: string): FailureLog {
  let told: string | undefined;
  return {
    tell(err) {
      log[err.code === told ? 'debug' : 'warn'](message, { err });
      told = err.code;
    },
    over() {
      told = undefined;
    },
  };
}
