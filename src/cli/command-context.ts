import type { Config } from '../config/config.ts';
import type { Lynceus, Environment } from '../app/compose.ts';
import type { Daemon } from '../app/daemon.ts';
import type { CliIo } from './io.ts';

/** The heavy parts of the program, opened only by the commands that need them. A test opens others. */
export interface Doors {
  readonly compose: (config: Config, surroundings: Environment) => Promise<Lynceus>;
  readonly startDaemon: (lynceus: Lynceus, config: Config, surroundings: Environment) => Promise<Daemon>;
}

export const REAL_DOORS: Doors = {
  compose: async (config, surroundings) => (await import('../app/compose.ts')).compose(config, surroundings),
  startDaemon: async (lynceus, config, surroundings) =>
    await (await import('../app/compose-daemon.ts')).startDaemon(lynceus, config, surroundings),
};

/** What each command gets. */
export interface CommandContext {
  readonly io: CliIo;
  readonly doors: Doors;
  /** Says how the command ended. */
  readonly finish: (exitCode: number) => void;
}
