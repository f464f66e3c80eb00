import type { ChangeStatus, HoldStatus, ImageStatus, PolicyStatus } from '../../core/status/image-status.ts';
import type { ImageStory, VerificationStatus } from '../../core/status/status-pages.ts';
import { OUTCOME_MARKS } from './image-table.ts';
import {
  agoText,
  instantText,
  nameText,
  ownerText,
  shortText,
  versionsText,
  type StatusDrawing,
} from './status-text.ts';
import { hang, printableLine, shortDigests } from './text.ts';

/** Columns of the longest name, and two of space. */
const NAMES = 12;
/** So many of what happened are shown. */
const MOST_CHANGES = 10;

type Rows = readonly (readonly [name: string, text: string])[];

/** All that is known of one image: what it has, why, who holds it, where it is written, what happened to it. */
export function renderStory(
  { image, changes, verification, promotedTo }: ImageStory,
  drawing: StatusDrawing,
): string {
  const { style, width } = drawing;
  const { mark, tone } = OUTCOME_MARKS[image.outcome];
  const since = drawing.isLive ? `, for ${agoText(image.since, drawing.now)}` : '';
  const rows: Rows = [
    [
      'Outcome',
      `${style[tone](`${mark} ${image.outcome}`)} ${style.faint(`(${printableLine(image.code)})`)}${since}`,
    ],
    ['Version', printableLine(versionsText(image)) + waiting(image) + behind(image)],
    ['Because', shortDigests(printableLine(image.reason))],
    ...holdRows(image.hold),
    ...policyRows(image.policy),
    ...gitRows(image),
    ...verificationRows(verification),
    ...(promotedTo.length === 0 ? [] : [['Promoted to', promotedTo.map(decoded).join(', ')] as const]),
    ...image.warnings.map(({ message }) => ['Warning', style.notice(printableLine(message))] as const),
    ...image.problems.map(
      ({ key, message }) => ['Problem', style.notice(printableLine(`${key}: ${message}`))] as const,
    ),
  ];
  const title = style.strong(printableLine(`${ownerText(image)}  ${nameText(image)}`));
  const lines = rows.map(([name, text]) => hang(style.faint(name.padEnd(NAMES)), text, width));
  return [hang('', title, width), ...lines, ...changeLines(changes, drawing)].join('\n');
}

function waiting({ outcome, candidate }: ImageStatus): string {
  const chosen = shortText(candidate);
  return outcome === 'held' && chosen !== undefined ? `; ${printableLine(chosen)} waits` : '';
}

function behind({ behind: newer }: ImageStatus): string {
  return newer === undefined || newer === 0 ? '' : `; ${newer} behind`;
}

function holdRows(hold: HoldStatus | undefined): Rows {
  if (hold === undefined) return [];
  const { author, commit, check, until, release } = hold;
  const who = [
    ...(check === undefined ? [] : [`the check ${check}`]),
    ...(author === undefined ? [] : [author]),
    ...(commit === undefined ? [] : [`in ${commit.slice(0, 7)}`]),
    ...(until === undefined ? [] : [`until ${instantText(until)}`]),
  ];
  return [
    ...(who.length === 0 ? [] : [['Held by', printableLine(who.join(' '))] as const]),
    ...(release === undefined ? [] : [['To end it', printableLine(release)] as const]),
  ];
}

function policyRows(policy: PolicyStatus | undefined): Rows {
  if (policy === undefined) return [];
  const parts = [
    [policy.strategy, policy.constraint].filter((part) => part !== undefined && part !== '').join(' '),
    ...(policy.allowTags === undefined ? [] : [`allow ${policy.allowTags}`]),
    ...policy.ignoreTags.map((one) => `ignore ${one}`),
    ...(policy.platforms.length === 0 ? [] : [`platforms ${policy.platforms.join(', ')}`]),
    ...(policy.minimumAge === undefined ? [] : [`at least ${policy.minimumAge} old`]),
    ...policy.windows,
    ...policy.signatures.map((one) => `signed for ${one}`),
    ...policy.verify.map((one) => `verified by ${one}`),
    ...(policy.promoteFrom.length === 0 ? [] : [`from ${policy.promoteFrom.map(decoded).join(' and ')}`]),
    ...(policy.promoteWhen === undefined ? [] : [`when ${policy.promoteWhen}`]),
  ];
  return [['Policy', printableLine(parts.join('; '))]];
}

function gitRows({ git, pullRequest, deployment }: ImageStatus): Rows {
  const commit = git?.commitUrl ?? git?.commit;
  return [
    ...(git === undefined
      ? []
      : [
          [
            'Git',
            printableLine(`${git.remote} ${git.branch}${git.path === undefined ? '' : ` ${git.path}`}`),
          ] as const,
        ]),
    ...(commit === undefined ? [] : [['Commit', printableLine(commit)] as const]),
    ...(pullRequest === undefined ? [] : [['Request', printableLine(pullRequest)] as const]),
    ...(deployment === undefined
      ? []
      : [['Argo CD', printableLine(`${deployment.sync}, ${deployment.health}`)] as const]),
  ];
}

function verificationRows(verification: VerificationStatus | undefined): Rows {
  if (verification === undefined) return [];
  const { state, commit, checks } = verification;
  const found = checks.map(
    ({ name, state: each, detail }) => `${name} ${each}${detail === undefined ? '' : ` (${detail})`}`,
  );
  const text = [`${state}, commit ${commit.slice(0, 7)}`, ...found].join('; ');
  return [['Verified', printableLine(text)]];
}

function changeLines(changes: readonly ChangeStatus[], { style, width }: StatusDrawing): readonly string[] {
  if (changes.length === 0) return [];
  const shown = changes
    .slice(0, MOST_CHANGES)
    .map(({ at, text }) =>
      hang(`  ${style.faint(instantText(at))}  `, shortDigests(printableLine(text)), width),
    );
  const more = changes.length - shown.length;
  return [
    '',
    style.strong('What happened'),
    ...shown,
    ...(more > 0 ? [style.faint(`  and ${more} more`)] : []),
  ];
}

/** An id as people write it. */
function decoded(id: string): string {
  try {
    return printableLine(id.split('/').map(decodeURIComponent).join('/'));
  } catch {
    return printableLine(id);
  }
}
