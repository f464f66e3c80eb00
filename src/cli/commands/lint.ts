import type { Command } from 'commander';
import type { LintResult } from '../../app/compose.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import type { LintOutput } from '../render/json-contract.ts';
import { problemToJson } from '../render/plan-json.ts';
import { renderProblems } from '../render/plan-text.ts';
import { styleFor, type Style } from '../render/style.ts';
import { count } from '../render/text.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

type Output = 'text' | 'json';

const EXAMPLES = `
Examples:
  $ lynceus lint apps/
  $ lynceus lint 'clusters/**/*.yaml' --output json`;

export function addLintCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('lint')
    .description('check the annotations of Application manifests, offline')
    .argument('<path...>', 'files, folders and globs that hold Application manifests')
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], flags: Record<string, unknown> & { output: Output }) =>
      context.finish(await lint(paths, flags, context)),
    );
  addSettingsOptions(command, ['log']);
}

async function lint(
  paths: readonly string[],
  { output, ...flags }: Record<string, unknown> & { readonly output: Output },
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const result = await withLynceus({ ...flags, applications: paths }, context, (lynceus) =>
    lynceus.lint(io.signal),
  );
  const style = styleFor(io.stdout, io.env);
  line(io.stdout, output === 'json' ? toJson(result) : toText(result, style, widthOf(io.stdout)));
  return result.problems.length > 0 ? EXIT_FAILED : EXIT_OK;
}

function toJson({ applications, images, problems }: LintResult): string {
  const output: LintOutput = { applications, images, problems: problems.map(problemToJson) };
  return JSON.stringify(output, null, 2);
}

function toText({ applications, images, problems }: LintResult, style: Style, width: number): string {
  const what = `${count(images, 'image')} in ${count(applications, 'Application')}`;
  if (problems.length === 0) return `${style.good('✓')} ${what}: no problems`;
  return `${renderProblems(problems, style, width)}\n\n${what}: ${count(problems.length, 'problem')}`;
}
