import type { ImageExplanation, TagStatus } from '../../core/status/image-explanation.ts';
import { formatInstant, isInstant } from '../../core/instant.ts';
import { versionText } from '../../core/presence.ts';
import { OUTCOME_MARKS } from './image-table.ts';
import type { Style } from './style.ts';
import {
  alignColumns,
  count,
  hang,
  indent,
  printableLine,
  shortDigests,
  visibleWidth,
  wrap,
} from './text.ts';

interface Drawing {
  readonly style: Style;
  readonly width: number;
}

/** An explanation for people: how the image ended, each tag with what became of it, and what would give another answer. */
export function renderExplanation(
  explanation: ImageExplanation,
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  const drawing = { style, width };
  return [
    renderHead(explanation, drawing),
    renderTags(explanation, drawing),
    renderNeeded(explanation, drawing),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Columns of the longest name, and two of space. */
const NAMES = 10;

function renderHead(explanation: ImageExplanation, { style, width }: Drawing): string {
  const { namespace, application, alias, image, outcome, strategy, counts } = explanation;
  const { mark, tone } = OUTCOME_MARKS[outcome];
  const owner = namespace === '' ? application : `${namespace}/${application}`;
  const name = alias === '' ? image : `${alias} (${image})`;
  const rows = [
    ['Image', printableLine(`${owner} ${name}`)],
    ['Outcome', `${style[tone](`${mark} ${outcome}`)}${versionsText(explanation)}`],
    ['Because', shortDigests(printableLine(explanation.reason))],
    ...(strategy === '' ? [] : [['Strategy', strategy]]),
    [
      'Tags',
      explanation.listedAt === undefined
        ? 'not listed'
        : `${counts.listed} listed, ${counts.considered} left after the filters; the newest first`,
    ],
  ];
  return rows
    .map(([title = '', value = '']) => hang(style.faint(title.padEnd(NAMES)), value, width))
    .join('\n');
}

function versionsText({ current, candidate, outcome }: ImageExplanation): string {
  const now = shown(current);
  const chosen = shown(candidate);
  if (outcome === 'current' || chosen === undefined || chosen === now)
    return now === undefined ? '' : `  ${now}`;
  return `  ${now ?? '(none)'} → ${chosen}${outcome === 'held' ? ' (not written)' : ''}`;
}

function shown(version: ImageExplanation['current']): string | undefined {
  const text = versionText(
    version === undefined ? undefined : { name: undefined, tag: version.tag, digest: version.digest },
  );
  return text === undefined ? undefined : shortDigests(printableLine(text));
}

/** A tag that is longer has a line of its own. */
const LONGEST_TAG = 40;
/** Where there are fewer columns behind the tags, what became of them goes below. */
const LEAST_ROOM = 40;

function renderTags(explanation: ImageExplanation, { style, width }: Drawing): string {
  const { tags, counts } = explanation;
  if (tags.length === 0) return '';
  const hasTimes = tags.some(({ time }) => time !== undefined);
  const heads = ['TAG', ...(hasTimes ? ['TIME'] : []), 'WHAT BECAME OF IT'].map(style.faint);
  const rows = tags.map((one) => [
    tagText(one, style),
    ...(hasTimes ? [timeText(one)] : []),
    outcomeText(one, style),
  ]);
  const isWide = width - Math.min(LONGEST_TAG, longest(rows)) - (hasTimes ? TIME_COLUMNS : 0) >= LEAST_ROOM;
  const lines = isWide ? wideLines([heads, ...rows], width) : rows.map((row) => narrowLine(row, width));
  const more = counts.listed - tags.length;
  return [...lines, ...(more > 0 ? [wrap(style.faint(moreText(explanation, more)), width)] : [])].join('\n');
}

/** Of `2026-11-02T12:00:00Z`, and two of space. */
const TIME_COLUMNS = 22;

function longest(rows: readonly (readonly string[])[]): number {
  return rows.reduce((most, [tag = '']) => Math.max(most, visibleWidth(tag)), 0);
}

/** The first columns are aligned, and the text behind them hangs below itself. */
function wideLines(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const room = Math.min(LONGEST_TAG, longest(rows));
  const short = rows.filter(([tag = '']) => visibleWidth(tag) <= room);
  const heads = alignColumns(
    short.map((row) => [...row.slice(0, -1), '']).map((row) => row.map((cell) => cell || ' ')),
  );
  const leads = new Map(short.map((row, index) => [row, heads[index] ?? '']));
  const widest = Math.max(...[...leads.values()].map(visibleWidth));
  return rows.map((row) => {
    const lead = leads.get(row);
    const text = row.at(-1) ?? '';
    if (lead === undefined) return narrowLine(row, width);
    return hang(lead + ' '.repeat(widest - visibleWidth(lead) + 2), text, width);
  });
}

function narrowLine(row: readonly string[], width: number): string {
  return [
    wrap(
      row
        .slice(0, -1)
        .filter((cell) => cell !== '')
        .join('  '),
      width,
    ),
    hang('    ', row.at(-1) ?? '', width),
  ].join('\n');
}

function tagText({ tag, code, inForce }: TagStatus, style: Style): string {
  const text = printableLine(tag);
  if (code === 'chosen') return style.good(text);
  return inForce === true ? style.strong(text) : text;
}

function timeText({ time }: TagStatus): string {
  return time === undefined || !isInstant(time) ? '' : formatInstant(time);
}

function outcomeText({ code, reason, inForce }: TagStatus, style: Style): string {
  const text = shortDigests(printableLine(reason));
  const now = inForce === true ? ' (in force)' : '';
  switch (code) {
    case 'chosen':
      return `${style.good(text)}${now}`;
    case 'turned-away':
    case 'unfit':
    case 'unreadable':
    case 'not-promoted':
    case 'young':
      return `${style.notice(text)}${now}`;
    default:
      return `${style.faint(text)}${now}`;
  }
}

function moreText({ counts, tags }: ImageExplanation, more: number): string {
  const left = Object.entries(counts.codes)
    .map(([code, all]) => [code, all - tags.filter((one) => one.code === code).length] as const)
    .filter(([, amount]) => amount > 0)
    .map(([code, amount]) => `${amount} ${code}`);
  return `and ${count(more, 'further tag')}: ${left.join(', ')} (--all shows them)`;
}

function renderNeeded({ needed }: ImageExplanation, { style, width }: Drawing): string {
  if (needed.length === 0) return '';
  const lines = needed.map((sentence) => hang('- ', shortDigests(printableLine(sentence)), width - 2));
  return [style.strong('For another answer'), ...lines.map((each) => indent(each, '  '))].join('\n');
}
