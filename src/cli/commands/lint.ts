import type { Command } from 'commander';
import type { LintResult } from '../../app/compose.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import type { LintOutput } from '../render/json-contract.ts';
import { imageToJson, problemToJson } from '../render/plan-json.ts';
import { renderProblems, renderWarnings } from '../render/plan-text.ts';
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
    .description('check manifests of Applications and ImageUpdaters, offline')
    .argument('<path...>', 'files, folders and globs that hold manifests')
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
  const result = await withLynceus({ ...flags, applications: paths, strict: true }, context, (lynceus) =>
    lynceus.lint(io.signal),
  );
  const style = styleFor(io.stdout, io.env);
  line(io.stdout, output === 'json' ? toJson(result) : toText(result, style, widthOf(io.stdout)));
  return result.problems.length > 0 ? EXIT_FAILED : EXIT_OK;
}

function toJson({
  applications,
  images,
  problems,
  updaters = 0,
  leftOut = 0,
  warnings = [],
}: LintResult): string {
  const output: LintOutput = {
    applications,
    images,
    problems: problems.map(problemToJson),
    updaters,
    leftOut,
    warnings: warnings.map(({ code, message, ...image }) => ({ ...imageToJson(image), code, message })),
  };
  return JSON.stringify(output, null, 2);
}

function toText(
  { applications, images, problems, updaters = 0, leftOut = 0, warnings = [] }: LintResult,
  style: Style,
  width: number,
): string {
  const what = `${count(images, 'image')} in ${count(applications, 'Application')}`;
  const warned = warnings.length === 0 ? [] : [count(warnings.length, 'warning')];
  const found = problems.length === 0 ? 'no problems' : count(problems.length, 'problem');
  const sum = `${what}: ${[found, ...warned].join(', ')}`;
  const parts = [
    renderProblems(problems, style, width),
    renderWarnings(warnings, style, width),
    whoCounts(updaters, leftOut),
  ].filter((part) => part !== '');
  return [...parts, problems.length === 0 ? `${style.good('✓')} ${sum}` : sum].join('\n\n');
}

function whoCounts(updaters: number, leftOut: number): string {
  if (updaters === 0) return '';
  const found = count(updaters, 'ImageUpdater');
  if (leftOut === 0) return found;
  const left = `the annotations of ${count(leftOut, 'Application')} do not count`;
  return `${found}; ${left}, because an ImageUpdater is beside them that does not say useAnnotations`;
}
