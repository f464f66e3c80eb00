import { type Logger, pino } from 'pino';
import type { Log, LogFields, LogLevel } from '../ports/log.ts';
import { plainFields, plainText } from './log-fields.ts';
import { formatLogfmt } from './logfmt.ts';
import { createRedactor, type Redactor } from './redact.ts';

export interface LogOptions {
  /** Least level that is written; `silent` writes nothing. */
  readonly level: LogLevel | 'silent';
  readonly format: 'text' | 'json';
  /** Takes each line with its line break; standard error without it. */
  readonly destination?: (line: string) => void;
  /** Colours for the level in text format. See `wantsColor`. */
  readonly color?: boolean;
  /** Shared with the code that reads secrets. */
  readonly redactor?: Redactor;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Level names as Argo CD Image Updater writes them: `warning`, not `warn`. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { warn: 'warning' };
const COLORS: Readonly<Record<string, number>> = { trace: 90, debug: 36, info: 32, warning: 33, error: 31 };

/**
 * The one logger: all lines go to one place, as JSON (`time`, `level`, `msg` and the fields) or as `key=value` text.
 * Nothing gets there before it has been redacted.
 */
export function createLog(options: LogOptions): Log {
  const redactor = options.redactor ?? createRedactor();
  const now = options.now ?? Date.now;
  const destination = options.destination ?? ((line: string) => void process.stderr.write(line));
  const toLine = options.format === 'json' ? (json: string) => json : textFormatter(options.color ?? false);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: LEVEL_NAMES[label] ?? label }) },
      // Errors are plain objects by now; pino's own serialiser would add to them.
      serializers: { err: (err: unknown) => err },
    },
    { write: (json: string) => destination(toLine(json)) },
  );
  return logOver(logger, (text) => redactor.redact(text), {});
}

function logOver(logger: Logger, redact: (text: string) => string, always: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (!logger.isLevelEnabled(level)) return;
      // Not a child logger of pino's: that one keeps its fields as text from before a secret became known.
      logger[level](unreserved(plainFields({ ...always, ...fields }, redact)), plainText(message, redact));
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => logOver(logger, redact, { ...always, ...fields }),
  };
}

/** A field cannot replace the time, level or message of its line. */
function unreserved(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    /^(?:time|level|msg)$/.test(name) ? `fields.${name}` : name,
    value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function textFormatter(color: boolean): (json: string) => string {
  const paint = (level: string): string => (color ? `\u001b[${COLORS[level] ?? 0}m${level}\u001b[0m` : level);
  return (json) => `${formatLogfmt(JSON.parse(json) as Record<string, unknown>, paint)}\n`;
}

/** Whether to colour: only on a terminal, and only without `NO_COLOR` and `ENABLE_LOG_COLORS=false`. */
export function wantsColor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (!isTerminal || env['TERM'] === 'dumb') return false;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return env['ENABLE_LOG_COLORS']?.toLowerCase() !== 'false';
}
