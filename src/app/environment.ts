import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** The environment of a process. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with every secret that is read, so that the log can leave it out. */
  readonly registerSecret?: (secret: string) => void;
  /** Requests per second to each registry host, whatever the configuration says of it. */
  readonly registryLimit?: number;
}
