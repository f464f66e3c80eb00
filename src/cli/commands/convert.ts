import { Option, type Command } from 'commander';
import type { ConversionRequest, ConversionResult } from '../../app/compose.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { CommandContext } from '../command-context.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf } from '../io.ts';
import { renderDiff } from '../render/diff.ts';
import type { ConvertOutput } from '../render/json-contract.ts';
import { problemToJson } from '../render/plan-json.ts';
import { styleFor } from '../render/style.ts';
import { hang, printableLine } from '../render/text.ts';
import { addSettingsOptions } from '../settings-options.ts';

type Output = 'diff' | 'yaml' | 'json';

interface ConvertFlags {
  readonly to: ConversionRequest['to'];
  readonly groupBy: ConversionRequest['groupedBy'];
  readonly write?: boolean;
  readonly output?: Output;
}

const EXAMPLES = `
Examples:
  $ lynceus convert apps/ --to resources              what would change, as a patch
  $ lynceus convert apps/ --to resources --write      change the files
  $ lynceus convert --to resources | kubectl diff -f -
  $ lynceus convert apps/ --to annotations`;

export function addConvertCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('convert')
    .description('make ImageUpdaters of annotations, or annotations of ImageUpdaters')
    .argument('[path...]', 'files, folders and globs that hold manifests; without one, those of the cluster')
    .addOption(
      new Option('--to <form>', 'what to make').choices(['resources', 'annotations']).makeOptionMandatory(),
    )
    .addOption(
      new Option('--group-by <what>', 'what has a resource of its own')
        .choices(['namespace', 'application'])
        .default('namespace'),
    )
    .addOption(new Option('--write', 'change the files; a cluster is never changed'))
    .addOption(
      new Option(
        '-o, --output <format>',
        'how to print it (default: diff for files, yaml for a cluster)',
      ).choices(['diff', 'yaml', 'json']),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], flags: Record<string, unknown> & ConvertFlags) =>
      context.finish(await convert(paths, flags, context)),
    );
  addSettingsOptions(command, [
    'applications.annotations',
    'applications.argocdNamespace',
    'applications.namespaces',
    'cluster.kubeconfig',
    'cluster.context',
    'log',
  ]);
}

async function convert(
  paths: readonly string[],
  { to, groupBy, write = false, output, ...flags }: Record<string, unknown> & ConvertFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const settings = { ...flags, applications: paths };
  const result = await withLynceus(settings, context, (lynceus) =>
    lynceus.convert({ to, groupedBy: groupBy, paths, write }, io.signal),
  );
  const inCluster = paths.length === 0;
  print(result, output ?? (inCluster ? 'yaml' : 'diff'), context);
  if (output !== 'json') explain(result, { write, inCluster }, context);
  return result.problems.length > 0 ? EXIT_FAILED : EXIT_OK;
}

function print(result: ConversionResult, output: Output, { io }: CommandContext): void {
  switch (output) {
    case 'json':
      return line(io.stdout, JSON.stringify(toJson(result), null, 2));
    case 'yaml':
      return void io.stdout.write(result.manifests);
    case 'diff': {
      const { diff } = result;
      // A colour in a file or a pipe would be no patch any more.
      io.stdout.write(io.stdout.isTTY === true ? renderDiff(diff, styleFor(io.stdout, io.env)) : diff);
    }
  }
}

function toJson({ created, deleted, changes, files, problems, notes }: ConversionResult): ConvertOutput {
  return {
    created: created.map((one) => ({ ...one })),
    deleted: deleted.map(({ namespace, name }) => ({ name, namespace })),
    changes: changes.map(({ application, remove, set }) => ({
      application: application.name,
      namespace: application.namespace,
      remove: [...remove],
      set: { ...set },
    })),
    files: files.map(({ path }) => path),
    problems: problems.map(problemToJson),
    notes: notes.map(({ application, code, message }) => ({
      application: application.name,
      namespace: application.namespace,
      code,
      message,
    })),
  };
}

/** What neither a patch nor manifests can hold. */
function explain(
  { problems, notes, files, changes, deleted }: ConversionResult,
  { write, inCluster }: { readonly write: boolean; readonly inCluster: boolean },
  { io }: CommandContext,
): void {
  const say = (text: string): void =>
    line(io.stderr, hang('lynceus: ', printableLine(text), widthOf(io.stderr)));
  for (const { application, message } of notes) say(`${applicationText(application)}: ${message}`);
  for (const { application, message } of problems)
    say(application.name === '' ? message : `${applicationText(application)}: ${message}`);
  if (problems.length + changes.length + deleted.length === 0) say('there is nothing to convert');
  if (write) for (const { path, before, after } of files) say(`${path}: ${doneTo(before, after)}`);
  if (!inCluster) return;
  for (const { application, remove } of changes) {
    if (remove.length === 0) continue;
    const keys = remove.map((key) => `${key}-`).join(' ');
    say(
      `then: kubectl -n ${application.namespace} annotate applications.argoproj.io ${application.name} ${keys}`,
    );
  }
  for (const { namespace, name } of deleted)
    say(`then: kubectl -n ${namespace} delete imageupdaters.argocd-image-updater.argoproj.io ${name}`);
}

function doneTo(before: string | undefined, after: string): string {
  if (before === undefined) return 'written';
  return after === '' ? 'removed' : 'changed';
}
