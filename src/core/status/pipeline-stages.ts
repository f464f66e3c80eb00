import { shortDuration } from '../duration.ts';
import { formatRepository, repositoryOf, tryImageReference } from '../image/reference.ts';
import { joinKey } from '../identity/key.ts';
import type { UpstreamName } from '../promotion/promotion-policy.ts';
import type { ImageStatus, VersionStatus } from './image-status.ts';
import type { KnownImages } from './merge-results.ts';
import type { PipelineStage } from './status-pages.ts';

/** The images that are promoted, and those that others are promoted from; upstream before downstream. */
export function pipelineStages(known: KnownImages): readonly PipelineStage[] {
  const promoted = [...known.values()].filter(({ promotion }) => promotion !== undefined);
  if (promoted.length === 0) return [];
  const byApplication = new Map<string, ImageStatus[]>();
  for (const { status } of known.values()) {
    const key = joinKey(status.namespace, status.application);
    byApplication.set(key, [...(byApplication.get(key) ?? []), status]);
  }
  const upstreams = new Map(
    promoted.map(({ status, promotion }) => [
      status.id,
      (promotion?.from ?? []).map((name) => upstreamOf(status, name, byApplication) ?? name.text),
    ]),
  );
  const stages = new Map<string, PipelineStage>();

  function add(id: string): void {
    const image = known.get(id);
    if (image === undefined || stages.has(id)) return;
    const above = upstreams.get(id) ?? [];
    const stage = stageOf(image, above);
    // Its place is kept first, so that a ring ends here.
    stages.set(id, stage);
    for (const one of above) add(one);
    stages.delete(id);
    stages.set(id, stage);
  }
  for (const { status } of promoted) add(status.id);
  return [...stages.values()];
}

/** Codes of what an image of a pipeline waits for. */
const WAITING: ReadonlySet<string> = new Set([
  'promotion-waiting',
  'awaiting-approval',
  'outside-window',
  'too-young',
  'gate-unavailable',
]);

function stageOf(
  { status, promotion }: NonNullable<ReturnType<KnownImages['get']>>,
  upstreams: readonly string[],
): PipelineStage {
  const { id, current, candidate, code, reason } = status;
  const [now, next] = [versionOf(current), versionOf(candidate)];
  return {
    imageId: id,
    upstreams,
    ...(promotion === undefined ? {} : { when: promotion.when }),
    ...(promotion === undefined || promotion.after === 0 ? {} : { after: shortDuration(promotion.after) }),
    ...(promotion === undefined || promotion.approval === 'none' ? {} : { approval: promotion.approval }),
    ...(now === undefined ? {} : { current: now }),
    ...(next === undefined ? {} : { candidate: next }),
    ...(WAITING.has(code) ? { waitsFor: reason } : {}),
  };
}

function versionOf(version: VersionStatus | undefined): string | undefined {
  const { tag, digest } = version ?? {};
  return tag === undefined ? digest : digest === undefined ? tag : `${tag}@${digest}`;
}

/** As `promotionGraph` chooses: the alias that is named, else the same image repository, else the same name, else the only one. */
function upstreamOf(
  image: ImageStatus,
  { namespace = image.namespace, application, alias }: UpstreamName,
  byApplication: ReadonlyMap<string, readonly ImageStatus[]>,
): string | undefined {
  const all = byApplication.get(joinKey(namespace, application)) ?? [];
  const [own, ownLast] = namesOf(image);
  const candidates =
    alias !== undefined
      ? all.filter((one) => one.alias === alias)
      : [
          all.filter((one) => namesOf(one)[0] === own),
          all.filter((one) => namesOf(one)[1] === ownLast),
          all,
        ].find((some) => some.length > 0);
  const [first, ...others] = candidates ?? [];
  if (others.length === 0) return first?.id;
  return (candidates ?? []).find((one) => one.alias !== '' && one.alias === image.alias)?.id;
}

/** The image repository, and the last part of its name. */
function namesOf({ image }: ImageStatus): readonly [string, string] {
  const reference = tryImageReference(image);
  const name = reference === undefined ? image : formatRepository(repositoryOf(reference));
  return [name, name.slice(name.lastIndexOf('/') + 1)];
}
