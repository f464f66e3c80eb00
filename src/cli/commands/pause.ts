import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addPauseOptions, runPause, type PauseFlags } from '../pausing.ts';

const EXAMPLES = `
Examples:
  $ lynceus pause --reason 'the outage of 4 May'
  $ lynceus pause argocd/shop`;

export function addPauseCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('pause')
    .description('stop everything automatic, for all Applications or for one')
    .argument('[application]', 'name of the Application, or namespace/name; without it everything')
    .option('--reason <text>', 'why, in short')
    .option('--by <name>', 'who decided it; without it the user of this machine')
    .addHelpText('after', EXAMPLES)
    .action(async (application: string | undefined, flags: PauseFlags) =>
      context.finish(await runPause({ kind: 'pause', application }, flags, context)),
    );
  addPauseOptions(command);
}
