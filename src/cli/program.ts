import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { asLynceusError, type ErrorCode, type LynceusError } from '../errors.ts';
import { readBuildInfo, shortBuild } from './build-info.ts';
import { LAZY_APP, type CommandContext, type App } from './command-context.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addHoldCommand } from './commands/hold.ts';
import { addLintCommand } from './commands/lint.ts';
import { addPermissionsCommand } from './commands/permissions.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addReleaseCommand } from './commands/release.ts';
import { addRunCommand } from './commands/run.ts';
import { addSetCommand } from './commands/set.ts';
import { addTemplateCommand } from './commands/template.ts';
import { addTestCommand } from './commands/test.ts';
import { addVersionCommand } from './commands/version.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, Interruption, line, widthOf, type CliIo } from './io.ts';
import { styleFor } from './render/style.ts';
import { hang, printable, printableLine } from './render/text.ts';
import { commandFirst, plainSwitches } from './switches.ts';

/** Runs one command line and returns its exit code. Never throws, never ends the process. */
export async function runCli(io: CliIo, app: App = LAZY_APP): Promise<number> {
  let exitCode = EXIT_OK;
  const context: CommandContext = { io, app, finish: (code) => (exitCode = code) };
  try {
    const program = buildProgram(context);
    const names = program.commands.map((command) => command.name());
    await program.parseAsync(plainSwitches(commandFirst(io.argv, names)), { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return printFailure(thrown, io);
  }
}

/** The tree of commands. Nothing heavy is loaded by building it. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('lynceus')
    .description('Keeps the image versions of Argo CD Applications up to date in Git.')
    .version(shortBuild(readBuildInfo()), '--version', 'print the version')
    .exitOverride()
    .configureOutput(outputOf(context.io))
    .configureHelp({ styleTitle: (title) => styleFor(context.io.stdout, context.io.env).strong(title) })
    .addHelpText('after', EXAMPLES);
  for (const add of COMMANDS) add(program, context);
  return program;
}

const COMMANDS: readonly ((program: Command, context: CommandContext) => void)[] = [
  addRunCommand,
  addPlanCommand,
  addHoldCommand,
  addReleaseCommand,
  addSetCommand,
  addTestCommand,
  addLintCommand,
  addPermissionsCommand,
  addTemplateCommand,
  addDemoCommand,
  addVersionCommand,
  addCompletionCommand,
];

const EXAMPLES = `
Examples:
  $ lynceus demo                                     see the whole job done, on this machine alone
  $ lynceus plan --applications apps/                what would change, and why not the rest
  $ lynceus run --applications apps/ --interval 2m   do it, every two minutes

Exit codes: 0 all well; 1 it ran and something failed; 2 the command or its configuration is wrong.`;

function outputOf(io: CliIo): OutputConfiguration {
  return {
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    // Errors are thrown as well, and printed once, by printFailure.
    outputError: () => undefined,
    getOutHelpWidth: () => io.stdout.columns ?? 100,
    getErrHelpWidth: () => io.stderr.columns ?? 100,
    getOutHasColors: () => true,
    getErrHasColors: () => false,
  };
}

function printFailure(thrown: unknown, io: CliIo): number {
  if (thrown instanceof CommanderError) return printUsageError(thrown, io);
  if (io.signal.aborted && io.signal.reason instanceof Interruption) {
    // Nobody reads the output of a closed pipe.
    if (io.signal.reason.signal !== 'SIGPIPE') line(io.stderr, `lynceus: ${io.signal.reason.message}`);
    return io.signal.reason.exitCode;
  }
  const error = asLynceusError(thrown);
  for (const each of printable(error.message).split('\n')) complain(io, each);
  if (error.trail !== undefined) complain(io, `login: ${printableLine(error.trail)}`);
  if (error.hint !== undefined) complain(io, printableLine(error.hint));
  return isUsage(error) ? EXIT_USAGE : EXIT_FAILED;
}

function complain({ stderr }: CliIo, text: string): void {
  line(stderr, hang('lynceus: ', text, widthOf(stderr)));
}

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'usage-invalid',
  'config-invalid',
  'reference-invalid',
  'constraint-invalid',
  'pattern-invalid',
  'template-invalid',
  'applications-unreadable',
  'signing-failed',
]);

/** Whether the command line or the configuration is at fault, as opposed to something outside. */
function isUsage(error: LynceusError): boolean {
  return USAGE_CODES.has(error.code);
}

function printUsageError(error: CommanderError, io: CliIo): number {
  if (error.exitCode === 0) return EXIT_OK;
  if (error.code === 'commander.help') return EXIT_USAGE;
  const message = error.message.replace(/^error: /, '');
  complain(
    io,
    printable(message)
      .replace(/\n\(Did/, ' (did')
      .replace('Did you mean', 'did you mean'),
  );
  complain(io, 'try --help');
  return EXIT_USAGE;
}
