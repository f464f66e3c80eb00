import { formatDuration } from './duration.ts';
import { formatPlatform } from './image/platform.ts';
import { formatInstant } from './instant.ts';
import { applicationText } from './identity/application.ts';
import type { Strategy } from './policy.ts';
import { versionText } from './presence.ts';
import { plainLine, quoted } from './quoted.ts';
import type {
  ChangedBy,
  ChoiceFacts,
  ClosedRequestFacts,
  CommitFacts,
  FailureFacts,
  NoMatchFacts,
  PinFacts,
  ProposedFacts,
  PushDifference,
  PushFacts,
  Reason,
  Rejection,
  RollbackFacts,
  VersionClaim,
} from './reason.ts';

export interface DescribeOptions {
  /** Whether there is a write target; `false` when one image is tried by hand. */
  readonly hasTarget?: boolean;
}

/** A reason as one English sentence, for people. Called where reports and answers are made; nothing reads it back. */
export function describeReason(reason: Reason, { hasTarget = true }: DescribeOptions = {}): string {
  switch (reason.code) {
    case 'first-write':
      return `${choice(reason.facts)}${hasTarget ? '; the target does not name the image yet' : ''}`;
    case 'newer-version':
    case 'digest-moved':
      return `${choice(reason.facts)}; the target has ${versionText(reason.facts.present) ?? 'no version'}`;
    case 'up-to-date':
      return 'on' in reason.facts
        ? 'the Application already has it'
        : `${choice(reason.facts)}, and the target has it`;
    case 'already-proposed':
      return alreadyProposed(reason.facts);
    case 'no-tags':
      return 'the registry lists no tags for this image';
    case 'no-matching-tag':
      return noMatch(reason.facts);
    case 'no-matching-platform':
      return noPlatform(reason.facts.rejected);
    case 'not-live':
      return `the target does not contain the image and the Application does not run it: ${reason.facts.detail}; the annotation force-update writes it all the same`;
    case 'not-due': {
      const seconds = Math.floor(reason.facts.waited / 1_000) * 1_000;
      return `evaluated ${formatDuration(seconds)} ago; its interval is ${formatDuration(reason.facts.interval)}`;
    }
    case 'pinned':
      return pinned(reason.facts);
    case 'rolled-back':
      return rolledBack(reason.facts);
    case 'downgrade':
      return `${reason.facts.candidate} is lower than ${reason.facts.present}, which is in force; a lower version is only written with allow-downgrade`;
    case 'proposal-closed':
      return proposalClosed(reason.facts);
    default:
      return failure(reason.facts);
  }
}

function choice({ chosen, strategy, considered, push }: ChoiceFacts): string {
  const how = push === undefined ? '' : ` (${pushed(push)})`;
  return `${versionText(chosen) ?? chosen.tag} is ${best(strategy, considered)}${how}`;
}

function best(strategy: Strategy, considered: number): string {
  const tags = considered === 1 ? 'the one tag considered' : `the ${considered} tags considered`;
  switch (strategy.kind) {
    case 'semver':
      return `the highest version of ${tags} that satisfies ${constraintText(strategy.constraint)}`;
    case 'newest-build':
      return `the newest build of ${tags}`;
    case 'newest-pushed':
      return `the newest push of ${tags}`;
    case 'alphabetical':
      return `the last by name of ${tags}`;
    case 'digest':
      return `what the tag ${strategy.tag} points at`;
  }
}

function constraintText(constraint: string): string {
  return constraint === '' ? '*' : constraint;
}

function pushed({ clock, time, tied, untimed }: PushFacts): string {
  const instant = formatInstant(time);
  const when =
    clock === 'registry'
      ? `pushed ${instant} according to the registry`
      : `first seen ${instant}; the registry gives no push times`;
  const tie = tied === undefined ? '' : `; of ${tied} tags of that time the build that is newest`;
  const rest = untimed === 0 ? '' : `; ${untimed} without a push time left out`;
  return `${when}${tie}${rest}`;
}

function alreadyProposed(facts: ProposedFacts): string {
  const beside =
    facts.others === undefined ? '' : `, beside a commit ${byCommit(facts.others)}: left as it is`;
  if (facts.on === 'branch') return `branch ${facts.branch} already has it${beside}`;
  const request = facts.url === undefined ? 'pull request' : `pull request ${facts.url}`;
  return `${request} proposes it${beside}`;
}

function noMatch({ strategy, listed, considered }: NoMatchFacts): string {
  if (considered === 0) return `none of ${listed} tags passes allow-tags and ignore-tags`;
  const tags = `the ${considered} tags considered (of ${listed})`;
  switch (strategy.kind) {
    case 'semver':
      return `none of ${tags} is a version that satisfies ${constraintText(strategy.constraint)}`;
    case 'digest':
      return `the tag ${strategy.tag} is not among ${tags}`;
    case 'newest-build':
    case 'newest-pushed':
    case 'alphabetical':
      return `none of ${tags} can be chosen`;
  }
}

