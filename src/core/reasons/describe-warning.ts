import { quoted } from '../quoted.ts';
import type { HoldCommentFacts, OverriddenFacts, UnreadFacts, Warning } from './warning.ts';

/** The sentence for a warning, without a full stop. */
export function describeWarning(warning: Warning): string {
  switch (warning.code) {
    case 'overridden':
      return overriddenText(warning.facts);
    case 'file-unread':
      return unreadText(warning.facts);
    case 'hold-without-effect':
      return `${commentText(warning.facts)} holds nothing: write "# lynceus: hold" beside ${warning.facts.nearest}, or right above it`;
    case 'hold-misspelt':
      return `${commentText(warning.facts)} is taken for a hold: write "# lynceus: hold"`;
  }
}

function overriddenText({ file, key, by }: OverriddenFacts): string {
  const [winner = '', ...others] = by;
  const [sets, it] =
    others.length === 0 ? ['sets it, too, and wins', 'it'] : ['set it, too, and win', 'them'];
  return `what is written to ${file} at ${key} has no effect: ${[winner, ...others].join(' and ')} ${sets}; take it out of ${it}, or write there`;
}

function unreadText({ file, why }: UnreadFacts): string {
  switch (why.kind) {
    case 'no-value-file':
      return `what is written to ${file} has no effect: it is not among the value files of ${why.at}; add it to helm.valueFiles, or correct write-back-target`;
    case 'no-override-file':
      return `what is written to ${file} has no effect: the override file that Argo CD reads is ${why.read}; correct write-back-target`;
  }
}

function commentText({ file, line, comment }: HoldCommentFacts): string {
  return `${file}, line ${line}: the comment ${quoted(comment)}`;
}
