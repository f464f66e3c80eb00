import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addOverrideOptions, runOverride, type OverrideFlags } from '../override.ts';

interface SetFlags extends OverrideFlags {
  readonly hold?: boolean;
  readonly force?: boolean;
}

const EXAMPLES = `
Examples:
  $ lynceus set shop api 1.4.1 --reason 'checkout fails' --applications apps/
  $ lynceus set shop api 1.4.1 --hold --applications apps/`;

export function addSetCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('set')
    .description('write a version of an image now, also an older one')
    .argument('<application>', 'name of the Application, or namespace/name')
    .argument('<image>', 'its alias or name')
    .argument('<version>', 'tag, or tag@digest')
    .option('--hold', 'keep it there')
    .option('--force', 'write it even if the registry does not list it')
    .addHelpText('after', EXAMPLES)
    .action(async (...[application, image, version, flags]: [string, string, string, SetFlags]) => {
      const { hold = false, force = false, ...rest } = flags;
      const request = { kind: 'set', application, image, version, hold, force } as const;
      context.finish(await runOverride(request, rest as OverrideFlags, context));
    });
  addOverrideOptions(command);
}
