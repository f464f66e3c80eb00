import { userInfo } from 'node:os';
import { Option, type Command } from 'commander';
import type { WrittenOverride, OverrideRequest, OverrideResult } from '../app/compose.ts';
import type { CommandContext } from './command-context.ts';
import { configure } from './configure.ts';
import { EXIT_FAILED, EXIT_OK, line } from './io.ts';
import { renderDiffs } from './render/diff.ts';
import type { OverrideOutput } from './render/json-contract.ts';
import { styleFor, type Style } from './render/style.ts';
import { printableLine } from './render/text.ts';
import { addSettingsOptions } from './settings-options.ts';

/** What the flags of `hold`, `release` and `set` say. */
export interface OverrideFlags extends Readonly<Record<string, unknown>> {
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly output: 'text' | 'json';
}

/** The options that these three commands share. */
export function addOverrideOptions(command: Command): Command {
  command
    .option('--reason <text>', 'why, in a few words')
    .option('--by <name>', 'who says so; without it the user of this machine')
    .option('--dry-run', 'show the commit, and write nothing')
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    );
  return addSettingsOptions(command, [
    'applications',
    'cluster.kubeconfig',
    'cluster.context',
    'git',
    'registries',
    'log',
  ]);
}

/** Has a person's word written, and prints what became of it. */
export async function runOverride(
  request: Pick<OverrideRequest, 'kind' | 'application' | 'image'> & Partial<OverrideRequest>,
  flags: OverrideFlags,
  { io, doors }: CommandContext,
): Promise<number> {
  const { reason = '', by, dryRun = false, output } = flags;
  const { config, surroundings } = await configure(flags, io, { logging: 'silent', once: true });
  const lynceus = await doors.compose(config, surroundings);
  try {
    const word: OverrideRequest = {
      version: undefined,
      hold: false,
      force: false,
      ...request,
      reason,
      by: by ?? io.env['GIT_AUTHOR_NAME'] ?? io.env['USER'] ?? io.env['LOGNAME'] ?? userOfMachine(),
    };
    const said = await lynceus.override(word, { dryRun }, io.signal);
    const style = styleFor(io.stdout, io.env);
    line(io.stdout, output === 'json' ? toJson(said) : toText(said, { dryRun, style }));
    return said.images.some(({ outcome }) => outcome === 'failed') ? EXIT_FAILED : EXIT_OK;
  } finally {
    await lynceus.close();
  }
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
    images: images.map(({ application, alias, image, from, to, outcome, reason, branch, commit }) => ({
      application: application.name,
      namespace: application.namespace,
      alias,
      image,
      from: from ?? null,
      to: to ?? null,
      outcome,
      reason,
      branch: branch ?? null,
      commit: commit ?? null,
    })),
  };
  return JSON.stringify(output, null, 2);
}

function toText(
  { images, diffs }: WrittenOverride,
  { dryRun, style }: { readonly dryRun: boolean; readonly style: Style },
): string {
  const lines = images.map((image) => printableLine(textOf(image)));
  return dryRun && diffs.length > 0
    ? `${lines.join('\n')}\n\n${renderDiffs(diffs, style)}`
    : lines.join('\n');
}

function textOf({
  application,
  alias,
  image,
  from,
  to,
  outcome,
  reason,
  branch,
  commit,
}: OverrideResult): string {
  const version = from === to ? (from ?? 'no version') : `${from ?? 'nothing'} → ${to ?? 'nothing'}`;
  const where = commit === undefined ? '' : ` in ${commit.slice(0, 7)} on ${branch ?? ''}`;
  const failed = outcome === 'failed' ? 'failed: ' : '';
  return `${application.name} ${alias === '' ? image : alias}  ${version}  ${failed}${reason}${where}`;
}
