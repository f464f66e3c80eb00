import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addWordOptions, say, type WordFlags } from '../say.ts';

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
    .action(async (application: string, image: string | undefined, flags: WordFlags) =>
      context.finish(await say({ kind: 'release', application, image }, flags, context)),
    );
  addWordOptions(command);
}
