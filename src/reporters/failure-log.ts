import type { LynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';

/** No namespace is called that. */
export const EVERYWHERE = '';

/** Logs failures of one kind of request to the API server. */
export interface FailureLog {
  /** A failure in a namespace, or `EVERYWHERE`. */
  add(namespace: string, error: LynceusError): void;
  /** A request in this namespace got through. */
  clear(namespace: string): void;
}

/** One warning for a namespace and a kind of failure, until a request gets through again. */
export function createFailureLog(log: Log, message: string): FailureLog {
  const last = new Map<string, string>();
  return {
    add(namespace, err) {
      const level = last.get(namespace) === err.code ? 'debug' : 'warn';
      const fields = namespace === EVERYWHERE ? { err } : { namespace, err };
      log[level](message, fields);
      last.set(namespace, err.code);
    },
    clear(namespace) {
      last.delete(namespace);
      last.delete(EVERYWHERE);
    },
  };
}
