import type { Log, LogLevel } from '../ports/log.ts';
import { createLog, wantsColor } from '../reporters/log.ts';
import { createRedactor } from '../reporters/redact.ts';

export interface LogInput {
  readonly level: LogLevel | 'silent';
  readonly format: 'text' | 'json';
  /** Takes each line with its line break. */
  readonly write: (line: string) => void;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The log of the process, and the door through which secrets are made known to it so that they never appear in it. */
export function composeLog({ level, format, write, isTerminal, env }: LogInput): {
  readonly log: Log;
  readonly registerSecret: (secret: string) => void;
} {
  const redactor = createRedactor();
  const log = createLog({ level, format, destination: write, color: wantsColor(isTerminal, env), redactor });
  return { log, registerSecret: (secret) => redactor.registerSecret(secret) };
}
