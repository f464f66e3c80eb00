import type { ErrorCode, LynceusError } from '../errors.ts';
import type { ChosenImage } from './change.ts';
import type { Platform } from './image/platform.ts';
import type { PlatformDefaults } from './judge-tag.ts';
import type { PresentImage, Strategy, UpdatePolicy } from './policy.ts';
import { isAtVersion, versionText, type Presence } from './presence.ts';
import type { ReasonCode } from './report.ts';
import type { ImageFacts, TagListing } from './tags/facts.ts';

/** What is to become of an image in this cycle, with its literal reason. */
export type Decision =
  | {
      readonly outcome: 'update';
      readonly code: ReasonCode;
      readonly reason: string;
      readonly to: ChosenImage;
      /** Empty when unread, as choosing by name leaves them. */
      readonly labels: Readonly<Record<string, string>>;
      /** Of the image that was judged; `undefined` when it does not tell. */
      readonly platform?: Platform | undefined;
    }
  | {
      readonly outcome: 'current' | 'held' | 'skipped' | 'failed';
      readonly code: ReasonCode | ErrorCode;
      readonly reason: string;
      readonly candidate: ChosenImage | undefined;
    };

/** All that a decision is made of, beside facts about tags. */
export interface SelectionQuestion {
  readonly policy: UpdatePolicy;
  readonly presence: Presence;
  readonly listing: TagListing;
  readonly platformDefaults: PlatformDefaults;
}

/** What is in force now: what the target says, else what the Application's own spec says. */
export function inForce(presence: Presence, policy: UpdatePolicy): PresentImage | undefined {
  return presence.kind === 'present' ? presence.image : policy.declared;
}

/** Whether what is in force is the chosen version already. */
export function says(question: SelectionQuestion, chosen: ChosenImage): boolean {
  const now = inForce(question.presence, question.policy);
  const { slot, image } = question.policy;
  return now !== undefined && isAtVersion(now, { slot, image, to: chosen }, 'kept');
}

interface Settlement {
  readonly question: SelectionQuestion;
  readonly chosen: ChosenImage;
  readonly images: readonly ImageFacts[];
  readonly count: number;
  /** What the reason says in brackets of how it was chosen. */
  readonly detail?: string;
}

const NOT_NAMED_YET = '; the target does not name the image yet';

/** The reason of a decision where there is no target at all, as when somebody tries one image by hand. */
export function withoutTarget(reason: string): string {
  return reason.endsWith(NOT_NAMED_YET) ? reason.slice(0, -NOT_NAMED_YET.length) : reason;
}

export function settle(settlement: Settlement): Decision {
  const { question, chosen, images, count, detail } = settlement;
  if (says(question, chosen)) return upToDate(settlement);
  const { labels = {}, platform } = images[0] ?? {};
  const best = `${versionText(chosen) ?? chosen.tag} is ${bestOf(question.policy.strategy, count)}${inBrackets(detail)}`;
  const present = inForce(question.presence, question.policy);
  if (present === undefined) {
    return {
      outcome: 'update',
      code: 'first-write',
      reason: `${best}${NOT_NAMED_YET}`,
      to: chosen,
      labels,
      platform,
    };
  }
  const now = versionText(present) ?? 'nothing';
  const code = chosen.digest !== undefined && present.tag === chosen.tag ? 'digest-moved' : 'newer-version';
  return { outcome: 'update', code, reason: `${best}; the target says ${now}`, to: chosen, labels, platform };
}

export function upToDate({ question, chosen, count, detail }: Omit<Settlement, 'images'>): Decision {
  const reason = `${versionText(chosen) ?? chosen.tag} is ${bestOf(question.policy.strategy, count)}${inBrackets(detail)}, and the target says so`;
  return { outcome: 'current', code: 'up-to-date', reason, candidate: chosen };
}

function inBrackets(detail: string | undefined): string {
  return detail === undefined ? '' : ` (${detail})`;
}

function bestOf(strategy: Strategy, count: number): string {
  const tags = count === 1 ? 'the one tag considered' : `the ${count} tags considered`;
  switch (strategy.kind) {
    case 'semver':
      return `the highest version of ${tags} that satisfies ${strategy.constraint === '' ? '*' : strategy.constraint}`;
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

export function nothingMatches(question: SelectionQuestion, considered: number): Decision {
  const seen = question.listing.tags.length;
  if (seen === 0) return skipped('no-tags', 'the registry lists no tags for this image');
  const { strategy } = question.policy;
  if (considered === 0)
    return skipped('no-matching-tag', `none of ${seen} tags passes allow-tags and ignore-tags`);
  if (strategy.kind === 'semver') {
    return skipped(
      'no-matching-tag',
      `none of the ${considered} tags considered (of ${seen}) is a version that satisfies ${strategy.constraint === '' ? '*' : strategy.constraint}`,
    );
  }
  if (strategy.kind === 'digest')
    return skipped(
      'no-matching-tag',
      `the tag ${strategy.tag} is not among the ${considered} tags considered (of ${seen})`,
    );
  return skipped('no-matching-tag', `none of the ${considered} tags considered (of ${seen}) can be chosen`);
}

export function nothingFits(rejected: readonly string[]): Decision {
  const shown = rejected.slice(0, 3).join('; ');
  const more = rejected.length > 3 ? ` and ${rejected.length - 3} more` : '';
  return skipped(
    'no-matching-platform',
    `no candidate is an image for the wanted platforms: ${shown}${more}`,
  );
}

export function incomplete(tag: string, error: LynceusError): Decision {
  const reason = `the metadata of tag ${tag}, which may be the one to choose, could not be read: ${error.line}`;
  return { outcome: 'failed', code: 'metadata-incomplete', reason, candidate: undefined };
}

function skipped(code: ReasonCode, reason: string): Decision {
  return { outcome: 'skipped', code, reason, candidate: undefined };
}
