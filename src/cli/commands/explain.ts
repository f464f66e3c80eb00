import type { Command } from 'commander';
import { SHOWN_TAGS } from '../../core/status/explain-result.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import { renderExplanation } from '../render/explanation.ts';
import { styleFor } from '../render/style.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

interface ExplainFlags {
  readonly all?: true;
  readonly output: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  $ lynceus explain shop api
  $ lynceus explain argocd/shop ghcr.io/acme/api --all
  $ lynceus explain shop api --output json | jq '.tags[] | select(.code == "ignored") | .tag'`;

export function addExplainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('explain')
    .description('show what became of every tag of an image, and what would give another answer')
    .argument('<application>', 'name of the Application, or namespace/name')
    .argument('<image>', 'its alias or name')
    .option('--all', `show all tags, not only the ${SHOWN_TAGS} newest`)
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (application: string, image: string, flags: ExplainFlags) =>
      context.finish(await explain({ application, image }, flags, context)),
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

async function explain(
  target: { readonly application: string; readonly image: string },
  { all, output, ...flags }: ExplainFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const request = { ...target, most: all === true ? Number.POSITIVE_INFINITY : SHOWN_TAGS };
  const explanation = await withLynceus(flags, context, (lynceus) =>
    lynceus.explainImage(request, io.signal),
  );
  const text =
    output === 'json'
      ? JSON.stringify(explanation, null, 2)
      : renderExplanation(explanation, styleFor(io.stdout, io.env), widthOf(io.stdout));
  line(io.stdout, text);
  return explanation.outcome === 'failed' ? EXIT_FAILED : EXIT_OK;
}
