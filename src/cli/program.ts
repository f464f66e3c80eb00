import { Command, type OutputConfiguration } from 'commander';
import { readBuildInfo, shortBuild } from './build-info.ts';
import { LAZY_APP, type CommandContext, type App } from './command-context.ts';
import { EXIT_OK, type CliIo } from './io.ts';
import { styleFor } from './render/style.ts';
import { commandFirst, plainSwitches } from './switches.ts';

/** Runs one command line and returns its exit code. Never throws, never ends the process. */
export async function runCli(io: CliIo, app: App = LAZY_APP): Promise<number> {
  let exitCode = EXIT_OK;
  const context: CommandContext = { io, app, finish: (code) => (exitCode = code) };
  try {
    const argv = commandFirst(plainSwitches(io.argv), Object.keys(COMMANDS));
    const program = await buildProgram(context, argv[0]);
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return (await import('./print-failure.ts')).printFailure(thrown, io);
  }
}

/**
 * The tree of commands, or of it just the one that is asked for: loading all takes longer than many of them run. Nothing
 * that a command needs for its work is loaded by building it.
 */
export async function buildProgram(context: CommandContext, asked = ''): Promise<Command> {
  const program = new Command('lynceus')
    .description('Keeps the image versions of Argo CD Applications up to date in Git.')
    .version(shortBuild(readBuildInfo()), '--version', 'print the version')
    .exitOverride()
    .configureOutput(outputOf(context.io))
    .configureHelp({ styleTitle: (title) => styleFor(context.io.stdout, context.io.env).strong(title) })
    .addHelpText('after', EXAMPLES);
  for (const load of commandsFor(asked)) (await load())(program, context);
  return program;
}

/** All for help, for completion, and for a name that there is not: it may be like another. */
function commandsFor(asked: string): readonly (() => Promise<AddCommand>)[] {
  const one = Object.hasOwn(COMMANDS, asked) && asked !== 'completion' ? COMMANDS[asked] : undefined;
  return one === undefined ? Object.values(COMMANDS) : [one];
}

type AddCommand = (program: Command, context: CommandContext) => void;

const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).addRunCommand,
  webhook: async () => (await import('./commands/webhook.ts')).addWebhookCommand,
  plan: async () => (await import('./commands/plan.ts')).addPlanCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  explain: async () => (await import('./commands/explain.ts')).addExplainCommand,
  hold: async () => (await import('./commands/hold.ts')).addHoldCommand,
  release: async () => (await import('./commands/release.ts')).addReleaseCommand,
  set: async () => (await import('./commands/set.ts')).addSetCommand,
  pipeline: async () => (await import('./commands/pipeline.ts')).addPipelineCommand,
  promote: async () => (await import('./commands/promote.ts')).addPromoteCommand,
  pause: async () => (await import('./commands/pause.ts')).addPauseCommand,
  resume: async () => (await import('./commands/resume.ts')).addResumeCommand,
  test: async () => (await import('./commands/test.ts')).addTestCommand,
  verify: async () => (await import('./commands/verify.ts')).addVerifyCommand,
  notify: async () => (await import('./commands/notify.ts')).addNotifyCommand,
  lint: async () => (await import('./commands/lint.ts')).addLintCommand,
  convert: async () => (await import('./commands/convert.ts')).addConvertCommand,
  permissions: async () => (await import('./commands/permissions.ts')).addPermissionsCommand,
  template: async () => (await import('./commands/template.ts')).addTemplateCommand,
  demo: async () => (await import('./commands/demo.ts')).addDemoCommand,
  version: async () => (await import('./commands/version.ts')).addVersionCommand,
  completion: async () => (await import('./commands/completion.ts')).addCompletionCommand,
};

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
