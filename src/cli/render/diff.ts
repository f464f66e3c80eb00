import type { Style } from './style.ts';
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

/** Every commit of a cycle: where it goes, its message, its diff. The whole is still a patch that `git apply` reads. */
export function renderDiffs(
  diffs: readonly {
    readonly branch: string;
    readonly remote: string;
    readonly message: string;
    readonly diff: string;
  }[],
  style: Style,
): string {
  return diffs
    .map(({ branch, remote, message, diff }) => {
      const head = style.notice(`# ${printableLine(`${remote} ${branch}`)}`);
      const text = printable(message)
        .trimEnd()
        .split('\n')
        .map((each) => `# ${each}`.trimEnd());
      return [head, ...text, renderDiff(diff.trimEnd(), style)].join('\n');
    })
    .join('\n\n');
}
