import type { Log, LogLevel } from '../ports/log.ts';
import { createLog, wantsColor } from '../reporters/log.ts';
import { createRedactor } from '../reporters/redact.ts';

interface LogSettings {
  readonly level: LogLevel | 'silent';
  readonly format: 'text' | 'json';
  /** Gets each line with its line break. */
  readonly write: (line: string) => void;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The log of the process, and the function that registers secrets, which it then leaves out. */
export function composeLog({ level, format, write, isTerminal, env }: LogSettings): {
  readonly log: Log;
  readonly registerSecret: (secret: string) => void;
} {
  const redactor = createRedactor();
  const log = createLog({ level, format, destination: write, color: wantsColor(isTerminal, env), redactor });
  return { log, registerSecret: (secret) => redactor.registerSecret(secret) };
}
