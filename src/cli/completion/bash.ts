import type { CompletionCommand, CompletionTree } from './tree.ts';

/** A completion script for bash 3.2 and later; it calls nothing but builtins. */
export function bashCompletion({ program, commands }: CompletionTree): string {
  const names = commands.map((command) => command.name).join(' ');
  return `# bash completion for ${program}
# Load it with: source <(${program} completion bash)
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" options="" values="" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}:$previous" in
${commands.flatMap(valueRows).join('\n')}
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(optionRow).join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(if [ -n "$words" ]; then compgen -W "$words" -- "$current"; else compgen -f -- "$current"; fi)) ;;
  esac
}
complete -o filenames -F _${program} ${program}
`;
}

function valueRows(command: CompletionCommand): readonly string[] {
  return command.options
    .filter((option) => option.choices.length > 0)
    .map((option) => `    ${command.name}:${option.long}) values="${option.choices.join(' ')}" ;;`);
}

function optionRow(command: CompletionCommand): string {
  const words = command.argumentChoices.length === 0 ? '' : ` words="${command.argumentChoices.join(' ')}"`;
  return `    ${command.name}) options="${command.options.map((option) => option.long).join(' ')}"${words} ;;`;
}
