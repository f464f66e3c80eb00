import type { Log, LogFields, LogLevel } from '../../src/ports/log.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log of which nobody reads a line. */
export const SILENT: Log = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => SILENT,
};

/** A log that keeps its lines. */
export function collectLog(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  function create(context: LogFields): Log {
    const write =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void =>
        void lines.push({ level, message, fields: { ...context, ...fields } });
    return {
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => create({ ...context, ...fields }),
    };
  }
  return { log: create({}), lines };
}
