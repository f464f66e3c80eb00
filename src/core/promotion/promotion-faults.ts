import { LynceusError } from '../../errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { formatName } from '../image/reference.ts';
import { ruleHint } from '../permissions/judge-write.ts';
import type { PermissionRule } from '../permissions/permission-rule.ts';
import type { TrackedImage } from '../policy.ts';
import { quoted } from '../quoted.ts';
import type { UpstreamName } from './promotion-policy.ts';

/** Why an image cannot be promoted from what it names. */
export interface PromotionFault {
  /** `missing`: it may be among Applications that were not read. */
  readonly kind: 'missing' | 'denied' | 'unclear' | 'other-image' | 'ring';
  readonly name: UpstreamName;
  readonly error: LynceusError;
}

/** The upstream images of each image that is promoted. */
export type UpstreamLinks = ReadonlyMap<TrackedImage, readonly TrackedImage[]>;

/** For people: `argocd/shop-dev/api`. */
export function imageText({
  application,
  alias,
  image,
  requester,
}: Pick<TrackedImage, 'application' | 'alias' | 'image' | 'requester'>): string {
  return `${requester.namespace}/${application.name}/${alias === '' ? formatName(image) : alias}`;
}

/** Whether two Applications are in one namespace and one AppProject. */
export function isNeighbour(one: TrackedImage, other: TrackedImage): boolean {
  return (
    one.requester.namespace === other.requester.namespace && one.requester.project === other.requester.project
  );
}

function fault(
  { kind, name }: Pick<PromotionFault, 'kind' | 'name'>,
  message: string,
  hint: string,
): PromotionFault {
  const code = kind === 'denied' ? 'permission-denied' : 'annotation-invalid';
  return { kind, name, error: new LynceusError(code, message, { hint }) };
}

export function deniedUpstream(
  name: UpstreamName,
  text: string,
  rule: Partial<PermissionRule>,
): PromotionFault {
  const message = `may not be promoted from ${quoted(text)}, which is in another namespace`;
  return fault({ kind: 'denied', name }, message, ruleHint(rule));
}

export function missingUpstream(
  name: UpstreamName,
  {
    tracked,
    text,
    rule,
    byApplication,
  }: {
    readonly tracked: TrackedImage;
    readonly text: string;
    readonly rule: Partial<PermissionRule> | undefined;
    readonly byApplication: ReadonlyMap<string, readonly TrackedImage[]>;
  },
): PromotionFault {
  const { namespace, project } = tracked.requester;
  const near = didYouMean(
    text,
    [...byApplication.values()].flatMap(([one]) =>
      one === undefined || !isNeighbour(one, tracked) ? [] : [`${namespace}/${one.application.name}`],
    ),
  );
  const where = rule === undefined ? '' : ` in the AppProject ${quoted(project)}`;
  const message = `there is no Application ${quoted(text)}${where} of which an image is kept up to date`;
  const allowed = rule === undefined ? '' : `; one of another AppProject needs a rule: ${ruleHint(rule)}`;
  const hint =
    near === undefined
      ? `correct the name, or give that Application an image-list${allowed}`
      : `did you mean ${near}?`;
  return fault({ kind: 'missing', name }, message, hint);
}

export function unclearUpstream(name: UpstreamName, images: readonly TrackedImage[]): PromotionFault {
  const aliases = images.map(({ alias, image }) => (alias === '' ? formatName(image) : alias)).slice(0, 5);
  const which = name.alias === undefined ? 'which of its images is meant' : `its image ${quoted(name.alias)}`;
  const message = `${quoted(name.text)} does not tell ${which}: it has ${aliases.join(', ')}`;
  return name.alias === undefined
    ? fault(
        { kind: 'unclear', name },
        message,
        `name the alias, as in NAMESPACE/APPLICATION/${aliases[0] ?? 'ALIAS'}`,
      )
    : fault(
        { kind: 'unclear', name },
        `there is no image ${quoted(name.alias)} of ${quoted(name.application)}, which has ${aliases.join(', ')}`,
        'name one of its aliases',
      );
}

export function otherUpstreamImage(
  tracked: TrackedImage,
  name: UpstreamName,
  found: TrackedImage,
): PromotionFault {
  return fault(
    { kind: 'other-image', name },
    `${quoted(name.text)} deploys ${formatName(found.image)}, which is not the image ${formatName(tracked.image)}`,
    'name the alias of the same image, or set promote-by: digest if it is a copy under another name',
  );
}

const MOST_NAMED = 5;

export function ringFault(
  tracked: TrackedImage,
  ring: readonly TrackedImage[],
  links: UpstreamLinks,
): PromotionFault {
  const inRing = new Set(ring);
  const way: TrackedImage[] = [tracked];
  const seen = new Set(way);
  // As far as it is worth naming; any way along the ring shows it.
  for (let at: TrackedImage | undefined = tracked; at !== undefined && way.length <= MOST_NAMED;) {
    at = links.get(at)?.find((one) => inRing.has(one) && (one === tracked || !seen.has(one)));
    if (at !== undefined) way.push(at);
    if (at === undefined || at === tracked) break;
    seen.add(at);
  }
  const isWhole = way.at(-1) === tracked && way.length > 1;
  const names = `${way.map(imageText).join(' from ')}${isWhole ? '' : ' and so on'}`;
  const [first] = tracked.policy.promotion?.from ?? [];
  const name = first ?? { namespace: undefined, application: '', alias: undefined, text: '' };
  if (ring.length === 1)
    return fault({ kind: 'ring', name }, 'it is promoted from itself', 'name another Application');
  return fault(
    { kind: 'ring', name },
    `it is promoted from itself through others: ${names}`,
    'one of them must take its versions from the registry',
  );
}
