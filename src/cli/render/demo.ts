import { line, widthOf, type CliIo, type TextSink } from '../io.ts';
import type { DemoCommit } from '../../demo/git.ts';
import type { DemoTotals, Narrator } from '../../demo/play.ts';
import type { Round } from '../../demo/rounds.ts';
import type { DemoWorld } from '../../demo/world.ts';
import { renderDiff } from './diff.ts';
import { renderCosts, renderImages, renderProblems } from './plan-text.ts';
import type { Style } from './style.ts';
import { alignColumns, count, hang, indent, printable, wrap } from './text.ts';

/** Prints the rounds of the demo as they are played. */
export function createNarrator(out: TextSink, style: Style, pause: () => Promise<void>): Narrator {
  return {
    open: async (round, { number, of }) => {
      line(out);
      line(
        out,
        style.strong(
          `── ${number}/${of}  ${round.title} ${'─'.repeat(Math.max(2, 68 - round.title.length))}`,
        ),
      );
      if (round.pushes.length > 0) {
        line(out);
        line(out, indent(renderPushes(round, style), '  '));
      }
      await pause();
    },
    show: async (round, report, commits) => {
      line(out);
      line(out, indent(renderImages(report.images, style, widthOf(out) - 2), '  '));
      const width = widthOf(out) - 2;
      if (report.problems.length > 0) line(out, indent(renderProblems(report.problems, style, width), '  '));
      for (const commit of commits) {
        line(out);
        line(out, indent(renderCommit(commit, style, width), '  '));
      }
      line(out);
      line(out, indent(wrap(style.accent(round.explanation), width), '  '));
      line(out, style.faint(`  This cycle: ${renderCosts(report)}`));
      await pause();
    },
  };
}

function renderPushes(round: Round, style: Style): string {
  const rows = round.pushes.map(({ repository, tag, note }) => [
    style.notice('+'),
    `${repository}:${tag}`,
    note === undefined ? '' : style.faint(note),
  ]);
  return ['New in the registry', ...alignColumns(rows)].join('\n');
}

/** A commit as `git show` prints it, the message wrapped and the diff to the letter. */
function renderCommit(commit: DemoCommit, style: Style, width: number): string {
  const head = `${style.notice(`commit ${commit.id.slice(0, 10)}`)}  ${style.faint(`by ${commit.author}`)}`;
  const message = printable(commit.message)
    .split('\n')
    .map((each) => hang('    ', each, width))
    .join('\n');
  return [head, message, renderDiff(commit.diff, style)].join('\n\n');
}

export function demoIntroduction(world: DemoWorld, style: Style, width: number): string {
  return `${style.strong('Lynceus, from end to end on this machine')}

${[
  ['a registry', world.registry.url],
  ['a Git remote', `${world.remote}, branch main`],
  [
    'Applications',
    "guestbook (kustomization.yaml), shop (two images in one Helm values file), shop-production (takes what shop has had), worker (Argo CD's parameter override file)",
  ],
]
  .map(([name = '', what = '']) => hang(`  ${name.padEnd(16)}`, what, width))
  .join('\n')}

${wrap(
  'Images arrive in the registry; after each arrival Lynceus runs one cycle. What follows is what it decided, and the commits that are then in the Git remote.',
  width,
)}`;
}

export function demoConclusion(totals: DemoTotals, { self }: CliIo, style: Style): string {
  const { cycles, commits, requests, fetches, pushes, deviations } = totals;
  const sums = [
    count(cycles, 'cycle'),
    count(commits, 'commit'),
    count(requests, 'registry request'),
    count(fetches, 'git fetch', 'git fetches'),
    count(pushes, 'git push', 'git pushes'),
  ];
  const head = `\n${style.strong('In sum')}: ${sums.join(', ')}.`;
  if (deviations.length > 0) {
    return [
      head,
      '',
      style.bad('The demo did not go as expected:'),
      ...deviations.map((each) => `  ${each}`),
    ].join('\n');
  }
  return `${head}

Try it on your own Applications; nothing is written by it:

  $ ${self} plan --applications path/to/manifests`;
}

export function demoLeftovers(world: DemoWorld, { self }: CliIo, style: Style): string {
  return `
${style.strong('Left behind')}: ${world.directory}

  $ git -C ${world.remote} log --patch
  $ ${self} lint --config ${world.configFile} ${world.applications}`;
}

export function demoPage(port: number, style: Style): string {
  return `
${style.strong('The status page')}: http://127.0.0.1:${port}/

  A person has rolled back guestbook and holds search; billing waits for its window, shop-production for its two
  hours; reports asks for an image that is not there. A build of shop/frontend arrives every 20 seconds: watch its row.

  Ctrl-C ends it and removes everything.`;
}
