import type { LynceusError } from '../../errors.ts';
import type { ChosenImage } from '../change.ts';
import type { Platform } from '../image/platform.ts';
import type { PlatformDefaults } from './check-tag.ts';
import type { ImageSlot, Observation, PresentImage, TrackedImage } from '../policy.ts';
import { isAtVersion, type Presence } from '../presence.ts';
import type {
  BuildFacts,
  ChoiceFacts,
  FailureReason,
  PushFacts,
  ReasonOf,
  Rejection,
  StepBack,
  TieFacts,
  HoldCode,
} from '../reasons/reason.ts';
import type { ImageFacts, TagListing } from '../tags/facts.ts';

type SkipCode =
  | 'no-tags'
  | 'no-matching-tag'
  | 'no-matching-platform'
  | 'no-newest-build'
  | 'other-image'
  | 'not-live'
  | 'not-due';

/** What happens to an image in this cycle, and why. */
export type Decision =
  | (ReasonOf<'newer-version' | 'digest-moved' | 'first-write' | 'rewritten' | 'check-failed'> & {
      readonly outcome: 'update';
      readonly to: ChosenImage;
      /** Empty when unread, as choosing by name leaves them. */
      readonly labels: Readonly<Record<string, string>>;
      /** Of the image that was checked; `undefined` when the image does not name it. */
      readonly platform?: Platform | undefined;
      /** How it is, or may be, older than the version in force; absent when it is newer, or there is none. */
      readonly stepBack?: StepBack;
    })
  | (ReasonOf<'up-to-date'> & { readonly outcome: 'current'; readonly candidate: ChosenImage })
  | (ReasonOf<HoldCode> & {
      readonly outcome: 'held';
      readonly candidate: ChosenImage;
    })
  /** Of an image that is promoted there may be no candidate. */
  | (ReasonOf<'promotion-waiting' | 'gate-unavailable'> & {
      readonly outcome: 'held';
      readonly candidate: ChosenImage | undefined;
    })
  | (ReasonOf<SkipCode> & {
      readonly outcome: 'skipped';
      readonly candidate: undefined;
    })
  | (FailureReason & { readonly outcome: 'failed'; readonly candidate: ChosenImage | undefined });

/** When a decision is another one because of the time alone, in milliseconds since 1970; `undefined` when that is not known. */
export function waitsUntil(decision: Decision): number | undefined {
  if (decision.outcome !== 'held') return undefined;
  switch (decision.code) {
    case 'outside-window':
      return decision.facts.opensAt;
    case 'too-young':
      return decision.facts.until;
    default:
      return undefined;
  }
}

/** Whether a version waits for the time, or for a person: what was proposed for it stays as it is, and nothing new is. */
export function isSuspended(decision: Decision): boolean {
  return decision.outcome === 'held' && (decision.code === 'outside-window' || decision.code === 'paused');
}

/** All that a decision is made of, beside facts about tags. */
export interface SelectionInput extends Pick<TrackedImage, 'image' | 'policy' | 'observed'> {
  /** Where the version would be written; `undefined` when nothing is to be written. */
  readonly slot: ImageSlot | undefined;
  readonly presence: Presence;
  readonly listing: TagListing;
  /** Tags that a gate turned away already; absent for none. */
  readonly turnedAway?: ReadonlySet<string>;
  /** The versions that may be written, where they come from another image; absent where every tag may be. */
  readonly promoted?: PromotedChoice;
  readonly platformDefaults: PlatformDefaults;
  /** When the tags were listed, in milliseconds since 1970; where it is absent no build time is too late. */
  readonly now?: number;
}

/** What an image may be promoted to, both newest first by the order in which the other image had them. */
export interface PromotedChoice {
  readonly eligible: readonly { readonly tag: string; readonly digest?: string }[];
  /** All that it had, as `versionText` spells them: what comes behind the version in force is older. */
  readonly order: readonly string[];
  /** Where they come from, for people. */
  readonly upstreams: readonly string[];
}

/** The version in force: what the target has, else what the Application's own spec has. */
export function inForce(presence: Presence, { declared }: Observation): PresentImage | undefined {
  return presence.kind === 'present' ? presence.image : declared;
}

