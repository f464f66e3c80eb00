import { line, widthOf, type TextSink } from '../io.ts';
import type { CycleReport } from '../../core/report.ts';
import { renderDiff } from '../render/diff.ts';
import { renderCosts, renderImages, renderProblems } from '../render/plan-text.ts';
import type { Style } from '../render/style.ts';
import { alignColumns, indent, printable } from '../render/text.ts';
import type { Round } from './rounds.ts';
import type { WorldCommit } from './history.ts';

/** Tells the story of the demo as it happens. */
export interface Narrator {
  readonly open: (round: Round, place: { readonly number: number; readonly of: number }) => Promise<void>;
  readonly show: (round: Round, report: CycleReport, commits: readonly WorldCommit[]) => Promise<void>;
}

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
        line(out, indent(renderArrivals(round, style), '  '));
      }
      await pause();
    },
    show: async (round, report, commits) => {
      line(out);
      line(out, indent(renderImages(report.images, style, widthOf(out) - 2), '  '));
      if (report.problems.length > 0) line(out, indent(renderProblems(report.problems, style), '  '));
      for (const commit of commits) {
        line(out);
        line(out, indent(renderCommit(commit, style), '  '));
      }
      line(out);
      line(out, `  ${style.accent(round.lookAt)}`);
      line(out, style.faint(`  This cycle: ${renderCosts(report)}`));
      await pause();
    },
  };
}

function renderArrivals(round: Round, style: Style): string {
  const rows = round.pushes.map(({ repository, tag, note }) => [
    style.notice('+'),
    `${repository}:${tag}`,
    note === undefined ? '' : style.faint(note),
  ]);
  return ['New in the registry', ...alignColumns(rows)].join('\n');
}

/** A commit as `git show` prints it. */
function renderCommit(commit: WorldCommit, style: Style): string {
  const head = `${style.notice(`commit ${commit.id.slice(0, 10)}`)}  ${style.faint(`by ${commit.author}`)}`;
  return [head, indent(printable(commit.message), '    '), renderDiff(commit.diff, style)].join('\n\n');
}