const MOST_REJECTIONS = 3;

function noPlatform(rejected: readonly Rejection[]): string {
  const shown = rejected.slice(0, MOST_REJECTIONS).map(rejection).join('; ');
  const more = rejected.length > MOST_REJECTIONS ? ` and ${rejected.length - MOST_REJECTIONS} more` : '';
  return `no candidate is an image for the required platforms: ${shown}${more}`;
}

function rejection(one: Rejection): string {
  switch (one.kind) {
    case 'gone':
      return `${one.tag} is listed but does not exist`;
    case 'no-image':
      return `${one.tag} is not a container image`;
    case 'other-platforms': {
      const platforms = one.platforms.map((platform) =>
        platform === undefined ? 'an unnamed platform' : formatPlatform(platform),
      );
      return `${one.tag} offers ${[...new Set(platforms)].join(', ')}`;
    }
    case 'no-build-times':
      return 'no image has a build time';
    case 'no-push-times':
      return 'no tag has a push time';
  }
}

function pinned({ by, text, candidate }: PinFacts): string {
  const where = by === 'annotation' ? 'the annotation hold' : 'a comment beside the value';
  const why = text === '' ? '' : `: ${quoted(text)}`;
  return `pinned by ${where}${why}; ${versionText(candidate) ?? candidate.tag} is not written`;
}

function rolledBack({ from, to, isOlder, changedBy, until }: RollbackFacts): string {
  const verb = isOlder ? 'rolled back' : 'changed by hand';
  return `${verb} from ${from} to ${to ?? 'nothing'} ${author(changedBy)}; ${prohibition(until, from)}`;
}

function prohibition(until: RollbackFacts['until'], from: string): string {
  switch (until) {
    case 'release':
      return 'nothing is written until it is released';
    case 'newer-version':
      return `${from} and older are not written again`;
    case 'unwritten-version':
      return `neither ${from} nor what was written before it is written again`;
  }
}

const SHORT_SHA = 7;

function author(changedBy: ChangedBy): string {
  if (changedBy.kind === 'commit') return byCommit(changedBy.commit);
  const since = changedBy.since === undefined ? '' : ` since ${changedBy.since.slice(0, SHORT_SHA)}`;
  return changedBy.kind === 'unknown'
    ? `by somebody${since}`
    : `by one of ${changedBy.count} commits${since}, the latest ${byCommit(changedBy.latest)}`;
}

function byCommit({ author: name, sha }: CommitFacts): string {
  return `by ${printableName(name)} in ${sha.slice(0, SHORT_SHA)}`;
}

const LONGEST_NAME = 60;

/** Names of authors are foreign text. */
function printableName(name: string): string {
  const plain = plainLine(name);
  const characters = [...(plain === '' ? 'somebody' : plain)];
  return characters.length <= LONGEST_NAME
    ? characters.join('')
    : `${characters.slice(0, LONGEST_NAME).join('')}…`;
}

function proposalClosed({ url, version, closedBy }: ClosedRequestFacts): string {
  const by = closedBy === undefined ? '' : ` by ${closedBy}`;
  return `pull request ${url} with ${version} was closed without merging${by}; another version is proposed again`;
}

function failure(facts: FailureFacts): string {
  switch (facts.kind) {
    case 'error':
      return facts.error.line;
    case 'tag-unreadable':
      return `the metadata of tag ${facts.tag}, which may be the one to choose, could not be read: ${facts.error.line}`;
    case 'history-unreadable':
      return `the history of the branch, which may have a rollback, could not be read: ${facts.error.line}`;
    case 'image-missing':
      return facts.detail;
    case 'problems':
      return facts.problems.map(({ message }) => message).join('; ');
    case 'unwritten':
      return 'the cycle ended before the change was written';
    case 'conflicting-versions':
      return `several images want different versions at the same place, so none is written: ${facts.claims.map(claimText).join(', ')}`;
    case 'shared-push-branch':
      return `${quoted(facts.branch)} is to be pushed ${differenceText(facts.difference)}, so nothing is: give each its own branch in git-branch`;
    case 'push-branch-is-base':
      return `${quoted(facts.branch)} is to be pushed as a branch beside ${quoted(facts.base)}, and is a base itself: name another branch in git-branch`;
  }
}

function claimText({ application, alias, value }: VersionClaim): string {
  const name = applicationText(application);
  return `${alias === '' ? name : `${name} (${alias})`} wants ${value}`;
}

function differenceText(difference: PushDifference): string {
  switch (difference.kind) {
    case 'bases':
      return `from ${difference.count} bases`;
    case 'transports':
      return `over ${difference.transports.join(' and ')}`;
    case 'credentials':
      return 'with different credentials';
    case 'pull-request':
      return 'with and without a pull request';
  }
}
