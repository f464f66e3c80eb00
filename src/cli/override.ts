import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { WrittenOverride, OverrideRequest, OverrideResult } from '../app/compose.ts';
import type { CommandContext } from './command-context.ts';
import { withLynceus } from './configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from './io.ts';
import { renderDiffs } from './render/diff.ts';
import type { OverrideOutput } from './render/json-contract.ts';
import { imageToJson } from './render/plan-json.ts';
import { styleFor, type Style } from './render/style.ts';
import { printableLine, wrap } from './render/text.ts';
import { addSettingsOptions, outputOption } from './settings-options.ts';

/** The shared flags of `hold`, `release` and `set`. */
export interface OverrideFlags extends Readonly<Record<string, unknown>> {
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly output: 'text' | 'json';
}

/** Adds the options of those flags. */
export function addOverrideOptions(command: Command): Command {
  command
    .option('--reason <text>', 'why, in short')
    .option('--by <name>', 'who decided it; without it the user of this machine')
    .option('--dry-run', 'show the commit, and write nothing')
    .addOption(outputOption('text', 'json'));
  return addSettingsOptions(command, [
    'applications',
    'cluster.kubeconfig',
    'cluster.context',
    'git',
    'registries',
    'log',
  ]);
}

/** Writes the override to Git and prints the result. */
export async function runOverride(
  request: Pick<OverrideRequest, 'kind' | 'application' | 'image'> & Partial<OverrideRequest>,
  flags: OverrideFlags,
  context: CommandContext,
): Promise<number> {
  const { dryRun = false, output } = flags;
  const override: OverrideRequest = withRequester(
    { version: undefined, hold: false, force: false, ...request },
    flags,
    context,
  );
  const written = await withLynceus(flags, context, (lynceus) =>
    lynceus.override(override, { dryRun }, context.io.signal),
  );
  return printOverride(written, { dryRun, output }, context);
}

/** The request, who makes it, and why. */
export function withRequester<Request>(
  request: Request,
  { reason = '', by }: Pick<OverrideFlags, 'reason' | 'by'>,
  { io: { env } }: CommandContext,
): Request & Pick<OverrideRequest, 'reason' | 'by'> {
  return {
    ...request,
    reason,
    by: by ?? env['GIT_AUTHOR_NAME'] ?? env['USER'] ?? env['LOGNAME'] ?? userOfMachine(),
  };
}

/** Prints what was written, or would be, and gives the exit code. */
export function printOverride(
  written: WrittenOverride,
  { dryRun, output }: { readonly dryRun: boolean; readonly output: 'text' | 'json' },
  { io }: CommandContext,
): number {
  const style = styleFor(io.stdout, io.env);
  const width = widthOf(io.stdout);
  line(io.stdout, output === 'json' ? toJson(written) : toText(written, { dryRun, style, width }));
  return written.images.some(({ outcome }) => outcome === 'failed') ? EXIT_FAILED : EXIT_OK;
}

/** A container may run as a number that has no name. */
function userOfMachine(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

function toJson({ images }: WrittenOverride): string {
  const output: OverrideOutput = {
    images: images.map((result) => ({
      ...imageToJson(result),
      from: result.from ?? null,
      to: result.to ?? null,
      outcome: result.outcome,
      code: result.code ?? null,
      reason: [result.reason, ...result.stillHeldBy].join('; but '),
      branch: result.branch ?? null,
      commit: result.commit ?? null,
    })),
  };
  return JSON.stringify(output, null, 2);
}

function toText(
  { images, diffs }: WrittenOverride,
  { dryRun, style, width }: { readonly dryRun: boolean; readonly style: Style; readonly width: number },
): string {
  const lines = images.map((image) => wrap(printableLine(textOf(image)), width));
  return dryRun && diffs.length > 0
    ? `${lines.join('\n')}\n\n${renderDiffs(diffs, style)}`
    : lines.join('\n');
}

function textOf(result: OverrideResult): string {
  const { application, alias, image, from, to, outcome, reason, branch, commit } = result;
  const version = from === to ? (from ?? 'no version') : `${from ?? 'nothing'} → ${to ?? 'nothing'}`;
  const where = commit === undefined ? '' : ` in ${commit.slice(0, 7)} on ${branch ?? ''}`;
  const failed = outcome === 'failed' ? 'failed: ' : '';
  const still = result.stillHeldBy.map((holder) => `; but ${holder}`).join('');
  return `${application.name} ${alias === '' ? image : alias}  ${version}  ${failed}${reason}${where}${still}`;
}
