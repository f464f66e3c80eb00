import type { Command } from 'commander';
import type { CycleReport } from '../../core/report.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { exitCodeOf } from '../exit-code.ts';
import { line, widthOf } from '../io.ts';
import { createProgressLine } from '../render/progress.ts';
import { renderDiffs, renderPatches } from '../render/diff.ts';
import { planToJson } from '../render/plan-json.ts';
import { applicationText } from '../../core/identity/application.ts';
import { problemsOfNoImage, renderPlan, warningsOf } from '../render/plan-text.ts';
import { styleFor } from '../render/style.ts';
import { hang, printableLine } from '../render/text.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

type Output = 'text' | 'json' | 'diff';

const EXAMPLES = `
Examples:
  $ lynceus plan --applications apps/
  $ lynceus plan --applications apps/ --output diff
  $ lynceus plan --applications apps/ --output json | jq '.changes'`;

export function addPlanCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('plan')
    .description('show what would be written, and why not the rest')
    .addOption(outputOption('text', 'json', 'diff'))
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Record<string, unknown> & { output: Output }) =>
      context.finish(await plan(flags, context)),
    );
  addSettingsOptions(command, [
    'applications',
    'cluster.kubeconfig',
    'cluster.context',
    'cluster.shard',
    'writeBack.method',
    'git',
    'cache',
    'registries',
    'log',
  ]);
}

async function plan(
  flags: Record<string, unknown> & { readonly output: Output },
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const progress = createProgressLine(io.stderr);
  const report = await withLynceus(flags, context, (lynceus) =>
    lynceus.runCycle({ dryRun: true, onProgress: progress.show }, io.signal),
  ).finally(progress.clear);
  print(report, flags.output, context);
  return exitCodeOf(report);
}

function print(report: CycleReport, output: Output, { io }: CommandContext): void {
  const style = styleFor(io.stdout, io.env);
  if (output === 'text') {
    line(io.stdout, renderPlan(report, style, widthOf(io.stdout)));
    return;
  }
  const complain = (text: string): void =>
    line(io.stderr, hang('lynceus: ', printableLine(text), widthOf(io.stderr)));
  for (const failure of report.failures) complain(failure.message);
  if (output === 'json') {
    line(io.stdout, JSON.stringify(planToJson(report), null, 2));
    return;
  }
  for (const text of faultsOf(report)) complain(text);
  if (report.diffs.length === 0) return;
  // A colour or an escape in a file or a pipe would be no patch any more, whatever the environment says of colours.
  if (io.stdout.isTTY === true) line(io.stdout, renderDiffs(report.diffs, style));
  else io.stdout.write(renderPatches(report.diffs));
}

/** What a patch cannot hold: why images are missing in it, and warnings. */
function faultsOf(report: CycleReport): readonly string[] {
  const failures = report.images
    .filter(({ outcome }) => outcome === 'failed')
    .map(
      ({ application, alias, image, reason }) =>
        `${applicationText(application)} ${alias || image}: ${reason}`,
    );
  const others = problemsOfNoImage(report).map(
    ({ application, message }) => `${applicationText(application)} ${message}`,
  );
  const warnings = report.images
    .flatMap(warningsOf)
    .map(
      ({ application, alias, image, message }) =>
        `warning: ${applicationText(application)} ${alias || image}: ${message}`,
    );
  return [...failures, ...others, ...warnings];
}
