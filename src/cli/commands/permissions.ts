import type { Command } from 'commander';
import type { NeededRules } from '../../app/compose.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import type { PermissionsOutput } from '../render/json-contract.ts';
import { problemToJson } from '../render/plan-json.ts';
import { renderRules } from '../render/rules.ts';
import { applicationText } from '../../core/identity/application.ts';
import { hang, printableLine } from '../render/text.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

type Output = 'text' | 'json';

const EXAMPLES = `
Examples:
  $ lynceus permissions --applications apps/
  $ lynceus permissions >> lynceus.yaml`;

export function addPermissionsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('permissions')
    .description("print the rules that today's Applications need, to paste")
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Record<string, unknown> & { output: Output }) =>
      context.finish(await permissions(flags, context)),
    );
  addSettingsOptions(command, [
    'applications',
    'cluster.kubeconfig',
    'cluster.context',
    'git',
    'registries',
    'log',
  ]);
}

async function permissions(
  { output, ...flags }: Record<string, unknown> & { readonly output: Output },
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const needed = await withLynceus(flags, context, (lynceus) => lynceus.permissions(io.signal));
  line(io.stdout, output === 'json' ? toJson(needed) : renderRules(needed));
  const complain = (text: string): void =>
    line(io.stderr, hang('lynceus: ', printableLine(text), widthOf(io.stderr)));
  if (output === 'text') {
    for (const { application, message } of needed.problems)
      complain(`${applicationText(application)} ${message}`);
    for (const { application, alias, error } of needed.unread)
      complain(`${applicationText(application)} ${alias}: could not be looked at: ${error.line}`);
  }
  return needed.unread.length + needed.problems.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function toJson({ rules, applications, images, unread, problems }: NeededRules): string {
  const output: PermissionsOutput = {
    applications,
    images,
    rules: rules.map((rule) =>
      Object.fromEntries(Object.entries(rule).map(([key, list]) => [key, [...list]])),
    ),
    unread: unread.map(({ application: { namespace, name }, alias, error }) => ({
      application: name,
      namespace,
      alias,
      code: error.code,
      message: error.line,
    })),
    problems: problems.map(problemToJson),
  };
  return JSON.stringify(output, null, 2);
}
