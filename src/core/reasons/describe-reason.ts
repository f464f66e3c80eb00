import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { applicationText } from '../identity/application.ts';
import type { Strategy } from '../policy.ts';
import { describeArgoCdRollback } from './describe-argo-cd-rollback.ts';
import { describeBuild, describeTie } from './describe-build.ts';
import { describeVerificationFailed } from './describe-verification.ts';
import { describeDowngrade } from './describe-downgrade.ts';
import {
  describeTooYoung,
  describeTurnedAway,
  describeUnasked,
  describeUnknownAge,
} from './describe-gate.ts';
import { describePromotion, describeUnaskedUpstream } from './describe-promotion.ts';
import { describePaused } from './describe-pause.ts';
import { describeRejections } from './describe-rejections.ts';
import { describeWindow } from './describe-window.ts';
import { versionText } from '../presence.ts';
import { plainLine, quoted } from '../quoted.ts';
import type {
  ChangedBy,
  ChoiceFacts,
  ClosedRequestFacts,
  CommitFacts,
  FailureFacts,
  FailureReason,
  HoldCode,
  NoMatchFacts,
  OtherImageFacts,
  OwnerClaim,
  PinFacts,
  ProposedFacts,
  PushDifference,
  PushFacts,
  Reason,
  ReasonOf,
  RewriteFacts,
  RollbackFacts,
  UpdateFacts,
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
      return `${choice(reason.facts)}; the target has ${presentText(reason.facts)}`;
    case 'check-failed':
      return checkFailed(reason.facts);
    case 'rewritten':
      return `${choice(reason.facts)}; the target has it, ${faultText(reason.facts)}`;
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
      return noCandidate(reason.facts);
    case 'other-image':
      return otherImage(reason.facts);
    case 'no-newest-build':
      return describeTie(reason.facts);
    case 'not-live':
      return `the target does not contain the image and the Application does not run it: ${reason.facts.detail}; the annotation force-update writes it all the same`;
    case 'not-due': {
      const seconds = Math.floor(reason.facts.waited / 1_000) * 1_000;
      return `evaluated ${formatDuration(seconds)} ago; its interval is ${formatDuration(reason.facts.interval)}`;
    }
    default:
      return describeHeld(reason);
  }
}

/** Why there is something newer and it is not written, or that it failed. */
function describeHeld(
  reason: ReasonOf<HoldCode | 'gate-unavailable' | 'promotion-waiting'> | FailureReason,
): string {
  switch (reason.code) {
    case 'paused':
      return describePaused(reason.facts);
    case 'pinned':
      return pinned(reason.facts);
    case 'rolled-back':
      return rolledBack(reason.facts);
    case 'rolled-back-in-argo-cd':
      return describeArgoCdRollback(reason.facts);
    case 'downgrade':
      return describeDowngrade(reason.facts);
    case 'proposal-closed':
      return proposalClosed(reason.facts);
    case 'too-young':
      return describeTooYoung(reason);
    case 'age-unknown':
      return describeUnknownAge(reason.facts);
    case 'verification-failed':
      return describeVerificationFailed(reason.facts);
    case 'signature-missing':
    case 'signature-invalid':
      return `${describeTurnedAway(reason)}; it is not written`;
    case 'gate-unavailable':
      return reason.facts.gate === 'promotion'
        ? describeUnaskedUpstream(reason.facts)
        : describeUnasked(reason.facts);
    case 'promotion-waiting':
      return describePromotion(reason.facts);
    case 'awaiting-approval':
      return `${versionText(reason.facts.candidate) ?? ''} waits for somebody to promote it: ${reason.facts.command}`;
    case 'outside-window':
      return describeWindow(reason.facts);
    default:
      return failure(reason.facts);
  }
}

function checkFailed({ check, detail, from, to, isCompanion }: ReasonOf<'check-failed'>['facts']): string {
  const found = detail === '' ? '' : ` (${plainLine(detail)})`;
  if (isCompanion === true)
    return `the check ${printableName(check)} failed for what the same commit wrote elsewhere${found}, so ${from} is taken back to ${to}`;
  return `the check ${printableName(check)} failed for ${from}${found}, which is taken back to ${to}`;
}

function noCandidate({ rejected }: ReasonOf<'no-matching-platform'>['facts']): string {
  const isFalse = rejected.some(({ kind }) => kind === 'false-build-times');
  const none = isFalse ? 'no candidate can be chosen' : 'no candidate is an image for the required platforms';
  return `${none}: ${describeRejections(rejected)}`;
}

function choice(facts: ChoiceFacts): string {
  const { chosen, strategy, considered, push, build, rejected, promotedFrom } = facts;
  const times = push === undefined ? describeBuild(build) : pushed(push);
  const how = times === '' ? '' : ` (${times})`;
  const others = rejected === undefined ? '' : ` (passed over: ${describeRejections(rejected)})`;
  const what =
    promotedFrom !== undefined
      ? `the newest version that may be promoted from ${promotedFrom.map(plainLine).join(' and ')}`
      : build?.tied === undefined
        ? best(strategy, considered)
        : `one of the newest builds of ${tagsText(considered)}`;
  return `${versionText(chosen) ?? chosen.tag} is ${what}${how}${others}`;
}

