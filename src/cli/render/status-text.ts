import { formatDuration } from '../../core/duration.ts';
import { formatInstant, isInstant } from '../../core/instant.ts';
import { versionText } from '../../core/presence.ts';
import type { ImageOutcome } from '../../core/report.ts';
import type { ImageStatus, VersionStatus } from '../../core/status/image-status.ts';
import type { StatusOverview } from '../../core/status/status-pages.ts';
import { OUTCOME_MARKS, outcomeCell, renderTable } from './image-table.ts';
import type { Style } from './style.ts';
import { count, hang, printableLine, shortDigests, wrap } from './text.ts';

/** How a status is drawn. */
export interface StatusDrawing {
  readonly style: Style;
  readonly width: number;
  /** Milliseconds since 1970: how long ago something was is counted from here. */
  readonly now: number;
  /** It is what a running Lynceus knows, so that times in it mean something. */
  readonly isLive: boolean;
}

/** What is shown: all in one look, and images in the order in which they are to be shown. */
export interface ShownStatus {
  readonly status: StatusOverview;
  readonly images: readonly ImageStatus[];
}

/** All in one line, then a line for each image, and what belongs to none. */
export function renderStatus({ status, images }: ShownStatus, drawing: StatusDrawing): string {
  return [
    renderSummary(status, drawing),
    renderFailures(status, drawing),
    images.length === 0 ? '' : renderImageRows(images, drawing),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** How many images there are of each outcome, and how the last cycle was. */
export function renderSummary(status: StatusOverview, drawing: StatusDrawing): string {
  const counts = wrap(countsText(status), drawing.width);
  if (!drawing.isLive) return counts;
  return `${counts}\n${wrap(drawing.style.faint(cycleText(status, drawing)), drawing.width)}`;
}

function renderImageRows(
  images: readonly ImageStatus[],
  { style, width, now, isLive }: StatusDrawing,
): string {
  const titles = ['OUTCOME', 'APPLICATION', 'IMAGE', 'VERSION', ...(isLive ? ['SINCE'] : []), 'REASON'];
  const rows = images.map((image) => [
    outcomeCell(image.outcome, style),
    printableLine(ownerText(image)),
    printableLine(nameText(image)),
    printableLine(versionsText(image)),
    ...(isLive ? [agoText(image.since, now)] : []),
    shortDigests(printableLine(image.reason)),
  ]);
  return renderTable(titles, rows, { style, width });
}

export function ownerText({
  namespace,
  application,
}: Pick<ImageStatus, 'namespace' | 'application'>): string {
  return namespace === '' ? application : `${namespace}/${application}`;
}

export function nameText({ alias, image }: Pick<ImageStatus, 'alias' | 'image'>): string {
  return alias === '' ? image : `${alias} (${image})`;
}

/** What is in force, and what would be or was written in its place. */
export function versionsText({
  outcome,
  current,
  candidate,
}: Pick<ImageStatus, 'outcome' | 'current' | 'candidate'>): string {
  const now = shortText(current);
  const chosen = shortText(candidate);
  if (outcome === 'updated') return chosen ?? now ?? '-';
  return outcome === 'update' ? `${now ?? '(none)'} → ${chosen ?? '(none)'}` : (now ?? '-');
}

/** With its digest cut short; `undefined` for no version. */
export function shortText(version: VersionStatus | undefined): string | undefined {
  const text = versionText(version && { name: undefined, tag: version.tag, digest: version.digest });
  return text === undefined ? undefined : shortDigests(text);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12s`, `5m`, `3h`, `2d`. */
export function agoText(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) return `${Math.floor(passed / 1000)}s`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)}m`;
  return passed < DAY ? `${Math.floor(passed / HOUR)}h` : `${Math.floor(passed / DAY)}d`;
}

/** `2026-11-02T12:00:00Z`; `''` for what is no time. */
export function instantText(at: number): string {
  return isInstant(at) ? formatInstant(at) : '';
}

function renderFailures({ cycle, paused }: StatusOverview, { style, width }: StatusDrawing): string {
  const failures = (cycle?.failures ?? []).map(({ message }) =>
    hang(`${style.bad('✗ failed')}  `, printableLine(message), width),
  );
  const pause =
    paused === undefined ? [] : [hang(`${style.notice('‖ paused')}  `, printableLine(paused), width)];
  return [...pause, ...failures].join('\n');
}

function countsText({ applications, images, problems }: StatusOverview): string {
  const outcomes = Object.keys(OUTCOME_MARKS) as ImageOutcome[];
  const all = outcomes.reduce((sum, outcome) => sum + (images[outcome] ?? 0), 0);
  const parts = outcomes
    .filter((outcome) => (images[outcome] ?? 0) > 0)
    .map((outcome) => `${images[outcome]} ${OUTCOME_MARKS[outcome].summary}`);
  if (problems > 0) parts.push(count(problems, 'problem'));
  const what = `${count(all, 'image')} in ${count(applications, 'Application')}`;
  return parts.length === 0 ? what : `${what}: ${parts.join(', ')}`;
}

function cycleText(
  { version, cycle, nextAt, leader, shard }: StatusOverview,
  { now }: StatusDrawing,
): string {
  const parts = [
    `Lynceus ${printableLine(version)}`,
    ...(shard === undefined ? [] : [`shard ${printableLine(shard)}`]),
    ...(leader.leads ? [] : ['does not lead']),
    cycle === undefined
      ? 'no cycle has ended yet'
      : `last cycle ${agoText(cycle.startedAt, now)} ago, in ${cycle.seconds.toFixed(1)} s`,
    ...(nextAt === undefined || nextAt <= now
      ? []
      : [`next in ${formatDuration(Math.ceil((nextAt - now) / 1000) * 1000)}`]),
  ];
  return parts.join(', ');
}
