/** Switches that Argo CD Image Updater takes with a value (`--dry-run=false`), as Go programs do. */
const SWITCHES: ReadonlySet<string> = new Set(['--once', '--dry-run', '--strict']);
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The same arguments with `--x=true` as `--x` and without `--x=false`. Other values are left for the parser to refuse. */
export function plainSwitches(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return argv.flatMap((argument, index) => {
    if (end !== -1 && index > end) return [argument];
    const [name = '', value] = argument.split('=', 2);
    if (value === undefined || !SWITCHES.has(name)) return [argument];
    if (TRUE.has(value)) return [name];
    return FALSE.has(value) ? [] : [argument];
  });
}

/**
 * The same arguments with the name of the command first, as the parser wants it. Manifests of Argo CD Image Updater 1.x have
 * `--metrics-bind-address=:8443 run`.
 */
export function commandFirst(argv: readonly string[], commands: readonly string[]): readonly string[] {
  const [first = ''] = argv;
  if (!first.startsWith('--') || ['--', '--help', '--version'].includes(first)) return argv;
  const at = argv.findIndex((argument) => commands.includes(argument));
  const name = argv[at];
  return name === undefined ? argv : [name, ...argv.slice(0, at), ...argv.slice(at + 1)];
}
