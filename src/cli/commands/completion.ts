import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { readTree, type CompletionTree } from '../completion/tree.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT_OK } from '../io.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Record<
  string,
  (tree: CompletionTree) => string
>;

const EXAMPLES = `
Examples:
  $ source <(lynceus completion bash)
  $ lynceus completion zsh > "\${fpath[1]}/_lynceus"
  $ lynceus completion fish > ~/.config/fish/completions/lynceus.fish`;

export function addCompletionCommand(program: Command, { io, finish }: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: keyof typeof SHELLS) => {
      io.stdout.write(SHELLS[shell](readTree(program)));
      finish(EXIT_OK);
    });
}
