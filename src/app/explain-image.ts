import { applicationKey } from '../core/identity/application.ts';
import { imageKey } from '../core/identity/image.ts';
import { formatName } from '../core/image/reference.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { SearchedTags } from '../core/selection/explain.ts';
import { explainResult, type ExplainOptions } from '../core/status/explain-result.ts';
import type { ImageExplanation } from '../core/status/image-explanation.ts';
import { LynceusError } from '../errors.ts';
import type { CycleScope } from '../ports/tick.ts';
import { createRegistryAnswers } from './decide-images.ts';
import { matchImage, type OneImage } from './overrides/find-images.ts';
import type { CycleRun, CycleServices, OnSearched } from './services.ts';

export interface ExplainRequest extends OneImage, ExplainOptions {}

export interface ExplainServices extends Pick<CycleServices, 'applications' | 'registries'> {
  /** A dry run of these Applications. */
  readonly evaluate: (only: CycleScope, onSearched: OnSearched, signal: AbortSignal) => Promise<CycleReport>;
}

/**
 * What a cycle would do with one image now, and what became of every tag on the way. Nothing is written. The tags are listed also
 * where the cycle does not need them, as for an image of which nothing may be promoted yet. Throws as `matchImage`.
 */
export async function explainImage(
  request: ExplainRequest,
  services: ExplainServices,
  run: Omit<CycleRun, 'log'>,
): Promise<ImageExplanation> {
  const { tracked } = await matchImage(request, services.applications, run.signal);
  const key = imageKey(tracked);
  let search: SearchedTags | undefined;
  const onSearched: OnSearched = (one, last) => {
    if (imageKey(one) === key) search = last;
  };
  const only = { applications: [tracked.application], pushes: [] };
  const report = await services.evaluate(only, onSearched, run.signal);
  const result = resultOf(tracked, report);
  search ??=
    result.outcome === 'failed' ? undefined : await searchUnasked(tracked, result.current, { services, run });
  return explainResult(result, search, request);
}

function resultOf(
  { application, alias, image }: TrackedImage,
  { images, failures }: CycleReport,
): ImageResult {
  const result = images.find(
    (one) =>
      applicationKey(one.application) === applicationKey(application) &&
      one.alias === alias &&
      one.image === formatName(image),
  );
  if (result !== undefined) return result;
  const [failure] = failures;
  if (failure !== undefined) throw new LynceusError(failure.code, failure.message);
  throw new LynceusError('usage-invalid', `${application.name} is not handled here`, {
    hint: 'another shard handles it: see cluster.shard',
  });
}

/** What the policy says to the tags of an image that was decided without them; `undefined` where they cannot be had. */
async function searchUnasked(
  tracked: TrackedImage,
  current: ImageResult['current'],
  {
    services: { registries },
    run,
  }: { readonly services: ExplainServices; readonly run: Omit<CycleRun, 'log'> },
): Promise<SearchedTags | undefined> {
  const { application, image, policy, observed, destination } = tracked;
  const { find } = createRegistryAnswers([tracked], registries, run);
  const found = await find(tracked, { application, signal: run.signal });
  if (found.kind === 'failed') return undefined;
  const promoted =
    policy.promotion === undefined
      ? {}
      : { promoted: { eligible: [], order: [], upstreams: policy.promotion.from.map(({ text }) => text) } };
  const input = {
    image,
    policy,
    observed,
    slot: destination.slot,
    presence:
      current === undefined
        ? ({ kind: 'absent', mayCreate: true, detail: '' } as const)
        : ({ kind: 'present', image: current } as const),
    listing: found.listing,
    platformDefaults: registries.platformDefaults,
    now: found.listedAt,
    ...promoted,
  };
  return { input, facts: new Map() };
}
