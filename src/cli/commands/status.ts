import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImageOutcome } from '../../core/report.ts';
import { LynceusError } from '../../errors.ts';
import { SYSTEM_CLOCK } from '../clock.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT_FAILED, EXIT_OK, line, widthOf, type CliIo } from '../io.ts';
import { readSmallText } from '../read-text.ts';
import { OUTCOME_MARKS } from '../render/image-table.ts';
import { renderStory } from '../render/story-text.ts';
import { renderStatus, renderSummary } from '../render/status-text.ts';
import { styleFor } from '../render/style.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';
import { openStatusSource } from '../open-status-source.ts';
import type { StatusRead, StatusSource, StatusWanted } from '../status-source.ts';
import { watchStatus } from '../watch-status.ts';

interface StatusFlags extends Readonly<Record<string, unknown>> {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly watch?: true;
  readonly outcome?: readonly ImageOutcome[];
  readonly search?: string;
  readonly output: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  $ lynceus status --server http://localhost:8090
  $ lynceus status shop --server http://localhost:8090
  $ lynceus status --outcome failed,held --watch
  $ lynceus status --applications apps/ --output json | jq -r '.images[] | select(.outcome == "held") | .id'`;

export function addStatusCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .description('show how all images are, as a running Lynceus or a dry run says')
    .argument('[application]', 'name of the Application, or namespace/name: the whole story of its images')
    .option(
      '--server <url>',
      'where a running Lynceus serves its status (env: LYNCEUS_SERVER); without it a dry run says it',
    )
    .option('--token-file <path>', 'file with the bearer token for it (or env: LYNCEUS_TOKEN)')
    .option('--ca-file <path>', 'PEM file of certificate authorities that are trusted for it in addition')
    .option('--watch', 'show it again whenever it changes, until Ctrl-C')
    .addOption(
      new Option(
        '--outcome <outcome,...>',
        `only images with one of these: ${Object.keys(OUTCOME_MARKS).join(', ')}`,
      ).argParser(readOutcomes),
    )
    .option(
      '--search <words>',
      'only images with all these words in Application, image, version, code or reason',
    )
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (application: string | undefined, flags: StatusFlags) =>
      context.finish(await status(application, flags, context)),
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

function readOutcomes(text: string, before: readonly ImageOutcome[] = []): readonly ImageOutcome[] {
  const named = text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
  const unknown = named.find((one) => !Object.hasOwn(OUTCOME_MARKS, one));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`expected ${Object.keys(OUTCOME_MARKS).join(', ')}`);
  return [...before, ...(named as ImageOutcome[])];
}

async function status(
  application: string | undefined,
  { server, tokenFile, caFile, watch, outcome = [], search, output, ...flags }: StatusFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  if (watch === true && output === 'json')
    throw new LynceusError('usage-invalid', '--watch shows text, and --output json prints one document', {
      hint: 'leave one of them out',
    });
  const place = await remotePlace({ server, tokenFile, caFile }, io);
  const wanted = { application, search, outcomes: outcome };
  return await openStatusSource({ place, flags, context }, (source) =>
    watch === true ? watched(source, wanted, io) : once(source, wanted, { io, output }),
  );
}

/** `undefined` where no server is named. */
async function remotePlace(
  {
    server,
    tokenFile,
    caFile,
  }: {
    readonly server: string | undefined;
    readonly tokenFile: string | undefined;
    readonly caFile: string | undefined;
  },
  { env }: CliIo,
) {
  const url = server ?? env['LYNCEUS_SERVER'] ?? '';
  if (url === '') {
    if (tokenFile ?? caFile)
      throw new LynceusError(
        'usage-invalid',
        '--token-file and --ca-file are for --server, which is not given',
      );
    return undefined;
  }
  const token = tokenFile === undefined ? env['LYNCEUS_TOKEN'] : await fileText('--token-file', tokenFile);
  const ca = caFile === undefined ? undefined : await fileText('--ca-file', caFile);
  return { server: url, token: token === undefined || token.trim() === '' ? undefined : token.trim(), ca };
}

async function fileText(flag: string, path: string): Promise<string> {
  const text = await readSmallText(path);
  if (text !== undefined) return text;
  throw new LynceusError('usage-invalid', `there is no file ${path}, which ${flag} names`);
}

async function once(
  source: StatusSource,
  wanted: StatusWanted,
  { io, output }: { readonly io: CliIo; readonly output: 'text' | 'json' },
): Promise<number> {
  const read = await source.read(wanted, io.signal);
  line(io.stdout, output === 'json' ? JSON.stringify(read.json, null, 2) : textOf(read, source, io));
  return exitCodeOf(read, wanted, source);
}

async function watched(source: StatusSource, wanted: StatusWanted, io: CliIo): Promise<number> {
  const isTerminal = io.stdout.isTTY === true && io.env['TERM'] !== 'dumb';
  const draw = isTerminal ? (read: StatusRead) => cutToScreen(textOf(read, source, io), io) : undefined;
  await watchStatus(source, wanted, { io, clock: SYSTEM_CLOCK, every: source.isLive ? 2_000 : 60_000, draw });
  return EXIT_OK;
}

function textOf(read: StatusRead, { isLive }: StatusSource, io: CliIo): string {
  const drawing = {
    style: styleFor(io.stdout, io.env),
    width: widthOf(io.stdout),
    now: SYSTEM_CLOCK.now(),
    isLive,
  };
  if (read.stories === undefined) return renderStatus(read, drawing);
  return [
    ...read.stories.map((story) => renderStory(story, drawing)),
    ...(isLive ? [] : [renderSummary(read.status, drawing)]),
  ].join('\n\n');
}

/** What does not fit on the screen would scroll the rest away. */
function cutToScreen(text: string, { stdout }: CliIo): string {
  const lines = text.split('\n');
  const room = Math.max(5, (stdout.rows ?? 24) - 2);
  if (lines.length <= room) return text;
  return [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more lines`].join('\n');
}

/** What the daemon knows of others does not matter to who asks for a part. */
function exitCodeOf(
  { status: { cycle, problems }, images }: StatusRead,
  { application, search, outcomes }: StatusWanted,
  { isLive }: StatusSource,
): number {
  const isPart = isLive && (application !== undefined || search !== undefined || outcomes.length > 0);
  const isFaulty = !isPart && (problems > 0 || (cycle?.failures ?? []).length > 0);
  return isFaulty || images.some(({ outcome }) => outcome === 'failed') ? EXIT_FAILED : EXIT_OK;
}