/** The name is told where it alone is the difference. */
function presentText({ present, chosen }: UpdateFacts): string {
  const version = versionText(present);
  if (version === undefined) return 'no version';
  return version === versionText(chosen) && present.name !== undefined
    ? `${version} of ${plainLine(present.name)}`
    : version;
}

function faultText({ fault }: RewriteFacts): string {
  switch (fault) {
    case 'incomplete':
      return 'but lacks another key, parameter or variable of the image';
    case 'unequal':
      return 'but not in all of its values';
    case 'misread':
      return 'but without quotes, so that it is read as another value';
  }
}

function best(strategy: Strategy, considered: number): string {
  const tags = tagsText(considered);
  switch (strategy.kind) {
    case 'semver':
      return `the highest version${orderText(strategy)} of ${tags} that satisfies ${constraintText(strategy.constraint)}`;
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

function orderText({ order }: Extract<Strategy, { kind: 'semver' }>): string {
  return order === undefined ? '' : ` (order ${order.by})`;
}

function tagsText(considered: number): string {
  return considered === 1 ? 'the one tag considered' : `the ${considered} tags considered`;
}

function constraintText(constraint: string): string {
  return constraint === '' ? '*' : constraint;
}

function pushed({ clock, time, tied, untimed, sameBuild }: PushFacts): string {
  const instant = formatInstant(time);
  const when =
    clock === 'registry'
      ? `pushed ${instant} according to the registry`
      : `first seen ${instant}; the registry gives no push times`;
  const which = sameBuild === true ? 'one that no build time tells apart' : 'the build that is newest';
  const tie = tied === undefined ? '' : `; of ${tied} tags of that time ${which}`;
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

function noMatch({ strategy, listed, considered, pattern }: NoMatchFacts): string {
  const filters = `${pattern === undefined ? '' : `the pattern ${pattern}, `}allow-tags and ignore-tags`;
  if (considered === 0) return `none of ${listed} tags passes ${filters}`;
  const tags = `the ${considered} tags considered (of ${listed})`;
  switch (strategy.kind) {
    case 'semver':
      return strategy.order === undefined
        ? `none of ${tags} is a version that satisfies ${constraintText(strategy.constraint)}`
        : `none of ${tags} holds a version (order ${strategy.order.by}) that satisfies ${constraintText(strategy.constraint)}`;
    case 'digest':
      return `the tag ${strategy.tag} is not among ${tags}`;
    case 'newest-build':
    case 'newest-pushed':
    case 'alphabetical':
      return `none of ${tags} can be chosen`;
  }
}

function otherImage({ name, isRunning }: OtherImageFacts): string {
  const runs = isRunning ? ', which the Application runs' : '';
  return `the target has another image there, ${quoted(name)}${runs}; name the keys of this image with annotations, or write it all the same with force-update`;
}

function pinned({ by, text, candidate }: PinFacts): string {
  const where = by === 'annotation' ? 'the annotation hold' : 'a comment beside the value';
  const why = text === '' ? '' : `: ${quoted(text)}`;
  return `pinned by ${where}${why}; ${versionText(candidate) ?? candidate.tag} is not written`;
}

function rolledBack({ from, to, isOlder, changedBy, until }: RollbackFacts): string {
  const verb = isOlder || changedBy.kind === 'check' ? 'rolled back' : 'changed by hand';
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
  if (changedBy.kind === 'check') return byCheck(changedBy);
  const since = changedBy.since === undefined ? '' : ` since ${changedBy.since.slice(0, SHORT_SHA)}`;
  return changedBy.kind === 'unknown'
    ? `by somebody${since}`
    : `by one of ${changedBy.count} commits${since}, the latest ${byCommit(changedBy.latest)}`;
}

function byCheck({ check, commit: { sha } }: Extract<ChangedBy, { kind: 'check' }>): string {
  const name = check === '' ? 'a check' : `the check ${printableName(check)}`;
  return `by ${name} in ${sha.slice(0, SHORT_SHA)}`;
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
    case 'owned-place':
      return ownedPlace(facts.owner);
    case 'owned-branch':
      return `${quoted(facts.branch)} belongs to ${applicationText(facts.owner)}, whose own source it is: name another branch in git-branch`;
    case 'shared-push-branch':
      return `${quoted(facts.branch)} is to be pushed ${differenceText(facts.difference)}, so nothing is: give each its own branch in git-branch`;
    case 'push-branch-is-base':
      return `${quoted(facts.branch)} is to be pushed as a branch beside ${quoted(facts.base)}, and is a base itself: name another branch in git-branch`;
  }
}

function ownedPlace({ value, ...owner }: OwnerClaim): string {
  const wants = value === undefined ? 'whose version is not known in this cycle' : `which wants ${value}`;
  return `the place is in the own source of ${ownerText(owner)}, ${wants}, so this is not written: name another key or file`;
}

function ownerText({ application, alias }: Omit<OwnerClaim, 'value'>): string {
  const name = applicationText(application);
  return alias === '' ? name : `${name} (${alias})`;
}

function claimText({ value, ...owner }: VersionClaim): string {
  return `${ownerText(owner)} wants ${value}`;
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
