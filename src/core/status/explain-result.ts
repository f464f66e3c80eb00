import { LynceusError } from '../../errors.ts';
import { describeTagOutcome } from '../reasons/describe-tag-outcome.ts';
import type { ExplainedTag, TagOutcomeKind } from '../reasons/tag-outcome.ts';
import type { ImageResult } from '../report.ts';
import { explainSearch, type ExplainedSearch, type SearchedTags } from '../selection/explain.ts';
import { describeNeeded } from '../selection/needed.ts';
import { applicationText } from '../identity/application.ts';
import type { ImageExplanation, TagStatus } from './image-explanation.ts';
import type { VersionStatus } from './image-status.ts';

/** How many tags are shown unless all are wanted. */
export const SHOWN_TAGS = 50;

export interface ExplainOptions {
  /** At most so many tags in the answer. */
  readonly most: number;
  /** For people who may not read everything: see `ImageResult.forTenants`. */
  readonly forTenants?: boolean;
}

/**
 * How an image ended a cycle, and what became of every tag on the way. `search` is the last one that was made for it, `undefined`
 * where no tags were listed. Throws as `startSelection`.
 */
export function explainResult(
  result: ImageResult,
  search: SearchedTags | undefined,
  { most, forTenants = false }: ExplainOptions,
): ImageExplanation {
  const { basis } = result;
  const found: ExplainedSearch =
    search === undefined
      ? { tags: [], considered: 0, decision: undefined }
      : explainSearch(search, basis?.turnedAway);
  const searched = forTenants ? { ...found, tags: found.tags.map(confined) } : found;
  const shown = forTenants ? result.forTenants : undefined;
  const named = {
    application: applicationText(result.application),
    image: result.alias === '' ? result.image : result.alias,
  };
  const listedAt = search?.input.now;
  return {
    namespace: result.application.namespace,
    application: result.application.name,
    alias: result.alias,
    image: result.image,
    outcome: result.outcome,
    code: shown?.code ?? result.code,
    reason: shown?.message ?? result.reason,
    ...versionOf('current', result.current),
    ...versionOf('candidate', result.candidate),
    ...(listedAt === undefined ? {} : { listedAt }),
    strategy: basis?.policy.strategy.kind ?? '',
    counts: {
      listed: searched.tags.length,
      considered: searched.considered,
      codes: countCodes(searched.tags),
    },
    tags:
      basis === undefined ? [] : shownTags(searched.tags, most).map((one) => tagStatus(one, result, basis)),
    needed:
      basis === undefined
        ? []
        : describeNeeded({ tags: searched.tags, policy: basis.policy, reason: basis.reason, named }),
  };
}

/** Without what an error says of the network. */
function confined(tag: ExplainedTag): ExplainedTag {
  const { outcome } = tag;
  if (outcome.kind === 'unreadable')
    return { ...tag, outcome: { ...outcome, error: tenantError(outcome.error) } };
  if (outcome.kind !== 'unfit' || outcome.why.kind !== 'unusable') return tag;
  return { ...tag, outcome: { ...outcome, why: { ...outcome.why, error: tenantError(outcome.why.error) } } };
}

function tenantError({ forTenants, code, message }: LynceusError): LynceusError {
  return forTenants === undefined
    ? new LynceusError(code, message)
    : new LynceusError(forTenants.code, forTenants.message);
}

/** The newest, and the chosen one and that in force wherever they are. */
function shownTags(tags: readonly ExplainedTag[], most: number): readonly ExplainedTag[] {
  const further = tags.slice(most).filter(({ outcome, isInForce }) => outcome.kind === 'chosen' || isInForce);
  return [...tags.slice(0, most), ...further];
}

function tagStatus(
  { tag, outcome, isInForce, time, digest }: ExplainedTag,
  { outcome: ending, candidate }: ImageResult,
  { policy }: NonNullable<ImageResult['basis']>,
): TagStatus {
  const isHeld = outcome.kind === 'chosen' && ending === 'held' && candidate?.tag === tag;
  return {
    tag,
    code: outcome.kind,
    reason: `${describeTagOutcome(outcome, policy)}${isHeld ? ', and held' : ''}`,
    ...(isInForce ? { inForce: true } : {}),
    ...(time === undefined ? {} : { time }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function countCodes(tags: readonly ExplainedTag[]): Readonly<Partial<Record<TagOutcomeKind, number>>> {
  const counts: Partial<Record<TagOutcomeKind, number>> = {};
  for (const { outcome } of tags) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1;
  return counts;
}

function versionOf<Key extends 'current' | 'candidate'>(
  key: Key,
  version: { readonly tag: string | undefined; readonly digest: string | undefined } | undefined,
): { readonly [One in Key]?: VersionStatus } {
  if (version === undefined || (version.tag === undefined && version.digest === undefined)) return {};
  const { tag, digest } = version;
  const status = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  return { [key]: status } as { readonly [One in Key]?: VersionStatus };
}
