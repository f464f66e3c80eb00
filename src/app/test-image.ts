import { parseCredentialSpec } from '../core/credential-spec.ts';
import { parsePlatform } from '../core/image/platform.ts';
import { describeReason } from '../core/reasons/describe-reason.ts';
import { formatName, parseConstrainedReference, repositoryOf } from '../core/image/reference.ts';
import type { CycleCosts } from '../core/report.ts';
import type { ImagePolicy, StrategyName, TrackedImage } from '../core/policy.ts';
import {
  applyConstraint,
  parseStrategyName,
  parseTagOrder,
  STRATEGY_NAMES,
} from '../core/strategies/index.ts';
import { compileFilter, parseAllowTags, parseIgnoreTags } from '../core/tags/filter.ts';
import type { Decision } from '../core/selection/decision.ts';
import { LynceusError } from '../errors.ts';
import { createRegistryAnswers, type RegistryAnswers } from './decide-images.ts';
import { passGates } from './pass-gates.ts';
import { matchImage, type OneImage } from './overrides/find-images.ts';
import type { ApplicationServices, CycleRun, RegistryServices, VerificationServices } from './services.ts';

/** One image to be tried against its registry; every text as it was typed. */
export interface ImageTestRequest {
  /** With its constraint: `ghcr.io/acme/api:^1.2`. */
  readonly image: string;
  readonly strategy: string;
  readonly allowTags: string | undefined;
  readonly ignoreTags: readonly string[];
  readonly order?: string | undefined;
  readonly platforms: readonly string[];
  readonly credentials: string | undefined;
}

/** An image of an Application. */
export type TrackedTestRequest = OneImage;

export interface ImageTestResult {
  readonly image: string;
  readonly strategy: StrategyName;
  readonly candidate: string | undefined;
  readonly digest: string | undefined;
  readonly tagsSeen: number;
  /** Left after the filters. */
  readonly tagsConsidered: number;
  readonly requests: number;
  readonly reason: string;
  /** The login that was used; `why` is one sentence. */
  readonly login: { readonly identity: string; readonly why: string };
}

/** A result, and the rules that were set for the image. */
export interface TrackedTestResult extends ImageTestResult {
  readonly policy: ImagePolicy;
}

export interface ImageTestServices
  extends RegistryServices, Partial<Pick<VerificationServices, 'signatures'>> {
  readonly defaultRegistry: string;
  readonly costs: () => CycleCosts;
}

/**
 * Chooses a version for one image as a cycle would. Throws `LynceusError`: `usage-invalid` and its like for what
 * was typed, a `registry-…` code for what the registry did.
 */
export async function testImage(
  request: ImageTestRequest,
  services: ImageTestServices,
  run: Omit<CycleRun, 'log'>,
): Promise<ImageTestResult> {
  const { image, constraint } = parseConstrainedReference(request.image);
  const policy = toPolicy(request, constraint);
  const repository = repositoryOf(image, services.defaultRegistry);
  const tried = await tryImage({ image, repository, policy }, services, run);
  return resultOf(tried, services);
}

/**
 * The same for an image of an Application, by what its annotations or an `ImageUpdater` set, and what the gates say to it. Throws
 * `usage-invalid` too when there is no such image, or more than one.
 */
export async function testTracked(
  target: TrackedTestRequest,
  services: ImageTestServices & { readonly applications: ApplicationServices },
  run: Omit<CycleRun, 'log'>,
): Promise<TrackedTestResult> {
  const { tracked, fence } = await matchImage(target, services.applications, run.signal);
  const tried = await tryImage(tracked, services, run);
  const present = { kind: 'read', presence: NOTHING_PRESENT, path: undefined } as const;
  const evaluation = { tracked, present, decision: tried.decision };
  const { evaluations } = await passGates({ evaluations: [evaluation], sources: new Map() }, tried.answers, {
    ...run,
    writesDigest: false,
    projects: fence.projects,
    decideHolds: async (again) => ({ evaluations: again, sources: new Map() }),
  });
  const decision = evaluations[0]?.decision ?? tried.decision;
  return { ...resultOf({ ...tried, decision }, services), policy: tracked.policy };
}

