import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addOverrideOptions, runOverride, type OverrideFlags } from '../override.ts';

const EXAMPLES = `
Examples:
  $ lynceus release shop api --applications apps/`;

export function addReleaseCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('release')
    .description('let an image go on that is held, or was rolled back')
    .argument('<application>', 'name of the Application, or namespace/name')
    .argument('[image]', 'its alias or name; without it every image of the Application')
    .addHelpText('after', EXAMPLES)
    .action(async (application: string, image: string | undefined, flags: OverrideFlags) =>
      context.finish(await runOverride({ kind: 'release', application, image }, flags, context)),
    );
  addOverrideOptions(command);
}
