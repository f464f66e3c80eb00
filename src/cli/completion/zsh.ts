import type { CompletionCommand, CompletionOption, CompletionTree } from './tree.ts';

/** A completion script for zsh. */
export function zshCompletion({ program, commands }: CompletionTree): string {
  return `#compdef ${program}
# zsh completion for ${program}
# Load it with: source <(${program} completion zsh)
_${program}() {
  local -a commands
  commands=(
${commands.map((command) => `    ${quote(`${command.name}:${command.description}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
# Sourced, it registers itself; found in fpath, it is called.
if [[ "$funcstack[1]" = _${program} ]]; then
  _${program}
else
  compdef _${program} ${program}
fi
`;
}

function commandCase(command: CompletionCommand): string {
  const argument =
    command.argumentChoices.length === 0 ? '*:file:_files' : `1:word:(${command.argumentChoices.join(' ')})`;
  const specs = [...command.options.map(optionSpec), quote(argument)];
  return `    ${command.name})\n      _arguments \\\n        ${specs.join(' \\\n        ')}\n      ;;`;
}

function optionSpec({ long, description, takesValue, choices }: CompletionOption): string {
  const text = description.replace(/[[\]:\\]/g, (character) => `\\${character}`);
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
  return quote(`*${long}[${text}]${takesValue ? value : ''}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
