import { formatInstant, isInstant } from '../instant.ts';
import type { ImagePolicy } from '../policy.ts';
import { plainLine } from '../quoted.ts';
import { allowText, describeTagOutcome } from '../reasons/describe-tag-outcome.ts';
import { describeWayOut, type ImageOfCommand } from '../reasons/describe-way-out.ts';
import type { Reason } from '../reasons/reason.ts';
import type { ExplainedTag, TagOutcome } from '../reasons/tag-outcome.ts';
import { suggestConstraint } from './suggest-constraint.ts';

/** So many sentences are enough to act on. */
const MOST_SENTENCES = 6;

export interface NeededInput {
  /** As `explainSearch` orders them. */
  readonly tags: readonly ExplainedTag[];
  readonly policy: ImagePolicy;
  readonly reason: Reason;
  readonly named: ImageOfCommand;
}

/**
 * What would have to be another way for another answer: first what holds the image, then for each rule that leaves out tags which
 * are newer than the chosen one, the newest of these and how it would pass. One sentence each, for people.
 */
export function describeNeeded({ tags, policy, reason, named }: NeededInput): readonly string[] {
  const wayOut = describeWayOut(reason, named);
  const groups = new Map<string, { readonly first: ExplainedTag; count: number }>();
  for (const one of newerTags(tags, policy)) {
    const key = ruleOf(one.outcome);
    if (key === undefined || (one.outcome.kind === 'turned-away' && one.outcome.why.code === reason.code))
      continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: one, count: 1 });
    else group.count += 1;
  }
  const sentences = [...groups.values()].map(({ first, count }) => sentenceFor(first, count, policy));
  return [...(wayOut === undefined ? [] : [`to end what holds it: ${wayOut}`]), ...sentences].slice(
    0,
    MOST_SENTENCES,
  );
}

/** Those in front of the chosen one, else of the one in force; and those that may be newer, because their times are not known. */
function newerTags(tags: readonly ExplainedTag[], { strategy }: ImagePolicy): readonly ExplainedTag[] {
  const chosen = tags.findIndex(({ outcome }) => outcome.kind === 'chosen');
  const end = chosen >= 0 ? chosen : tags.findIndex(({ isInForce }) => isInForce);
  const newer = end < 0 ? tags : tags.slice(0, end);
  if (strategy.kind !== 'newest-build' && strategy.kind !== 'newest-pushed') return newer;
  const unknown =
    end < 0 ? [] : tags.slice(end).filter(({ time, outcome }) => time === undefined && isFiltered(outcome));
  return [...newer, ...unknown];
}

function isFiltered({ kind }: TagOutcome): boolean {
  return kind === 'not-allowed' || kind === 'other-pattern' || kind === 'ignored';
}

/** Equal for tags that the same rule leaves out; `undefined` where a person can change nothing, or it is no rule. */
function ruleOf(outcome: TagOutcome): string | undefined {
  switch (outcome.kind) {
    case 'ignored':
      return `ignored ${outcome.ignore}`;
    case 'turned-away':
      return `turned away ${outcome.why.code}`;
    case 'unfit':
      return `unfit ${outcome.why.kind}`;
    case 'not-promoted':
      return `not promoted ${outcome.why}`;
    case 'no-version':
    case 'not-allowed':
    case 'other-pattern':
    case 'outside-constraint':
    case 'prerelease':
    case 'not-followed':
    case 'young':
    case 'unreadable':
    case 'no-time':
      return outcome.kind;
    case 'supplementary':
    case 'not-reached':
    case 'chosen':
    case 'same-version':
    case 'lower':
    case 'older':
      return undefined;
  }
}

function sentenceFor({ tag, outcome }: ExplainedTag, count: number, policy: ImagePolicy): string {
  const name = plainLine(tag);
  const tags = count === 1 ? name : `${name} and ${count - 1} more`;
  const { strategy } = policy;
  switch (outcome.kind) {
    case 'not-allowed':
      return `allow-tags ${allowText(outcome.allow)} does not match ${tags}: write an expression that does`;
    case 'other-pattern':
      return `the pattern ${plainLine(outcome.pattern)} behind the image does not match ${tags}: write one that does`;
    case 'ignored':
      return `ignore-tags ${plainLine(outcome.ignore)} leaves out ${tags}: remove it, or write one that does not match`;
    case 'outside-constraint':
    case 'prerelease': {
      if (strategy.kind !== 'semver') break;
      const verb = outcome.kind === 'prerelease' ? 'leaves out the pre-release' : 'excludes';
      const suggested = suggestConstraint(strategy, tag);
      const advice =
        suggested === undefined
          ? 'choose another constraint'
          : `write ${suggested} to allow ${count === 1 ? 'it' : name}`;
      return `the constraint ${strategy.constraint === '' ? '*' : plainLine(strategy.constraint)} ${verb} ${tags}: ${advice}`;
    }
    case 'no-version':
      return `${tags} ${count === 1 ? 'is no version' : 'are no versions'}: choose another update-strategy, such as newest-build, or say with allow-tags and order which part is one`;
    case 'not-followed':
      return `update-strategy digest follows one tag alone: write ${name} behind the image to follow that one`;
    case 'not-promoted':
      return outcome.why === 'never-had'
        ? `${tags} did not come through ${outcome.upstreams.map(plainLine).join(' and ')}: deploy ${count === 1 ? 'it' : name} there first`
        : `${tags} may not be promoted yet: lynceus pipeline shows what is lacking`;
    case 'turned-away':
      return turnedAway(outcome.why, tags);
    case 'young':
      return `${tags} must be older: wait, or lower minimum-age`;
    case 'unfit':
      if (outcome.why.kind === 'other-platforms')
        return `${name} ${describeTagOutcome(outcome, policy)}${more(count)}: push an image for that, or set platforms`;
      return `${name} ${outcome.why.kind === 'unusable' ? '' : 'is '}${describeTagOutcome(outcome, policy)}${more(count)}`;
    case 'unreadable':
    case 'no-time':
      return `${name} ${describeTagOutcome(outcome, policy)}${more(count)}`;
    case 'supplementary':
    case 'not-reached':
    case 'chosen':
    case 'same-version':
    case 'lower':
    case 'older':
      break;
  }
  return `${name}: ${describeTagOutcome(outcome, policy)}`;
}

function turnedAway(why: Extract<TagOutcome, { kind: 'turned-away' }>['why'], tags: string): string {
  switch (why.code) {
    case 'too-young': {
      const { until } = why.facts;
      const when = isInstant(until) ? `old enough on ${formatInstant(until)}` : 'not old enough';
      return `${plainLine(why.facts.candidate.tag)} is ${when}: wait, or lower minimum-age`;
    }
    case 'signature-missing':
    case 'signature-invalid': {
      const { asked } = why.facts;
      const by = asked.kind === 'policy' ? `the policy ${asked.name}` : 'the key of its ImageUpdater';
      return `${tags} must be signed for ${plainLine(by)}`;
    }
  }
}

function more(count: number): string {
  return count === 1 ? '' : ` (as ${count - 1} more)`;
}
