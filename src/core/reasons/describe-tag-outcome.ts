import { formatPlatform } from '../image/platform.ts';
import type { ImagePolicy, Strategy } from '../policy.ts';
import { plainLine, quoted } from '../quoted.ts';
import { describeTurnedAway, describeYouth } from './describe-gate.ts';
import { nameOfType, platformTexts } from './describe-rejections.ts';
import type { Rejection } from './reason.ts';
import type { TagOutcome } from './tag-outcome.ts';

/** What became of a tag, as a sentence of which the tag is not a part. The policy is that by which it was judged. */
export function describeTagOutcome(outcome: TagOutcome, { strategy }: Pick<ImagePolicy, 'strategy'>): string {
  switch (outcome.kind) {
    case 'supplementary':
      return 'belongs to another image: a signature, an attestation or a bill of materials';
    case 'not-allowed':
      return `allow-tags ${allowText(outcome.allow)} does not match`;
    case 'other-pattern':
      return `the pattern ${plainLine(outcome.pattern)} behind the image does not match`;
    case 'ignored':
      return `ignored by ${plainLine(outcome.ignore)} in ignore-tags`;
    case 'no-version':
      return notVersion(strategy);
    case 'outside-constraint':
      return `does not satisfy ${constraintOf(strategy)}`;
    case 'prerelease':
      return `a pre-release, which ${constraintOf(strategy)} leaves out`;
    case 'not-followed':
      return strategy.kind === 'digest' && strategy.tag !== ''
        ? `not ${plainLine(strategy.tag)}, the tag that is followed`
        : 'not the tag that is followed';
    case 'not-promoted':
      return notPromoted(outcome);
    case 'turned-away':
      return outcome.why.code === 'too-young'
        ? `too young: ${describeYouth(outcome.why.facts)}`
        : describeTurnedAway(outcome.why);
    case 'young':
      return 'seen for less time than minimum-age asks';
    case 'unfit':
      return unfit(outcome.why, outcome.required);
    case 'unreadable':
      return `could not be read: ${outcome.error.line}`;
    case 'no-time':
      return noTime(outcome);
    case 'not-reached':
      return 'not looked at';
    case 'chosen':
      return 'chosen';
    case 'same-version':
      return `the same version as ${plainLine(outcome.chosen)}`;
    case 'lower':
      return `number ${outcome.place}, behind ${plainLine(outcome.chosen)}`;
    case 'older':
      return `older than ${plainLine(outcome.inForce)}, the version in force`;
  }
}

/** As it is written in an annotation. */
export function allowText(expression: string): string {
  return plainLine(`regexp:${expression}`);
}

function constraintOf(strategy: Strategy): string {
  const text = strategy.kind === 'semver' ? strategy.constraint : '';
  return `the constraint ${text === '' ? '*' : plainLine(text)}`;
}

function notVersion(strategy: Strategy): string {
  if (strategy.kind !== 'semver' || strategy.order === undefined) return 'not a version';
  return `holds no version (order ${strategy.order.by}) where ${allowText(strategy.order.expression)} says it is`;
}

function notPromoted({ upstreams, why }: Extract<TagOutcome, { kind: 'not-promoted' }>): string {
  const from = upstreams.map(plainLine).join(' and ');
  return why === 'never-had' ? `${from} did not have it` : `not to be promoted from ${from} now`;
}

function noTime({ of, isFalse }: Extract<TagOutcome, { kind: 'no-time' }>): string {
  if (of === 'push') return 'has no time of push';
  return isFalse ? 'its build time cannot be true' : 'has no build time';
}

function unfit(why: Rejection, required: Extract<TagOutcome, { kind: 'unfit' }>['required']): string {
  switch (why.kind) {
    case 'gone':
      return 'listed, and does not exist';
    case 'no-image':
      return nameOfType(why.type);
    case 'unusable':
      return `cannot be used: ${why.error.message}`;
    case 'other-platforms': {
      const asked = (required ?? []).map(formatPlatform).join(' or ');
      return `offers ${platformTexts(why.platforms)}; ${plainLine(asked)} is required`;
    }
    case 'other-digest':
      return 'not the image that was deployed where it is promoted from';
    case 'turned-away':
      return describeTurnedAway(why.why);
    case 'no-build-times':
    case 'no-push-times':
    case 'false-build-times':
      return quoted(why.kind);
  }
}
