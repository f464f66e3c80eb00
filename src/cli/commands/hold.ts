import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addOverrideOptions, runOverride, type OverrideFlags } from '../override.ts';

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
    .action(async (application: string, image: string | undefined, flags: OverrideFlags) =>
      context.finish(await runOverride({ kind: 'hold', application, image }, flags, context)),
    );
  addOverrideOptions(command);
}
