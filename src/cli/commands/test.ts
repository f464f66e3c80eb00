import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImageTestRequest, ImageTestResult, TrackedTestResult } from '../../app/compose.ts';
import { formatDuration } from '../../core/duration.ts';
import type { PromotionPolicy } from '../../core/promotion/promotion-policy.ts';
import { formatPlatform } from '../../core/image/platform.ts';
import { TAG_ORDER_NAMES } from '../../core/policy.ts';
import { STRATEGY_NAMES } from '../../core/strategies/strategy-names.ts';
import { alternatives } from '../../settings/keys.ts';
import { peerNotices } from '../../settings/peer-options.ts';
import type { CommandContext } from '../command-context.ts';
import { SuggestingOption } from '../completion/tree.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_OK, line, widthOf } from '../io.ts';
import type { TestOutput } from '../render/json-contract.ts';
import { styleFor, type Style } from '../render/style.ts';
import { count, hang, printableLine } from '../render/text.ts';
import { addPeerOptions, addSettingsOptions, outputOption } from '../settings-options.ts';

interface TestFlags {
  readonly application?: string;
  readonly updateStrategy: string;
  readonly semverConstraint?: string;
  readonly allowTags?: string;
  readonly ignoreTags?: readonly string[];
  readonly order?: string;
  readonly platforms?: readonly string[];
  readonly credentials?: string;
  readonly rateLimit?: number;
  readonly output: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  $ lynceus test ghcr.io/acme/api:^1.4
  $ lynceus test nginx --semver-constraint '~1.27' --platforms linux/arm64
  $ lynceus test nginx --update-strategy newest-build --allow-tags 'regexp:^1\\.27\\.[0-9]+$'
  $ lynceus test registry.example.com/acme/api:main --update-strategy digest --credentials env:LOGIN
  $ lynceus test web --application shop --applications apps/`;

export function addTestCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('test')
    .description('choose a version for one image as a cycle would')
    .argument('<image>', 'image; what follows its name is the constraint, the tag to follow, or a pattern')
    .addOption(
      new Option(
        '--application <name>',
        'take what this Application, or an ImageUpdater for it, sets for the image; <image> is then its alias or name',
      ).conflicts([
        'updateStrategy',
        'semverConstraint',
        'allowTags',
        'ignoreTags',
        'order',
        'platforms',
        'credentials',
      ]),
    )
    .addOption(
      new Option(
        '--rate-limit <number>',
        'requests per second, in place of the limit of the registry',
      ).argParser(requestsPerSecond),
    )
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, flags: TestFlags) => context.finish(await test(image, flags, context)));
  addPolicyOptions(command);
  addPeerOptions(command, 'test');
  addSettingsOptions(command, [
    'applications.paths',
    'applications.annotations',
    'cluster.kubeconfig',
    'cluster.context',
    'cache',
    'registries',
    'log',
  ]);
}

/** The rules for an image, as its annotations or an `ImageUpdater` would set them. */
function addPolicyOptions(command: Command): void {
  command
    .addOption(
      new SuggestingOption(
        '--update-strategy <strategy>',
        alternatives(STRATEGY_NAMES),
        STRATEGY_NAMES,
      ).default('semver'),
    )
    .option('--semver-constraint <constraint>', "constraint instead of the image's own tag")
    .option('--allow-tags <match>', 'consider only tags that match: any, or regexp:EXPRESSION')
    .addOption(
      new Option('--ignore-tags <glob>', 'ignore tags that match; may be given several times').argParser(
        collect,
      ),
    )
    .addOption(
      new SuggestingOption(
        '--order <order>',
        `how semver reads the part of a tag that --allow-tags has in parentheses: ${alternatives(TAG_ORDER_NAMES)}`,
        TAG_ORDER_NAMES,
      ),
    )
    .addOption(
      new Option('--platforms <os/arch,...>', 'platforms that the image must offer').argParser(commaList),
    )
    .option(
      '--credentials <source>',
      'where the login is: env:NAME, ext:/path or another way of docs/logins.md',
    );
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function commaList(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}

function requestsPerSecond(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1 to 99999');
}

async function test(image: string, flags: TestFlags, context: CommandContext): Promise<number> {
  const { io } = context;
  const request: ImageTestRequest = {
    image: withConstraint(image, flags.semverConstraint),
    strategy: flags.updateStrategy,
    allowTags: flags.allowTags,
    ignoreTags: flags.ignoreTags ?? [],
    order: flags.order,
    platforms: flags.platforms ?? [],
    credentials: flags.credentials,
  };
  for (const { setting, instead } of peerNotices({ ...flags }, {}))
    line(io.stderr, `lynceus: ${setting}: ${instead}`);
  const { rateLimit: registryLimit } = flags;
  const limited = { ...context, ...(registryLimit === undefined ? {} : { registryLimit }) };
  const { application } = flags;
  const tried = await withLynceus({ ...flags }, limited, async (lynceus): Promise<Tried> => {
    if (application === undefined) return { request, result: await lynceus.testImage(request, io.signal) };
    const result = await lynceus.testTracked({ application, image }, io.signal);
    return { request: asSet(result), result };
  });
  const shape = { style: styleFor(io.stdout, io.env), width: widthOf(io.stdout) };
  line(io.stdout, flags.output === 'json' ? toJson(tried.result) : toText(tried, shape));
  return EXIT_OK;
}

/** What is set for an image of an Application, as somebody would have typed it. */
function asSet({ image, policy }: TrackedTestResult): ShownRequest {
  const { filter, strategy, platforms = [] } = policy;
  const constraint = constraintOf(policy);
  return {
    image: constraint === '' ? image : `${image}:${constraint}`,
    allowTags: filter.allow,
    ignoreTags: filter.ignore,
    order: strategy.kind === 'semver' ? strategy.order?.by : undefined,
    platforms: platforms.map(formatPlatform),
    promotion: policy.promotion,
  };
}

/** What stands behind the image in a list. */
function constraintOf({ strategy, filter }: TrackedTestResult['policy']): string {
  if (strategy.kind === 'semver') return strategy.constraint;
  return strategy.kind === 'digest' ? strategy.tag : (filter.pattern ?? '');
}

/** The image with another constraint than its own: what stands behind its name (a `:` or `@` after the last `/`) is cut off. */
function withConstraint(image: string, constraint: string | undefined): string {
  if (constraint === undefined) return image;
  const name = image.replace(/[:@][^/]*$/, '');
  return constraint === '' ? name : `${name}:${constraint}`;
}

function toJson(result: ImageTestResult): string {
  const output: TestOutput = {
    image: result.image,
    strategy: result.strategy,
    candidate: result.candidate ?? null,
    digest: result.digest ?? null,
    reason: result.reason,
    tagsSeen: result.tagsSeen,
    tagsConsidered: result.tagsConsidered,
    requests: result.requests,
    login: result.login,
  };
  return JSON.stringify(output, null, 2);
}

/** What was asked and what came of it. */
interface Tried {
  readonly request: ShownRequest;
  readonly result: ImageTestResult;
}

type ShownRequest = Pick<ImageTestRequest, 'image' | 'allowTags' | 'ignoreTags' | 'order' | 'platforms'> & {
  readonly promotion?: PromotionPolicy | undefined;
};

/** Columns of the longest name, and two of space. */
const NAMES = 10;

function toText(
  { request, result }: Tried,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const filters = [
    ...(request.allowTags === undefined ? [] : [`allow ${request.allowTags}`]),
    ...request.ignoreTags.map((glob) => `ignore ${glob}`),
    ...(request.order === undefined ? [] : [`order ${request.order}`]),
    ...(request.platforms.length === 0 ? [] : [`platforms ${request.platforms.join(', ')}`]),
  ];
  const rows = [
    ['Image', printableLine(request.image)],
    ['Strategy', result.strategy],
    ['Filters', filters.length === 0 ? 'none' : printableLine(filters.join('; '))],
    ...(request.promotion === undefined
      ? []
      : [['Promoted', printableLine(promotionText(request.promotion))]]),
    ['Login', printableLine(loginText(result.login))],
    [
      'Listed',
      `${count(result.tagsSeen, 'tag')}, ${result.tagsConsidered} left after the filters, ${count(result.requests, 'request')}`,
    ],
    [
      'Chosen',
      result.candidate === undefined ? style.notice('nothing') : style.good(printableLine(result.candidate)),
    ],
    ...(result.digest === undefined ? [] : [['Digest', printableLine(result.digest)]]),
    ['Because', printableLine(result.reason)],
  ];
  return rows
    .map(([name = '', value = '']) => hang(style.faint(name.padEnd(NAMES)), value, width))
    .join('\n');
}

/** The registry alone is tried here. */
function promotionText({ from, when, after }: PromotionPolicy): string {
  const condition = after === 0 ? when : `${when} for ${formatDuration(after)}`;
  return `only what is ${condition} in ${from.map(({ text }) => text).join(' and ')}: lynceus pipeline shows which that is`;
}

function loginText({ identity, why }: ImageTestResult['login']): string {
  const separator = identity === 'anonymous' ? ': ' : ', ';
  return why === '' ? identity : `${identity}${separator}${why}`;
}
