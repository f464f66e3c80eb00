import type { Command } from 'commander';
import type { Lynceus } from '../../app/compose.ts';
import type { Daemon } from '../../app/daemon.ts';
import { quoted } from '../../core/quoted.ts';
import type { DemoWorld } from '../../demo/world.ts';
import { LynceusError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus, type Configured } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf, type CliIo } from '../io.ts';
import { runUntilStopped } from '../run-until-stopped.ts';
import { styleFor } from '../render/style.ts';
import { SYSTEM_CLOCK } from '../clock.ts';

interface DemoFlags {
  readonly keep?: boolean;
  readonly dir?: string;
  readonly fast?: boolean;
  /** `true`: at a free port. */
  readonly page?: true | string;
}

/** Long enough to read a screen, on a terminal. */
const PAUSE_MS = 500;

const EXAMPLES = `
Examples:
  $ lynceus demo
  $ lynceus demo --keep --dir /tmp/demo    and inspect the folder afterwards
  $ lynceus demo --fast --keep --page      and look at the status page until Ctrl-C`;

export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('show the whole job on this machine; needs only git')
    .option('--keep', 'keep the folder with the Git remote and the Applications')
    .option(
      '--page [port]',
      'go on until Ctrl-C and serve the status page on this machine, at a free port or this one; then only a folder of --dir is kept',
    )
    .option('--dir <folder>', 'an empty folder to use instead of a temporary one')
    .option('--fast', 'do not pause for reading')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DemoFlags) => context.finish(await demo(flags, context)));
}

async function demo(flags: DemoFlags, context: CommandContext): Promise<number> {
  const { io } = context;
  const { dir, page, fast = false } = flags;
  const { createWorld, findDemoPort, playDemo } = await import('../../demo/index.ts');
  const text = await import('../render/demo.ts');
  const style = styleFor(io.stdout, io.env);
  const pause = async (): Promise<void> => {
    if (!fast && io.stdout.isTTY === true) await SYSTEM_CLOCK.sleep(PAUSE_MS, io.signal);
  };
  const pagePort = page === true ? await findDemoPort() : page === undefined ? undefined : portOf(page);
  const keep = flags.keep === true && (pagePort === undefined || dir !== undefined);
  const world = await createWorld({ directory: dir, env: io.env, clock: SYSTEM_CLOCK, pagePort });
  try {
    line(io.stdout, text.demoIntroduction(world, style, widthOf(io.stdout)));
    const narrator = text.createNarrator(io.stdout, style, pause);
    const { deviations } = await withLynceus(
      { config: world.configFile },
      { ...context, io: { ...io, env: plainEnvironment(io) }, clock: world.clock },
      async (lynceus, configured) => {
        const totals = await playDemo({ world, lynceus, narrator }, io.signal);
        line(io.stdout, text.demoConclusion(totals, io, style));
        if (pagePort !== undefined) await showPage({ world, lynceus, configured, port: pagePort }, context);
        return totals;
      },
    );
    if (keep) line(io.stdout, text.demoLeftovers(world, io, style));
    return deviations.length === 0 ? EXIT_OK : EXIT_FAILED;
  } finally {
    await world.close({ keep });
  }
}

/** Throws `usage-invalid` for what is no port. */
function portOf(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new LynceusError(
    'usage-invalid',
    `expected --page to have a port from 1 to 65535, found ${quoted(value)}`,
  );
}

interface ShownWorld {
  readonly world: DemoWorld;
  readonly lynceus: Lynceus;
  readonly configured: Configured;
  readonly port: number;
}

/** Runs as a daemon does, with the page, until the signal aborts. */
async function showPage(
  { world, lynceus, configured: { config, environment }, port }: ShownWorld,
  { io, app }: CommandContext,
): Promise<void> {
  const { keepArriving, prepareScenes } = await import('../../demo/index.ts');
  const { demoPage } = await import('../render/demo.ts');
  await prepareScenes(world);
  const ended = new AbortController();
  const arriving = keepArriving(world, SYSTEM_CLOCK, AbortSignal.any([io.signal, ended.signal]));
  try {
    const start = async (): Promise<Daemon> => {
      const daemon = await app.startDaemon(lynceus, config, environment);
      line(io.stdout, demoPage(port, styleFor(io.stdout, io.env)));
      return daemon;
    };
    await runUntilStopped(start, io.signal, environment.log);
  } finally {
    ended.abort();
    await arriving;
  }
}

/** The settings and logins of the person who runs the demo must not affect it. */
function plainEnvironment({ env }: CliIo): CliIo['env'] {
  return { PATH: env['PATH'], TMPDIR: env['TMPDIR'] };
}