/** As if the target had no version yet. */
const NOTHING_PRESENT = { kind: 'absent', mayCreate: true, detail: '' } as const;

/** A version that was chosen, before any gate was asked. */
interface TriedImage extends Pick<ImageTestResult, 'tagsSeen' | 'tagsConsidered' | 'login'> {
  readonly image: string;
  readonly strategy: StrategyName;
  readonly decision: Decision;
  readonly answers: RegistryAnswers;
  /** How many requests there were before. */
  readonly requestsBefore: number;
}

function resultOf(
  { decision, answers: _answers, requestsBefore, ...tried }: TriedImage,
  { costs }: Pick<ImageTestServices, 'costs'>,
): ImageTestResult {
  // What is held would not be written.
  const chosen = decision.outcome === 'update' ? decision.to : undefined;
  return {
    ...tried,
    candidate: chosen?.tag,
    digest: chosen?.digest,
    requests: costs().registryRequests - requestsBefore,
    reason: describeReason(decision, { hasTarget: false }),
  };
}

async function tryImage(
  { image, repository, policy }: Pick<TrackedImage, 'image' | 'repository' | 'policy'>,
  services: ImageTestServices,
  run: Omit<CycleRun, 'log'>,
): Promise<TriedImage> {
  const queried = { repository, policy };
  const requestsBefore = services.costs().registryRequests;
  const answers = createRegistryAnswers([queried], services, run);
  const { find, choose } = answers;
  const waiting = { application: { namespace: '', name: '' }, signal: run.signal };
  const found = await find(queried, waiting);
  if (found.kind === 'failed') throw found.error;
  const observed = { live: 'unknown', declared: undefined } as const;
  const input = { image, policy, observed, slot: undefined, presence: NOTHING_PRESENT };
  const choice = await choose(input, found, waiting);
  const { decision } = choice;
  if (decision.outcome === 'failed') throw new LynceusError('metadata-incomplete', describeReason(decision));
  return {
    image: formatName(image),
    strategy: policy.strategy.kind,
    decision,
    answers,
    requestsBefore,
    tagsSeen: choice.tagsSeen,
    tagsConsidered: choice.tagsConsidered,
    login: { identity: found.login.identity, why: found.login.why ?? '' },
  };
}

function toPolicy(request: ImageTestRequest, constraint: string): ImagePolicy {
  const kind = toStrategyName(request.strategy);
  const allow = request.allowTags === undefined ? undefined : parseAllowTags(request.allowTags);
  const order =
    request.order === undefined ? undefined : parseTagOrder({ order: request.order, strategy: kind, allow });
  if (kind === 'digest' && constraint === '') {
    throw new LynceusError('usage-invalid', 'the digest strategy follows one tag, and the image names none', {
      hint: 'write it behind the image, as in acme/api:1.2',
    });
  }
  const { strategy, pattern } = applyConstraint({ kind, constraint, order });
  const ignore = request.ignoreTags.flatMap(parseIgnoreTags);
  const filter = { allow, ignore, ...(pattern === undefined ? {} : { pattern }) };
  compileFilter(filter);
  return {
    strategy,
    filter,
    platforms: request.platforms.length === 0 ? undefined : request.platforms.map(parsePlatform),
    pullSecret: request.credentials === undefined ? undefined : parseCredentialSpec(request.credentials),
    forceUpdate: true,
    rollback: 'never-hold',
    allowDowngrade: true,
    hold: undefined,
  };
}

function toStrategyName(text: string): StrategyName {
  const kind = parseStrategyName(text);
  if (kind !== undefined) return kind;
  throw new LynceusError('usage-invalid', `there is no update strategy "${text}"`, {
    hint: `use one of ${STRATEGY_NAMES.join(', ')}`,
  });
}
