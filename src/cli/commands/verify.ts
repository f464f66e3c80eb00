import type { Command } from 'commander';
import type { TriedCheck } from '../../app/compose.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import type { VerifyOutput } from '../render/json-contract.ts';
import { styleFor, type Style } from '../render/style.ts';
import { hang, printableLine } from '../render/text.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

interface VerifyFlags {
  readonly application: string;
  readonly output: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  $ lynceus verify slo-errors --application shop
  $ lynceus verify ready --application argocd/shop --applications apps/ --output json

Exit code 0 when the measurement is a success, 1 when it is a failure or inconclusive.`;

export function addVerifyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('verify')
    .description('make one measurement of a check, and show what was asked')
    .argument('<check>', 'name of a check of the configuration')
    .requiredOption('--application <name>', 'the Application it is made for: NAME or NAMESPACE/NAME')
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (check: string, flags: VerifyFlags) => context.finish(await verify(check, flags, context)));
  addSettingsOptions(command, [
    'applications.paths',
    'applications.annotations',
    'cluster.kubeconfig',
    'cluster.context',
    'log',
  ]);
}

async function verify(check: string, flags: VerifyFlags, context: CommandContext): Promise<number> {
  const { io } = context;
  const { application } = flags;
  const tried = await withLynceus({ ...flags }, context, (lynceus) =>
    lynceus.tryCheck({ check, application }, io.signal),
  );
  const shape = { style: styleFor(io.stdout, io.env), width: widthOf(io.stdout) };
  line(io.stdout, flags.output === 'json' ? toJson(tried) : toText(tried, shape));
  return tried.measurement.kind === 'success' ? EXIT_OK : EXIT_FAILED;
}

function toJson({ check, application, commit, images, questions, measurement }: TriedCheck): string {
  const output: VerifyOutput = {
    check,
    application: application.name,
    namespace: application.namespace,
    commit: commit === '' ? null : commit,
    images: images.map(({ alias, image, tag }) => ({ alias, image, tag: tag === '' ? null : tag })),
    questions: [...questions],
    result: measurement.kind,
    answered: measurement.kind !== 'inconclusive' || !measurement.isUnasked,
    detail: measurement.detail,
    at: new Date(measurement.at).toISOString(),
  };
  return JSON.stringify(output, null, 2);
}

/** Columns of the longest name, and two of space. */
const NAMES = 13;

function toText(
  { check, application, commit, images, questions, measurement }: TriedCheck,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const asked = questions.length === 0 ? ['nothing'] : questions;
  const rows = [
    ['Check', check],
    ['Application', applicationText(application)],
    ...images.map(({ image, tag }) => ['Image', tag === '' ? image : `${image}:${tag}`]),
    ...(commit === '' ? [] : [['Commit', commit.slice(0, 12)]]),
    ...asked.map((question) => ['Asked', question]),
  ].map(([name = '', value = '']) => [name, printableLine(value)]);
  return [...rows, ['Result', resultText(measurement, style)], ['Because', printableLine(measurement.detail)]]
    .map(([name = '', value = '']) => hang(style.faint(name.padEnd(NAMES)), value, width))
    .join('\n');
}

function resultText(measurement: TriedCheck['measurement'], style: Style): string {
  switch (measurement.kind) {
    case 'success':
      return style.good('success');
    case 'failure':
      return style.bad('failure');
    case 'inconclusive':
      if (!measurement.isUnasked) return style.notice('inconclusive');
      return style.notice(measurement.isPending === true ? 'no answer yet' : 'no answer');
  }
}
