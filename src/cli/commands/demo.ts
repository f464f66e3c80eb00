import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { configure } from '../configure.ts';
import type { DemoEnding } from '../demo/story.ts';
import type { DemoWorld } from '../demo/world.ts';
import { EXIT_FAILED, EXIT_OK, line, type CliIo } from '../io.ts';
import { styleFor, type Style } from '../render/style.ts';
import { count } from '../render/text.ts';
import { SYSTEM_CLOCK } from '../clock.ts';

interface DemoFlags {
  readonly keep?: true;
  readonly dir?: string;
  readonly fast?: true;
}

/** Long enough to read a screen, on a terminal. */
const PAUSE_MS = 500;

const EXAMPLES = `
Examples:
  $ lynceus demo
  $ lynceus demo --keep --dir /tmp/demo    and look at what is left of it`;

export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('show the whole job on this machine; needs only git')
    .option('--keep', 'leave the folder with the Git remote and the Applications behind')
    .option('--dir <folder>', 'an empty folder to use instead of a temporary one')
    .option('--fast', 'do not pause for reading')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DemoFlags) => context.finish(await demo(flags, context)));
}

async function demo(flags: DemoFlags, context: CommandContext): Promise<number> {
  const { io } = context;
  const { createWorld } = await import('../demo/world.ts');
  const world = await createWorld({ directory: flags.dir, env: io.env });
  const keep = flags.keep === true;
  try {
    const style = styleFor(io.stdout, io.env);
    line(io.stdout, introduction(world, style));
    const ending = await play(world, context, { style, fast: flags.fast === true });
    line(io.stdout, conclusion(ending, io, style));
    if (keep) line(io.stdout, whatIsLeft(world, io, style));
    return ending.surprises.length === 0 ? EXIT_OK : EXIT_FAILED;
  } finally {
    await world.close({ keep });
  }
}

async function play(
  world: DemoWorld,
  { io, doors }: CommandContext,
  { style, fast }: { readonly style: Style; readonly fast: boolean },
): Promise<DemoEnding> {
  const { createNarrator } = await import('../demo/narrator.ts');
  const { playDemo } = await import('../demo/story.ts');
  const { config, surroundings } = await configure(
    { config: world.configFile },
    { ...io, env: plainEnvironment(io) },
    { logging: 'silent', once: true },
  );
  const lynceus = await doors.compose(config, surroundings);
  const pause =
    fast || io.stdout.isTTY !== true ? async () => undefined : () => SYSTEM_CLOCK.sleep(PAUSE_MS, io.signal);
  try {
    return await playDemo({ world, lynceus, narrator: createNarrator(io.stdout, style, pause) }, io.signal);
  } finally {
    await lynceus.close();
  }
}

/** Settings and logins of whoever runs the demo must not reach into it. */
function plainEnvironment({ env }: CliIo): CliIo['env'] {
  return { PATH: env['PATH'], TMPDIR: env['TMPDIR'] };
}

function introduction(world: DemoWorld, style: Style): string {
  return `${style.strong('Lynceus, from end to end on this machine')}

  a registry      ${world.registry.url}
  a Git remote    ${world.remote}, branch main
  Applications    guestbook (kustomization.yaml), shop (two images in one Helm values file),
                  worker (Argo CD's parameter override file)

Images arrive in the registry; after each arrival Lynceus runs one cycle. What follows is what it
decided, and the commits that are then in the Git remote.`;
}

function conclusion(ending: DemoEnding, { self }: CliIo, style: Style): string {
  const { cycles, commits, requests, fetches, pushes, surprises } = ending;
  const sums = [
    count(cycles, 'cycle'),
    count(commits, 'commit'),
    count(requests, 'registry request'),
    count(fetches, 'git fetch', 'git fetches'),
    count(pushes, 'git push', 'git pushes'),
  ];
  const head = `\n${style.strong('In sum')}: ${sums.join(', ')}.`;
  if (surprises.length > 0) {
    return [
      head,
      '',
      style.bad('This is not what the demo was to show:'),
      ...surprises.map((each) => `  ${each}`),
    ].join('\n');
  }
  return `${head}

Try it on your own Applications; nothing is written by it:

  $ ${self} plan --applications path/to/manifests`;
}

function whatIsLeft(world: DemoWorld, { self }: CliIo, style: Style): string {
  return `
${style.strong('Left behind')}: ${world.directory}

  $ git -C ${world.remote} log --patch
  $ ${self} lint ${world.applications}`;
}
