import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import type { VersionJudgement, WaitingVersion } from '../promotion/judge-version.ts';
import type { PromotionStage } from '../promotion/promotion-policy.ts';
import { plainLine } from '../quoted.ts';
import type { PromotionFacts, UnaskedUpstreamFacts } from './promotion-facts.ts';

/** Why no version is promoted, as a sentence. */
export function describePromotion(facts: PromotionFacts): string {
  switch (facts.kind) {
    case 'judged':
      return `${facts.version} is not promoted: ${describeJudgement(facts.judgement, facts)}`;
    case 'not-listed':
      return `${facts.version} may be promoted, and the registry does not list it yet: push it to ${facts.repository}`;
    case 'other-digest':
      return `${facts.version} is not promoted: its tag is another image here than in ${plainLine(facts.upstream)}`;
    case 'nothing':
      return `${listText(facts.upstreams)} ${facts.upstreams.length === 1 ? 'has' : 'have'} no version that could be promoted`;
    case 'none-fits':
      return `${facts.count === 1 ? 'the version' : `none of the ${facts.count} versions`} that ${listText(facts.upstreams)} had ${facts.count === 1 ? 'does not pass' : 'passes'} the constraint and the filters of this image`;
  }
}

/** Why the version of an upstream image is not promoted from there, as a part of a sentence. */
export function describeJudgement(
  judgement: Exclude<VersionJudgement, { kind: 'eligible' }>,
  { upstream, asked }: Pick<Extract<PromotionFacts, { kind: 'judged' }>, 'upstream' | 'asked'>,
): string {
  const where = plainLine(upstream);
  switch (judgement.kind) {
    case 'rolled-back':
      return judgement.by.by === 'check'
        ? `the check ${plainLine(judgement.by.check)} rolled it back in ${where}`
        : `somebody rolled it back in ${where}`;
    case 'failed':
      return `it failed the check ${plainLine(judgement.check)} in ${where}`;
    case 'waiting':
      return waitingText(judgement, where, asked);
  }
}

function waitingText(
  { has, since, enoughAt, isOver, health }: WaitingVersion,
  where: string,
  { when, after }: Extract<PromotionFacts, { kind: 'judged' }>['asked'],
): string {
  const wanted = `it must be ${when}${after === 0 ? '' : ` for ${formatDuration(after)}`}`;
  if (has === undefined) return `${where} never had it, and ${wanted} there`;
  const state =
    health === undefined || has === 'written' ? stageText(has) : `${stageText(has)} and ${health}`;
  if (isOver === true)
    return `in ${where} it was ${stageText(has)} when another version took its place, and ${wanted}`;
  if (since === undefined) return `in ${where} it is ${state}, and ${wanted}`;
  const counted = `it is ${when === 'verified' ? 'healthy' : when} there since ${formatInstant(since)}`;
  const until = enoughAt === undefined ? '' : `, which is so at ${formatInstant(enoughAt)}`;
  return `in ${where} ${counted.replace(' there', '')}, and ${wanted}${until}`;
}

function stageText(stage: PromotionStage): string {
  return stage === 'written' ? 'written, not synced yet' : stage;
}

/** Why it is not known what may be promoted. */
export function describeUnaskedUpstream({ upstream, error }: Omit<UnaskedUpstreamFacts, 'gate'>): string {
  return `what ${plainLine(upstream)} has could not be read, so nothing is promoted: ${error.line}`;
}

function listText(texts: readonly string[]): string {
  return texts.map(plainLine).join(' and ');
}
