import type { Config } from '../config/config.ts';
import type { Lynceus, Environment } from '../app/compose.ts';
import type { DaemonEnvironment } from '../app/compose-daemon.ts';
import type { Daemon } from '../app/daemon.ts';
import type { CliIo } from './io.ts';

/** The heavy part of the program, loaded only by commands that need it. Tests pass a fake. */
export interface App {
  readonly compose: (config: Config, environment: Environment) => Promise<Lynceus>;
  readonly startDaemon: (lynceus: Lynceus, config: Config, environment: DaemonEnvironment) => Promise<Daemon>;
}

export const LAZY_APP: App = {
  compose: async (config, environment) => (await import('../app/compose.ts')).compose(config, environment),
  startDaemon: async (...parts) => await (await import('../app/compose-daemon.ts')).startDaemon(...parts),
};

/** What each command gets. */
export interface CommandContext {
  readonly io: CliIo;
  readonly app: App;
  /** Sets the exit code of the process. */
  readonly finish: (exitCode: number) => void;
}
