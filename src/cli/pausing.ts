import type { Command } from 'commander';
import type { PauseRequest, PauseResult } from '../app/compose.ts';
import { formatInstant, isInstant } from '../core/instant.ts';
import type { CommonPause } from '../core/overrides/pause.ts';
import type { CommandContext } from './command-context.ts';
import { withLynceus } from './configure.ts';
import { EXIT_OK, line, widthOf } from './io.ts';
import { personAt } from './override.ts';
import type { PauseOutput } from './render/json-contract.ts';
import { printableLine, wrap } from './render/text.ts';
import { addSettingsOptions, outputOption } from './settings-options.ts';

/** The flags of `pause`, and of `resume` without the first two. */
export interface PauseFlags extends Readonly<Record<string, unknown>> {
  readonly reason?: string;
  readonly by?: string;
  readonly namespace?: string;
  readonly output: 'text' | 'json';
}

/** Adds the options that `pause` and `resume` share. */
export function addPauseOptions(command: Command): Command {
  command
    .option('--namespace <name>', 'where the Lynceus runs that is meant; without it as for a pod of Lynceus')
    .addOption(outputOption('text', 'json'));
  return addSettingsOptions(command, ['applications', 'cluster.kubeconfig', 'cluster.context', 'log']);
}

/** Changes what is paused and prints how it is now. */
export async function runPause(
  { kind, application }: Pick<PauseRequest, 'kind' | 'application'>,
  flags: PauseFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const { reason = '', by = personAt(io), namespace, output, ...settings } = flags;
  const request = { kind, application, reason, by, namespace };
  const result = await withLynceus(settings, context, (lynceus) => lynceus.pause(request, io.signal));
  if (output === 'json') {
    line(io.stdout, toJson(result));
    return EXIT_OK;
  }
  line(io.stdout, wrap(printableLine(result.message), widthOf(io.stdout)));
  for (const note of result.notes)
    line(io.stderr, wrap(`lynceus: ${printableLine(note)}`, widthOf(io.stderr)));
  return EXIT_OK;
}

function toJson({ application, changed, message, notes, pauses }: PauseResult): string {
  const output: PauseOutput = {
    application: application ?? null,
    changed,
    result: message,
    notes: [...notes],
    everything: pauseToJson(pauses.everything),
    rollbacks: pauseToJson(pauses.rollbacks),
  };
  return JSON.stringify(output, null, 2);
}

function pauseToJson(pause: CommonPause | undefined): PauseOutput['everything'] {
  if (pause === undefined) return null;
  const { by, reason, since } = pause;
  return { by, reason, since: since === undefined || !isInstant(since) ? null : formatInstant(since) };
}