/** Whether the chosen version is in force already, in every key and with nothing wrong with it. */
export function isInForce({ presence, observed, slot, image }: SelectionInput, chosen: ChosenImage): boolean {
  const now = inForce(presence, observed);
  return now !== undefined && slot !== undefined && isAtVersion(now, { slot, image, to: chosen }, 'kept');
}

/** Whether the target has the chosen version, be it as it should be or with a fault. */
export function hasVersion(
  { presence, observed, slot, image }: SelectionInput,
  chosen: ChosenImage,
): boolean {
  const now = inForce(presence, observed);
  if (now === undefined || slot === undefined) return false;
  const { fault: _fault, differing: _differing, ...version } = now;
  return isAtVersion(version, { slot, image, to: chosen }, 'kept');
}

/** A version, and how it was chosen. */
export interface VersionChoice {
  readonly input: SelectionInput;
  readonly chosen: ChosenImage;
  readonly considered: number;
  readonly push?: PushFacts;
  /** Tags that come before it, or that cannot be compared with it, and why they are not chosen. */
  readonly rejected: readonly Rejection[];
  readonly stepBack?: StepBack | undefined;
  readonly build?: BuildFacts;
}

/** Writes the chosen version, unless it is in force. `images` are what is behind its tag. */
export function decideChosen(choice: VersionChoice, images: readonly ImageFacts[]): Decision {
  const { input, chosen } = choice;
  if (isInForce(input, chosen)) return upToDate(choice);
  const { labels = {}, platform } = images[0] ?? {};
  const stepBack = choice.stepBack === undefined ? {} : { stepBack: choice.stepBack };
  const update = { outcome: 'update', to: chosen, labels, platform, ...stepBack } as const;
  const present = inForce(input.presence, input.observed);
  if (present === undefined) return { ...update, code: 'first-write', facts: factsOf(choice) };
  const facts = { ...factsOf(choice), present };
  const fault = present.fault ?? (present.differing === undefined ? undefined : 'unequal');
  if (fault !== undefined && hasVersion(input, chosen))
    return { ...update, code: 'rewritten', facts: { ...facts, fault } };
  const code = chosen.digest !== undefined && present.tag === chosen.tag ? 'digest-moved' : 'newer-version';
  return { ...update, code, facts };
}

export function upToDate(choice: VersionChoice): Decision {
  return { outcome: 'current', code: 'up-to-date', facts: factsOf(choice), candidate: choice.chosen };
}

function factsOf({ input, chosen, considered, push, build, rejected }: VersionChoice): ChoiceFacts {
  return {
    chosen,
    strategy: input.policy.strategy,
    considered,
    ...(push === undefined ? {} : { push }),
    ...(build === undefined ? {} : { build }),
    ...(rejected.length === 0 ? {} : { rejected }),
    ...(input.promoted === undefined ? {} : { promotedFrom: input.promoted.upstreams }),
  };
}

/** No tag passes the filters and the strategy. */
export function nothingMatches({ listing, policy }: SelectionInput, considered: number): Decision {
  const skipped = { outcome: 'skipped', candidate: undefined } as const;
  const listed = listing.tags.length;
  if (listed === 0) return { ...skipped, code: 'no-tags', facts: {} };
  const { strategy, filter } = policy;
  const facts = { strategy, listed, considered };
  const pattern = filter.pattern === undefined ? {} : { pattern: filter.pattern };
  return { ...skipped, code: 'no-matching-tag', facts: { ...facts, ...pattern } };
}

/** Tags match, and none of them is an image for the required platforms. */
export function nothingFits(rejected: readonly Rejection[]): Decision {
  return { outcome: 'skipped', code: 'no-matching-platform', facts: { rejected }, candidate: undefined };
}

/** Several images were built last, and the target has none of them. */
export function noNewest(facts: TieFacts): Decision {
  return { outcome: 'skipped', code: 'no-newest-build', facts, candidate: undefined };
}

/** A tag could not be read, and might have been the one to choose. */
export function incomplete(tag: string, error: LynceusError): Decision {
  const facts = { kind: 'tag-unreadable', tag, error } as const;
  return { outcome: 'failed', code: 'metadata-incomplete', facts, candidate: undefined };
}

/** An image fails with this error; `candidate` is what would have been written. */
export function failedDecision(error: LynceusError, candidate?: ChosenImage): Decision {
  return { outcome: 'failed', code: error.code, facts: { kind: 'error', error }, candidate };
}
