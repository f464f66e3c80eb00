import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addWordOptions, say, type WordFlags } from '../say.ts';

const EXAMPLES = `
Examples:
  $ lynceus hold shop api --reason 'until the audit' --applications apps/
  $ lynceus hold shop --applications apps/ --dry-run`;

export function addHoldCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('hold')
    .description('keep the version of an image: write a comment beside it')
    .argument('<application>', 'name of the Application, or namespace/name')
    .argument('[image]', 'its alias or name; without it every image of the Application')
    .addHelpText('after', EXAMPLES)
    .action(async (application: string, image: string | undefined, flags: WordFlags) =>
      context.finish(await say({ kind: 'hold', application, image }, flags, context)),
    );
  addWordOptions(command);
}
