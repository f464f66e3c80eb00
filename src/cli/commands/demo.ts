import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf, type CliIo } from '../io.ts';
import { styleFor } from '../render/style.ts';
import { SYSTEM_CLOCK } from '../clock.ts';

interface DemoFlags {
  readonly keep?: boolean;
  readonly dir?: string;
  readonly fast?: boolean;
}

/** Long enough to read a screen, on a terminal. */
const PAUSE_MS = 500;

const EXAMPLES = `
Examples:
  $ lynceus demo
  $ lynceus demo --keep --dir /tmp/demo    and inspect the folder afterwards`;

export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('show the whole job on this machine; needs only git')
    .option('--keep', 'keep the folder with the Git remote and the Applications')
    .option('--dir <folder>', 'an empty folder to use instead of a temporary one')
    .option('--fast', 'do not pause for reading')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DemoFlags) => context.finish(await demo(flags, context)));
}

async function demo(
  { keep = false, dir, fast = false }: DemoFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const { createWorld, playDemo } = await import('../../demo/index.ts');
  const text = await import('../render/demo.ts');
  const style = styleFor(io.stdout, io.env);
  const pause = async (): Promise<void> => {
    if (!fast && io.stdout.isTTY === true) await SYSTEM_CLOCK.sleep(PAUSE_MS, io.signal);
  };
  const world = await createWorld({ directory: dir, env: io.env, clock: SYSTEM_CLOCK });
  try {
    line(io.stdout, text.demoIntroduction(world, style, widthOf(io.stdout)));
    const narrator = text.createNarrator(io.stdout, style, pause);
    const totals = await withLynceus(
      { config: world.configFile },
      { ...context, io: { ...io, env: plainEnvironment(io) }, clock: world.clock },
      (lynceus) => playDemo({ world, lynceus, narrator }, io.signal),
    );
    line(io.stdout, text.demoConclusion(totals, io, style));
    if (keep) line(io.stdout, text.demoLeftovers(world, io, style));
    return totals.deviations.length === 0 ? EXIT_OK : EXIT_FAILED;
  } finally {
    await world.close({ keep });
  }
}

/** The settings and logins of the person who runs the demo must not affect it. */
function plainEnvironment({ env }: CliIo): CliIo['env'] {
  return { PATH: env['PATH'], TMPDIR: env['TMPDIR'] };
}
