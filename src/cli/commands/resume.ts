import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addPauseOptions, runPause, type PauseFlags } from '../pausing.ts';

const EXAMPLES = `
Examples:
  $ lynceus resume
  $ lynceus resume argocd/shop`;

export function addResumeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('resume')
    .description('let go on what was paused, also rollbacks that paused themselves')
    .argument('[application]', 'name of the Application, or namespace/name; without it everything')
    .addHelpText('after', EXAMPLES)
    .action(async (application: string | undefined, flags: PauseFlags) =>
      context.finish(await runPause({ kind: 'resume', application }, flags, context)),
    );
  addPauseOptions(command);
}
