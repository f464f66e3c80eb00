import { withDigest } from '../../core/gates/bind-digest.ts';
import { formatRepository } from '../../core/image/reference.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { concludePromotion, promotedChoice } from '../../core/promotion/conclude-promotion.ts';
import { imageText } from '../../core/promotion/promotion-faults.ts';
import { inForce, type Decision, type SelectionInput } from '../../core/selection/decision.ts';
import { fittingTags } from '../../core/selection/select.ts';
import { takesDigest } from '../../core/written-image.ts';
import { LynceusError } from '../../errors.ts';
import type { CheckSignature } from '../check-signature.ts';
import type { ChooseVersion } from '../choose-versions.ts';
import type { FindTags, FoundTags } from '../find-tags.ts';
import type { Waiting } from '../registry-questions.ts';
import type { Promoted } from './promotions.ts';

type Update = Extract<Decision, { outcome: 'update' }>;
type Input = Omit<SelectionInput, 'listing' | 'platformDefaults' | 'now'>;

interface Asking {
  readonly find: FindTags;
  readonly choose: ChooseVersion;
  readonly check: CheckSignature;
  readonly promoted: Promoted;
  readonly waiting: Waiting;
}

/** How many versions may be another image than upstream before nothing more is asked. */
const MOST_OTHERS = 20;

/** Chooses among what may be promoted. The registry is not asked where that is nothing. */
export async function decidePromoted(tracked: TrackedImage, input: Input, asking: Asking): Promise<Decision> {
  const { promoted, find, choose, waiting } = asking;
  if (promoted.kind === 'unread') {
    const { upstream, error } = promoted;
    const facts = { gate: 'promotion', upstream, error } as const;
    return { outcome: 'held', code: 'gate-unavailable', facts, candidate: undefined };
  }
  const { policy, presence, observed } = input;
  const present = inForce(presence, observed);
  const choice = promotedChoice(promoted, { policy, present });
  const conclude = (decision: Decision, found: FoundTags | undefined): Decision => {
    const listed = found?.kind === 'listed' ? new Set(found.listing.tags) : undefined;
    return concludePromotion(decision, promoted, {
      policy,
      present,
      fitting: fittingTags(
        input,
        promoted.versions.map(({ tag }) => tag),
      ),
      isListed: (tag) => listed?.has(tag) ?? true,
      repository: formatRepository(tracked.repository),
    });
  };
  if (choice.eligible.length === 0) return conclude(nothingPromoted(input), undefined);
  const found = await find(tracked, waiting);
  const others = new Map<string, Decision>();
  for (;;) {
    const turnedAway = new Set([...(input.turnedAway ?? []), ...others.keys()]);
    const { decision } = await choose({ ...input, promoted: choice, turnedAway }, found, waiting);
    const [first] = others.values();
    if (decision.outcome !== 'update') {
      const concluded = conclude(decision, found);
      // What is better is another image here.
      return first !== undefined && decision.outcome !== 'failed' ? first : concluded;
    }
    if (policy.promotion?.by !== 'digest') return decision;
    const checked = await sameDigest(tracked, decision, { ...asking, promoted, found });
    if (typeof checked !== 'string') return checked;
    others.set(decision.to.tag, otherDigest(decision, checked));
    if (others.size >= MOST_OTHERS || policy.strategy.kind === 'digest')
      return first ?? otherDigest(decision, checked);
  }
}

function nothingPromoted({ policy }: Input): Decision {
  const { strategy } = policy;
  const facts = { strategy, listed: 0, considered: 0 };
  return { outcome: 'skipped', code: 'no-matching-tag', facts, candidate: undefined };
}

/** The update by its digest, when that is behind the tag in every upstream image; else the upstream where it is not. */
async function sameDigest(
  tracked: TrackedImage,
  decision: Update,
  {
    promoted,
    found,
    find,
    check,
    waiting,
  }: Asking & { readonly promoted: Extract<Promoted, { kind: 'read' }>; readonly found: FoundTags },
): Promise<Decision | string> {
  const { tag } = decision.to;
  const known = promoted.versions.find((one) => one.tag === tag)?.digest;
  // The selection compared it with what is behind the tag here.
  if (decision.to.digest !== undefined && known === decision.to.digest) return decision;
  const digestIn = async (listed: FoundTags): Promise<string | LynceusError> =>
    listed.kind === 'failed' ? listed.error : await check.digestOf(listed, tag, waiting);
  const own = await digestIn(found);
  if (own instanceof LynceusError) return unread(imageText(tracked), own);
  for (const upstream of promoted.images) {
    const theirs = known ?? (await digestIn(await find(upstream, waiting)));
    if (theirs instanceof LynceusError) return unread(imageText(upstream), theirs);
    if (theirs !== own) return imageText(upstream);
  }
  const written =
    decision.facts !== undefined && 'present' in decision.facts ? decision.facts.present : undefined;
  return takesDigest(tracked.destination.slot, written) ? withDigest(decision, own) : decision;
}

function unread(upstream: string, error: LynceusError): Decision {
  const facts = { gate: 'promotion', upstream, error } as const;
  return { outcome: 'held', code: 'gate-unavailable', facts, candidate: undefined };
}

function otherDigest({ to }: Update, upstream: string): Decision {
  const facts = { kind: 'other-digest', version: to.tag, upstream } as const;
  return { outcome: 'held', code: 'promotion-waiting', facts, candidate: to };
}
