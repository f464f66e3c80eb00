import { imageKey } from '../identity/image.ts';
import { joinKey } from '../identity/key.ts';
import { formatRepository } from '../image/reference.ts';
import type { Fence } from '../permissions/fence.ts';
import {
  askingOf,
  concernsApplication,
  grantsText,
  literalGlob,
  ruleFor,
  type PermissionRule,
} from '../permissions/permission-rule.ts';
import { groupBy } from '../plan/group-by.ts';
import type { TrackedImage } from '../policy.ts';
import { findRings } from './find-rings.ts';
import {
  deniedUpstream,
  isNeighbour,
  missingUpstream,
  otherUpstreamImage,
  ringFault,
  unclearUpstream,
  type PromotionFault,
} from './promotion-faults.ts';
import type { UpstreamName } from './promotion-policy.ts';

/** From which images the others are promoted. */
export interface PromotionGraph {
  /** In the order in which they are named; empty for an image that is not promoted, and for one with a fault. */
  upstreamsOf(tracked: TrackedImage): readonly TrackedImage[];
  /** Images that others are promoted from, by `imageKey`. */
  readonly upstreams: ReadonlyMap<string, TrackedImage>;
  /** What is wrong with the names of an image. */
  readonly faults: ReadonlyMap<TrackedImage, PromotionFault>;
}

/**
 * Finds the upstream images of all images that are promoted. Applications of another namespace or AppProject are upstream only by
 * a rule, where the fence is enforced; without one nothing is said of them, not even whether they are there.
 */
export function promotionGraph(
  images: readonly TrackedImage[],
  fence: Pick<Fence, 'rules' | 'enforced'>,
): PromotionGraph {
  const promoted = images.filter(({ policy }) => policy.promotion !== undefined);
  if (promoted.length === 0) return EMPTY;
  const byApplication = groupBy(images, ({ application, requester }) =>
    joinKey(requester.namespace, application.name),
  );
  const links = new Map<TrackedImage, readonly TrackedImage[]>();
  const faults = new Map<TrackedImage, PromotionFault>();
  for (const tracked of promoted) {
    const found = (tracked.policy.promotion?.from ?? []).map((name) =>
      findUpstream(tracked, name, { byApplication, fence }),
    );
    const fault = found.find((one) => 'error' in one);
    if (fault !== undefined) faults.set(tracked, fault);
    links.set(
      tracked,
      found.flatMap((one) => ('error' in one ? [] : [one])),
    );
  }
  for (const ring of findRings(links))
    for (const tracked of ring)
      if (!faults.has(tracked)) faults.set(tracked, ringFault(tracked, ring, links));
  const sound = [...links].filter(([tracked]) => !faults.has(tracked));
  const byKey = new Map(sound.map(([tracked, upstreams]) => [imageKey(tracked), upstreams]));
  return {
    // An image whose branch was resolved is another object.
    upstreamsOf: (tracked) => byKey.get(imageKey(tracked)) ?? [],
    upstreams: new Map(
      sound.flatMap(([, upstreams]) => upstreams.map((upstream) => [imageKey(upstream), upstream] as const)),
    ),
    faults,
  };
}

const EMPTY: PromotionGraph = { upstreamsOf: () => [], upstreams: new Map(), faults: new Map() };

/** The rules that images need to be promoted from where they are, one for each name. */
export function promotionRules(
  images: readonly TrackedImage[],
  fence: Pick<Fence, 'rules'>,
): readonly Partial<PermissionRule>[] {
  const graph = promotionGraph(images, { ...fence, enforced: false });
  return images.flatMap((tracked) =>
    graph.upstreamsOf(tracked).flatMap((upstream) => {
      if (isNeighbour(upstream, tracked)) return [];
      const { namespace } = upstream.requester;
      return (
        lackingRule(tracked, `${namespace}/${upstream.application.name}`, { ...fence, enforced: true }) ?? []
      );
    }),
  );
}

interface Known {
  readonly byApplication: ReadonlyMap<string, readonly TrackedImage[]>;
  readonly fence: Pick<Fence, 'rules' | 'enforced'>;
}

function findUpstream(
  tracked: TrackedImage,
  name: UpstreamName,
  { byApplication, fence }: Known,
): TrackedImage | PromotionFault {
  const namespace = name.namespace ?? tracked.requester.namespace;
  const text = `${namespace}/${name.application}`;
  const rule = lackingRule(tracked, text, fence);
  if (rule !== undefined && namespace !== tracked.requester.namespace)
    return deniedUpstream(name, text, rule);
  const all = byApplication.get(joinKey(namespace, name.application)) ?? [];
  const visible = rule === undefined ? all : all.filter((one) => isNeighbour(one, tracked));
  if (visible.length === 0) return missingUpstream(name, { tracked, text, rule, byApplication });
  const found = choose(tracked, name, visible);
  if ('error' in found) return found;
  return isSameImage(tracked, found) ? found : otherUpstreamImage(tracked, name, found);
}

/** The rule by which an Application elsewhere would be upstream; `undefined` where one says so, and where none is needed. */
function lackingRule(
  tracked: TrackedImage,
  text: string,
  { rules, enforced }: Known['fence'],
): Partial<PermissionRule> | undefined {
  if (!enforced) return undefined;
  const asking = askingOf(tracked);
  const isGranted = rules.some(
    (rule) => concernsApplication(rule, asking) && grantsText(rule, 'promoteFrom', text),
  );
  return isGranted ? undefined : ruleFor(asking, { promoteFrom: [literalGlob(text)] });
}

/** The image with the alias; without one the same image repository, else the same alias, else the only one. */
function choose(
  tracked: TrackedImage,
  name: UpstreamName,
  images: readonly TrackedImage[],
): TrackedImage | PromotionFault {
  const candidates =
    name.alias === undefined
      ? [
          images.filter((one) => repositoryText(one) === repositoryText(tracked)),
          images.filter((one) => isSameImage(tracked, one)),
          images,
        ].find((some) => some.length > 0)
      : images.filter(({ alias }) => alias === name.alias);
  const [first, ...others] = candidates ?? [];
  const sameAlias = (candidates ?? []).filter(({ alias }) => alias !== '' && alias === tracked.alias);
  if (first !== undefined && others.length === 0) return first;
  if (sameAlias[0] !== undefined && sameAlias.length === 1) return sameAlias[0];
  return unclearUpstream(name, images);
}

function repositoryText({ repository }: TrackedImage): string {
  return formatRepository(repository);
}

/** Whether one may be a copy of the other: by the last part of the name, or because digests will be compared. */
function isSameImage(tracked: TrackedImage, upstream: TrackedImage): boolean {
  const last = ({ repository: { path } }: TrackedImage) => path.slice(path.lastIndexOf('/') + 1);
  return tracked.policy.promotion?.by === 'digest' || last(tracked) === last(upstream);
}
