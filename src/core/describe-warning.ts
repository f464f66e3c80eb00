import { quoted } from './quoted.ts';
import type { HoldCommentFacts, Warning } from './warning.ts';

/** The sentence for a warning, without a full stop. */
export function describeWarning(warning: Warning): string {
  switch (warning.code) {
    case 'hold-without-effect':
      return `${commentText(warning.facts)} holds nothing: write "# lynceus: hold" beside ${warning.facts.nearest}, or right above it`;
    case 'hold-misspelt':
      return `${commentText(warning.facts)} is taken for a hold: write "# lynceus: hold"`;
  }
}

function commentText({ file, line, comment }: HoldCommentFacts): string {
  return `${file}, line ${line}: the comment ${quoted(comment)}`;
}
