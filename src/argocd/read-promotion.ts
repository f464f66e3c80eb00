import { didYouMean } from '../core/did-you-mean.ts';
import { parseDuration } from '../core/duration.ts';
import type { StrategyName } from '../core/policy.ts';
import {
  MOST_UPSTREAMS,
  PROMOTION_APPROVALS,
  PROMOTION_IDENTITIES,
  PROMOTION_STAGES,
  type PromotionPolicy,
  type UpstreamName,
} from '../core/promotion/promotion-policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { ImageKey } from './annotations.ts';
import type { Found, ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

export interface PromotionInput {
  readonly alias: string;
  readonly settings: SettingReader;
  readonly strategy: StrategyName;
  /** Whether there is a status of Applications: not with Applications from files. */
  readonly hasStatus: boolean;
  /** Whether changes of the image are proposed with pull requests; `undefined` when its target cannot be read. */
  readonly isProposed: boolean | undefined;
  readonly problems: ProblemList;
}

/** What the image is promoted from; `undefined` when it is not, or after a problem was added. */
export function readPromotion(input: PromotionInput): PromotionPolicy | undefined {
  const { alias, settings, problems, strategy } = input;
  const found = settings.ofImageEvenBlank(alias, 'promote-from');
  if (found === undefined || found.value === '') {
    refuseWithoutUpstream(input);
    return undefined;
  }
  const from = problems.attempt(found, parseUpstreams);
  const when = oneOf(input, 'promote-when', PROMOTION_STAGES) ?? 'healthy';
  const after = settings.ofImage(alias, 'promote-after');
  const by = oneOf(input, 'promote-by', PROMOTION_IDENTITIES) ?? (strategy === 'digest' ? 'digest' : 'tag');
  const approval = oneOf(input, 'promote-approval', PROMOTION_APPROVALS) ?? 'none';
  const time = after && problems.attempt(after, parseAfter);
  const keyed = (key: ImageKey, value: string): Found =>
    settings.ofImage(alias, key) ?? { ...settings.missing(key, alias), value };
  if (!input.hasStatus && when !== 'written') problems.add(keyed('promote-when', when), withoutStatus(when));
  if (strategy === 'digest' && by === 'tag') problems.add(keyed('promote-by', by), movingTag());
  if (approval === 'pull-request' && input.isProposed === false)
    problems.add(keyed('promote-approval', approval), withoutRequest());
  return from && { from, when, after: time ?? 0, by, approval, key: found.key };
}

const CONDITIONS = ['promote-when', 'promote-after', 'promote-by', 'promote-approval'] as const;

/** What is set for this image alone, and does nothing. What is set for all of them may be for the others. */
function refuseWithoutUpstream({ alias, settings, problems }: PromotionInput): void {
  for (const key of CONDITIONS) {
    const found = settings.ofImage(alias, key);
    if (found === undefined || settings.isCommon(alias, key)) continue;
    problems.add(
      found,
      new LynceusError('annotation-invalid', 'it has no effect: the image is not promoted from another one', {
        hint: 'name that with promote-from, or remove it',
      }),
    );
  }
}

function oneOf<Value extends string>(
  { alias, settings, problems }: PromotionInput,
  key: ImageKey,
  values: readonly Value[],
): Value | undefined {
  const found = settings.ofImage(alias, key);
  return found && problems.attempt(found, (text) => parseOneOf(text, values));
}

function parseOneOf<Value extends string>(text: string, values: readonly Value[]): Value {
  const value = values.find((one) => one === text.toLowerCase());
  if (value !== undefined) return value;
  const near = didYouMean(text.toLowerCase(), values);
  throw new LynceusError(
    'annotation-invalid',
    `expected ${values.join(', ')}, found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

/** The names of a list with commas between; a name that is there twice counts once. Throws `annotation-invalid`. */
export function parseUpstreams(text: string): readonly UpstreamName[] {
  const items = text.split(',').map((item) => item.trim());
  const names = new Map(items.map((item) => [item, parseUpstream(item)]));
  if (names.size <= MOST_UPSTREAMS) return [...names.values()];
  throw new LynceusError(
    'annotation-invalid',
    `expected at most ${MOST_UPSTREAMS} Applications, found ${names.size}`,
  );
}

/** What Kubernetes takes for a name; in an alias anything may be. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

function parseUpstream(text: string): UpstreamName {
  const parts = text.split('/');
  const [first = '', second, ...rest] = parts;
  const [namespace, application] = second === undefined ? [undefined, first] : [first, second];
  const alias = rest.length === 0 ? undefined : rest.join('/');
  const isName = NAME.test(application) && (namespace === undefined || NAME.test(namespace));
  if (isName && alias !== '') return { namespace, application, alias, text };
  throw new LynceusError(
    'annotation-invalid',
    `expected APPLICATION, NAMESPACE/APPLICATION or NAMESPACE/APPLICATION/ALIAS, found ${text === '' ? 'a comma without a name beside it' : quoted(text)}`,
    { hint: 'for example argocd/shop-dev, or argocd/shop-dev/api for the image with the alias api' },
  );
}

const YEAR = 8_760 * 3_600_000;

function parseAfter(text: string): number {
  const after = parseDuration(text);
  if (after !== undefined && after <= YEAR) return after;
  throw new LynceusError(
    'annotation-invalid',
    `expected a duration up to 8760h such as 30m or 24h, found ${quoted(text)}`,
  );
}

function withoutStatus(when: string): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `whether a version is ${when} is told by the cluster, and these Applications come from files`,
    { hint: 'set promote-when: written, or read the Applications of the cluster' },
  );
}

function movingTag(): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    'with update-strategy digest every version has the same tag, so the tag does not tell which one is promoted',
    { hint: 'set promote-by: digest, or remove it' },
  );
}

function withoutRequest(): LynceusError {
  return new LynceusError('annotation-invalid', 'changes of this image are not proposed with pull requests', {
    hint: 'set pull-request: true as well, or promote-approval: command',
  });
}
