import { parseDuration } from '../core/duration.ts';
import { parsePlatform } from '../core/image/platform.ts';
import type { Platform } from '../core/image/platform.ts';
import { type ImagePolicy, ROLLBACK_RULES } from '../core/policy.ts';
import type { RollbackRule, StrategyName, TagFilter, TagOrder } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import {
  applyConstraint,
  parseStrategyName,
  parseTagOrder,
  STRATEGY_NAMES,
  type ConstrainedStrategy,
} from '../core/strategies/index.ts';
import { compileFilter, parseAllowTags, parseIgnoreTags } from '../core/tags/filter.ts';
import { LynceusError } from '../errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { Found, ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';
import { readPullSecret, type LoginOwner } from './read-pull-secret.ts';

export interface ImageInput extends LoginOwner {
  readonly alias: string;
  readonly constraint: string;
  /** Item of the list, for messages. */
  readonly text: string;
  readonly defaults: Pick<ImagePolicy, 'rollback' | 'allowDowngrade'>;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/** Go's `strconv.ParseBool`, by which Argo CD Image Updater reads `force-update`. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Reads the whole policy, and adds a problem for each fault; a policy with problems must not be used. */
export function readImagePolicy(input: ImageInput): ImagePolicy {
  const interval = readInterval(input);
  const { strategy, pattern } = readStrategy(input);
  return {
    strategy,
    filter: { ...readFilter(input), ...(pattern === undefined ? {} : { pattern }) },
    platforms: readPlatforms(input),
    pullSecret: readPullSecret(input),
    forceUpdate: readForceUpdate(input),
    ...(interval === undefined ? {} : { interval }),
    rollback: readRollback(input),
    allowDowngrade: readAllowDowngrade(input),
    hold: readHold(input),
  };
}

function readStrategy(input: ImageInput): ConstrainedStrategy {
  const { alias, constraint, text, settings, problems } = input;
  const found = settings.ofImage(alias, 'update-strategy');
  const kind = found === undefined ? 'semver' : problems.attempt(found, strategyName);
  // An unknown strategy is a problem already, and neither order nor constraint can be checked without one.
  if (kind === undefined) return applyConstraint({ kind: 'alphabetical', constraint: '' });
  const order = readOrder(input, kind);
  const list = settings.listed(alias, text);
  return (
    problems.attempt(list, () => applyConstraint({ kind, constraint, order })) ??
    applyConstraint({ kind, constraint: '' })
  );
}

/** The Application's order is not for images that have another strategy of their own, or a blank order. */
function readOrder({ alias, settings, problems }: ImageInput, kind: StrategyName): TagOrder | undefined {
  const found = settings.ofImageEvenBlank(alias, 'order');
  if (found === undefined || found.value === '') return undefined;
  const isCommon = settings.isCommon(alias, 'order');
  const hasOwnStrategy = !settings.isCommon(alias, 'update-strategy');
  if (kind !== 'semver' && isCommon && hasOwnStrategy) return undefined;
  const allow = tryAllow(settings.ofImage(alias, 'allow-tags'));
  // Broken allow-tags are a problem already.
  if (allow === 'broken') return undefined;
  return problems.attempt(found, (text) =>
    parseTagOrder({ order: text, strategy: kind, allow: allow.expression }),
  );
}

function tryAllow(found: Found | undefined): { readonly expression: string | undefined } | 'broken' {
  try {
    return { expression: found && checkedAllow(found.value) };
  } catch (thrown) {
    if (thrown instanceof LynceusError) return 'broken';
    throw thrown;
  }
}

function strategyName(text: string): StrategyName {
  const name = parseStrategyName(text);
  if (name !== undefined) return name;
  const near = didYouMean(text.toLowerCase(), [...STRATEGY_NAMES, 'latest']);
  throw new LynceusError(
    'annotation-invalid',
    `expected ${STRATEGY_NAMES.join(', ')} (or the older names latest and name), found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function readFilter({ alias, settings, problems }: ImageInput): TagFilter {
  const allow = settings.ofImage(alias, 'allow-tags');
  const ignore = settings.ofImageEvenBlank(alias, 'ignore-tags');
  return {
    allow: allow && problems.attempt(allow, (text) => checkedAllow(text)),
    ignore: (ignore && problems.attempt(ignore, () => checkedIgnore(ignore))) ?? [],
  };
}

function checkedAllow(text: string): string | undefined {
  const allow = parseAllowTags(text);
  compileFilter({ allow, ignore: [] });
  return allow;
}

function checkedIgnore({ value, items }: Found): readonly string[] {
  const ignore = items ?? parseIgnoreTags(value);
  compileFilter({ allow: undefined, ignore });
  return ignore;
}

function readPlatforms({ alias, settings, problems }: ImageInput): readonly Platform[] | undefined {
  const found = settings.ofImage(alias, 'platforms');
  if (found === undefined) return undefined;
  const items = (found.items ?? found.value.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const platforms = problems.attempt(found, () => items.map(parsePlatform));
  return items.length === 0 ? undefined : platforms;
}

function readForceUpdate({ alias, settings, problems }: ImageInput): boolean {
  const found = settings.ofImageEvenBlank(alias, 'force-update');
  return found !== undefined && (problems.attempt(found, parseTruth) ?? false);
}

function readInterval({ alias, settings, problems }: ImageInput): number | undefined {
  const found = settings.ofImage(alias, 'interval');
  return found && problems.attempt(found, parseInterval);
}

const SECOND = 1_000;
const YEAR = 8_760 * 3_600_000;

function parseInterval(text: string): number {
  const interval = parseDuration(text);
  if (interval !== undefined && interval >= SECOND && interval <= YEAR) return interval;
  throw new LynceusError(
    'annotation-invalid',
    `expected a duration from 1s to 8760h such as 30m or 24h, found ${quoted(text)}`,
  );
}

function readRollback({ alias, defaults, settings, problems }: ImageInput): RollbackRule {
  const found = settings.ofImage(alias, 'rollback');
  return (found && problems.attempt(found, parseRollback)) ?? defaults.rollback;
}

function parseRollback(text: string): RollbackRule {
  const rule = ROLLBACK_RULES.find((one) => one === text.toLowerCase());
  if (rule !== undefined) return rule;
  const near = didYouMean(text.toLowerCase(), ROLLBACK_RULES);
  throw new LynceusError(
    'annotation-invalid',
    `expected ${ROLLBACK_RULES.join(', ')}, found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function readAllowDowngrade({ alias, defaults, settings, problems }: ImageInput): boolean {
  const found = settings.ofImage(alias, 'allow-downgrade');
  return (found && problems.attempt(found, parseTruth)) ?? defaults.allowDowngrade;
}

/** Any text but a plain no is a hold, so that a misspelt value still holds. */
function readHold({ alias, settings }: ImageInput): string | undefined {
  return reasonOf(settings.ofImageEvenBlank(alias, 'hold')?.value);
}

/** The reason that a text gives for a hold or a pause, `''` for none; `undefined` when it is blank or a plain no. */
export function reasonOf(text = ''): string | undefined {
  if (text === '' || saysNo(text)) return undefined;
  return TRUE.has(text) ? '' : text;
}

/** Whether a text is a plain no. */
export function saysNo(text: string): boolean {
  return FALSE.has(text);
}

function parseTruth(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new LynceusError(
    'annotation-invalid',
    `expected true or false, found ${text === '' ? 'nothing' : quoted(text)}`,
  );
}
