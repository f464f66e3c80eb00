import { Option, type Command } from 'commander';

/** What a shell needs to know of the program, taken from the parser's own tree so that it cannot go stale. */
export interface CompletionTree {
  readonly program: string;
  readonly commands: readonly CompletionCommand[];
}

export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
  /** The values that its argument can have; empty when the argument is a path or there is none. */
  readonly argumentChoices: readonly string[];
}

export interface CompletionOption {
  /** `--output`. */
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Values to complete with; without any, the value is completed as a file. */
  readonly choices: readonly string[];
}

/** An option whose values are completed from a list, but not checked by the parser, and not listed in its help. */
export class SuggestingOption extends Option {
  readonly values: readonly string[];

  constructor(flags: string, description: string, values: readonly string[]) {
    super(flags, description);
    this.values = values;
  }
}

export function readTree(program: Command): CompletionTree {
  return {
    program: program.name(),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: [
        ...command.options
          .filter(({ hidden }) => !hidden)
          .map((option) => ({
            long: option.long ?? option.flags,
            description: option.description,
            takesValue: option.required || option.optional,
            choices: option instanceof SuggestingOption ? option.values : (option.argChoices ?? []),
          })),
        { long: '--help', description: 'display help for command', takesValue: false, choices: [] },
      ],
      argumentChoices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    })),
  };
}
