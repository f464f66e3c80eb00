import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addOverrideOptions, printOverride, withRequester, type OverrideFlags } from '../override.ts';
import { withLynceus } from '../configure.ts';

interface PromoteFlags extends OverrideFlags {
  readonly force?: boolean;
}

type Arguments = readonly [
  application: string,
  image: string | undefined,
  version: string | undefined,
  flags: PromoteFlags,
];

const EXAMPLES = `
Examples:
  $ lynceus promote shop-prod
  $ lynceus promote shop-prod api 1.4.2 --reason 'release 42' --dry-run`;

export function addPromoteCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('promote')
    .description('write a version of an upstream Application now: see pipeline')
    .argument('<application>', 'name of the Application, or namespace/name')
    .argument('[image]', 'its alias or name; without it every image that is promoted')
    .argument('[version]', 'tag, or tag@digest; without it the newest that may be promoted')
    .option('--force', 'promote it although it is not good enough there yet')
    .addHelpText('after', EXAMPLES)
    .action(async (...[application, image, version, flags]: Arguments) => {
      const { force = false, dryRun = false, output, ...rest } = flags;
      const request = withRequester({ application, image, version, force }, rest, context);
      const written = await withLynceus(rest, context, (lynceus) =>
        lynceus.promote(request, { dryRun }, context.io.signal),
      );
      context.finish(printOverride(written, { dryRun, output }, context));
    });
  addOverrideOptions(command);
}
