import { plainLine, quoted } from '../quoted.ts';
import { warnOfArgoCdRollback } from './describe-argo-cd-rollback.ts';
import { describeTurnedAway } from './describe-gate.ts';
import type {
  HoldCommentFacts,
  OverriddenFacts,
  OwnerFacts,
  UnreadFacts,
  UpstreamRollbackFacts,
  Warning,
} from './warning.ts';

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
    case 'may-be-undone':
      return undoneText(warning.facts);
    case 'rolled-back-in-argo-cd':
      return warnOfArgoCdRollback(warning.facts);
    case 'newer-turned-away':
      return `a version that is better is not written: ${describeTurnedAway(warning.facts.why)}`;
    case 'rolled-back-upstream':
      return upstreamRollbackText(warning.facts);
    case 'upstream-unknown':
      return `it is promoted from ${quoted(warning.facts.name)}, which is not among these manifests: check them together with those of that Application`;
  }
}

function upstreamRollbackText({ version, upstream, by }: UpstreamRollbackFacts): string {
  const who = by.by === 'check' ? `the check ${plainLine(by.check)}` : 'somebody';
  return `${version} is in force, and ${who} rolled it back in ${plainLine(upstream)}, from where it was promoted; it stays until a newer version is promoted, or you set another one with lynceus set`;
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

/** Longest name of an object in Kubernetes. */
const LONGEST_NAME = 253;

function undoneText({ kind, name, mark }: OwnerFacts): string {
  const owner = plainLine(`${kind} ${name}`.slice(0, LONGEST_NAME));
  const cure = 'let it write to Git instead: write-back-method: git';
  switch (mark) {
    case 'made':
      return `the Application may not stay as it is written: it was made by the ${owner}, which puts its own spec back unless its ignoreApplicationDifferences or its applicationsSync policy leaves the change alone; ${cure}`;
    case 'deployed':
      return `the Application may not stay as it is written: it is deployed by the ${owner}, which may put its own manifest back; ${cure}`;
    case 'label':
      return `the Application may not stay as it is written: its label app.kubernetes.io/instance shows that the ${owner} may deploy it, and self-heal would put the manifest from Git back; ${cure}`;
  }
}

function commentText({ file, line, comment }: HoldCommentFacts): string {
  return `${file}, line ${line}: the comment ${quoted(comment)}`;
}
