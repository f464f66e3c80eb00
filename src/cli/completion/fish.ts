import type { CompletionCommand, CompletionOption, CompletionTree } from './tree.ts';

/** A completion script for fish. */
export function fishCompletion({ program, commands }: CompletionTree): string {
  const rows = commands.flatMap((command) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.description)}`,
    ...command.options.map((option) => optionRow(program, command, option)),
    ...(command.argumentChoices.length === 0
      ? []
      : [
          `complete -c ${program} -n ${conditionOf(command)} -f -a ${quote(command.argumentChoices.join(' '))}`,
        ]),
  ]);
  return [
    `# fish completion for ${program}`,
    `# Load it with: ${program} completion fish | source`,
    ...rows,
    '',
  ].join('\n');
}

function optionRow(program: string, command: CompletionCommand, option: CompletionOption): string {
  const { long, description, takesValue, choices } = option;
  const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : '';
  return `complete -c ${program} -n ${conditionOf(command)} -l ${long.replace(/^--/, '')}${value} -d ${quote(description)}`;
}

function conditionOf(command: CompletionCommand): string {
  return quote(`__fish_seen_subcommand_from ${command.name}`);
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
