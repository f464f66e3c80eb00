import { PLAIN, type Style } from './style.ts';
import { printable, printableLine } from './text.ts';

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** Lines that are still to come in the current hunk; what is outside every hunk is a header. */
interface Remaining {
  old: number;
  new: number;
}

/** A unified diff, coloured as `git diff` does. A removed line `-- x` inside a hunk is not taken for a header. */
export function renderDiff(diff: string, style: Style): string {
  const remaining: Remaining = { old: 0, new: 0 };
  return printable(diff)
    .split('\n')
    .map((text) => paintLine(text, remaining, style))
    .join('\n');
}

function paintLine(text: string, remaining: Remaining, style: Style): string {
  const hunk = HUNK.exec(text);
  if (hunk !== null) {
    remaining.old = Number(hunk[1] ?? 1);
    remaining.new = Number(hunk[2] ?? 1);
    return style.accent(text);
  }
  if (text.startsWith('\\')) return style.faint(text);
  if (remaining.old <= 0 && remaining.new <= 0) return style.strong(text);
  if (text.startsWith('+')) {
    remaining.new -= 1;
    return style.good(text);
  }
  remaining.old -= 1;
  if (text.startsWith('-')) return style.bad(text);
  remaining.new -= 1;
  return text;
}

/** A commit that would be made: where it goes, its message, its unified diff. */
interface ShownCommit {
  readonly branch: string;
  readonly remote: string;
  readonly message: string;
  readonly diff: string;
}

/** Every commit of a cycle, for a person at a terminal: coloured, and with control characters made visible. */
export function renderDiffs(commits: readonly ShownCommit[], style: Style): string {
  return commits
    .map((commit) => [...headOf(commit, style), renderDiff(bodyOf(commit), style)].join('\n'))
    .join('\n\n');
}

/**
 * Every commit of a cycle, for programs: one patch each, byte by byte what the files become. An empty line stands
 * between two of them and nowhere else, so a paragraph is one patch; each begins with `# REMOTE BRANCH`.
 */
export function renderPatches(commits: readonly ShownCommit[]): string {
  return commits.map((commit) => [...headOf(commit, PLAIN), bodyOf(commit), ''].join('\n')).join('\n');
}

function headOf({ branch, remote, message }: ShownCommit, style: Style): readonly string[] {
  const text = printable(message)
    .trimEnd()
    .split('\n')
    .map((each) => `# ${each}`.trimEnd());
  return [style.notice(`# ${printableLine(`${remote} ${branch}`)}`), ...text];
}

/** Without its last line feed. White space before it belongs to a line of the file. */
function bodyOf({ diff }: ShownCommit): string {
  return diff.endsWith('\n') ? diff.slice(0, -1) : diff;
}
