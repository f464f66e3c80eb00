import type { Log } from '../ports/log.ts';

/** Where text goes: `process.stdout` fits, and so does a test's string collector. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What a command gets of the process that it runs in. */
export interface CliIo {
  /** How a person starts this program here, for texts: `lynceus`, `node dist/lynceus.js`. */
  readonly self: string;
  /** Arguments after the program's own name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Aborted when the process is asked to end; its reason is an `Interruption` then. */
  readonly signal: AbortSignal;
  /** Called with the log of the process as soon as there is one. */
  readonly onLog?: (log: Log) => void;
}

/** All well; the cycle ran and something failed; the command or its configuration is wrong. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

const SIGNAL_NUMBERS = { SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

/** Why the signal of a `CliIo` was aborted. A command that is cut short exits with 128 plus the signal's number. */
export class Interruption extends Error {
  readonly signal: keyof typeof SIGNAL_NUMBERS;
  readonly exitCode: number;

  constructor(signal: keyof typeof SIGNAL_NUMBERS) {
    super(`interrupted by ${signal}`);
    this.name = 'AbortError';
    this.signal = signal;
    this.exitCode = 128 + SIGNAL_NUMBERS[signal];
  }
}

/** Columns of a terminal; a pipe or a file has room for lines of any length. */
export function widthOf(sink: TextSink): number {
  return sink.isTTY === true ? (sink.columns ?? 80) : Number.POSITIVE_INFINITY;
}

export function line(sink: TextSink, text = ''): void {
  sink.write(`${text}\n`);
}
