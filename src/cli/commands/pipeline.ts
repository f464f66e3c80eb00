import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import { pipelineToJson, renderPipeline } from '../render/pipeline.ts';
import { styleFor } from '../render/style.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

type Output = 'text' | 'json';

const EXAMPLES = `
Examples:
  $ lynceus pipeline
  $ lynceus pipeline shop-prod --output json | jq '.images[] | select(.outcome == "held")'`;

export function addPipelineCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('pipeline')
    .description('show which versions are promoted from where, and what each waits for')
    .argument('[application]', 'name of the Application, or namespace/name; without it all that are promoted')
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (application: string | undefined, flags: Record<string, unknown> & { output: Output }) =>
      context.finish(await pipeline(application, flags, context)),
    );
  addSettingsOptions(command, [
    'applications',
    'cluster.kubeconfig',
    'cluster.context',
    'writeBack.method',
    'git',
    'cache',
    'registries',
    'log',
  ]);
}

async function pipeline(
  application: string | undefined,
  { output, ...flags }: Record<string, unknown> & { readonly output: Output },
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const found = await withLynceus(flags, context, (lynceus) => lynceus.pipeline(application, io.signal));
  const text =
    output === 'json'
      ? JSON.stringify(pipelineToJson(found), null, 2)
      : renderPipeline(found, styleFor(io.stdout, io.env), widthOf(io.stdout));
  line(io.stdout, text);
  const isFaulty =
    found.problems.length + found.failures.length > 0 ||
    found.images.some(({ inForce, result }) => inForce instanceof Error || result?.outcome === 'failed');
  return isFaulty ? EXIT_FAILED : EXIT_OK;
}
