import type { Environment, Lynceus } from '../app/compose.ts';
import type { Config } from '../config/config.ts';
import type { FileToRead } from '../config/load.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import type { CommandContext } from './command-context.ts';
import type { CliIo } from './io.ts';
import { tellPassedFaults } from './passed-faults.ts';
import { readSmallText } from './read-text.ts';
import { STRICT_SETTING } from '../settings/settings.ts';

export type Flags = Readonly<Record<string, unknown>>;

export interface Configured {
  readonly config: Config;
  readonly environment: Environment;
}

export interface ConfigureOptions {
  /** `log`: log lines are the command's output. `silent`: nothing is logged unless `--loglevel` is given. */
  readonly logging: 'log' | 'silent';
  /** One cycle only: an interval of 0 is allowed. */
  readonly once: boolean;
}

/** Flags, environment and files to a checked configuration. Throws `config-invalid` with every fault there is. */
export async function configure(
  flags: Flags,
  io: CliIo,
  { logging, once }: ConfigureOptions,
): Promise<Configured> {
  const { configFileToRead, furtherFilesToRead, loadConfig } = await import('../config/load.ts');
  const { CONFIG_CHECKS } = await import('../app/compose-config-checks.ts');
  const sources = { flags, env: io.env };
  const file = configFileToRead(sources);
  const fileText = await readText(file);
  const further = furtherFilesToRead({ ...sources, fileText });
  const config = loadConfig({
    ...sources,
    fileText,
    fileName: file.path,
    registriesText: await readText(further.registries),
    registriesFileName: further.registries?.path ?? '',
    messageTemplateText: await readText(further.messageTemplate),
    checks: CONFIG_CHECKS,
    once,
    lenient: flags[STRICT_SETTING.flagName] !== true,
  });
  const { composeLog } = await import('../app/compose-log.ts');
  const sink = logging === 'log' ? io.stdout : io.stderr;
  const silent = logging === 'silent' && flags['loglevel'] === undefined;
  const { log, registerSecret } = composeLog({
    level: silent ? 'silent' : config.log.level,
    format: config.log.format,
    write: (text) => sink.write(text),
    isTerminal: sink.isTTY === true,
    env: io.env,
  });
  io.onLog?.(log);
  tellPassedFaults(config.passedFaults, silent ? io.stderr : log);
  return { config, environment: { env: io.env, clock: SYSTEM_CLOCK, log, registerSecret } };
}

/** Composes a Lynceus from these flags for one piece of work that logs nothing, and closes it afterwards. */
export async function withLynceus<Result>(
  flags: Flags,
  {
    io,
    app,
    ...more
  }: Pick<CommandContext, 'io' | 'app'> &
    Pick<Environment, 'registryLimit'> &
    Partial<Pick<Environment, 'clock'>>,
  work: (lynceus: Lynceus, configured: Configured) => Promise<Result>,
): Promise<Result> {
  const { config, ...configured } = await configure(flags, io, { logging: 'silent', once: true });
  const environment = { ...configured.environment, ...more };
  const lynceus = await app.compose(config, environment);
  try {
    return await work(lynceus, { config, environment });
  } finally {
    await lynceus.close();
  }
}

async function readText(file: FileToRead | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : await readSmallText(file.path);
}
