import type { ChosenImage } from '../../core/change.ts';
import type { PresentImage } from '../../core/policy.ts';
import { applicationText } from '../../core/identity/application.ts';
import { imageUpdaterText } from '../../core/identity/image-updater.ts';
import { versionText } from '../../core/presence.ts';
import type { Problem } from '../../core/problem.ts';
import type { CycleReport, ImageOutcome, ImageResult } from '../../core/report.ts';
import { BELOW, OUTCOME_MARKS, outcomeCell, renderTable } from './image-table.ts';
import type { Style } from './style.ts';
import { count, hang, printable, printableLine, shortDigests, wrap } from './text.ts';

/** The whole of a cycle for people: one line per image with its reason, then other problems, failures and a summary line. */
export function renderPlan(
  report: CycleReport,
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  const parts = [
    renderImages(report.images, style, width),
    renderProblems(problemsOfNoImage(report), style, width),
    renderWarnings(report.images.flatMap(warningsOf), style, width),
    report.failures
      .map((failure) => hang(`${style.bad('✗ failed')}  `, printableLine(failure.message), width))
      .join('\n'),
    `${wrap(renderSummary(report), width)}\n${wrap(style.faint(renderCosts(report)), width)}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Problems without a failed image, whose reason would show them already. */
export function problemsOfNoImage({ images, problems }: CycleReport): readonly Problem[] {
  const ofImages = new Set(images.flatMap((image) => image.problems ?? []));
  return problems.filter((problem) => !ofImages.has(problem));
}

/** One line per image: see `renderTable`. */
export function renderImages(
  images: readonly ImageResult[],
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  if (images.length === 0) return '';
  const head = ['OUTCOME', 'APPLICATION', 'IMAGE', 'VERSION', 'REASON'];
  return renderTable(
    head,
    images.map((result) => imageRow(result, style)),
    { style, width },
  );
}

function reasonOf(result: ImageResult): string {
  return shortDigests(printableLine(`${result.reason}${landing(result)}`));
}

/** How an update would get to the branch that is deployed from, when not by a push to it. */
function landing({ outcome, branch, place, pullRequest }: ImageResult): string {
  if (outcome !== 'update' || branch === undefined) return '';
  if (pullRequest === undefined)
    return place?.git.push === undefined ? '' : `; it would be pushed to ${branch}`;
  const { action, url } = pullRequest;
  return action === 'open' || url === undefined
    ? `; a pull request from ${branch} would be opened`
    : `; pull request ${url} would propose it`;
}

function imageRow(result: ImageResult, style: Style): readonly string[] {
  return [
    outcomeCell(result.outcome, style),
    printableLine(applicationText(result.application)),
    printableLine(result.alias === '' ? result.image : `${result.alias} (${result.image})`),
    printableLine(versionsText(result)),
    reasonOf(result),
  ];
}

/** A warning and the image that it is about. */
export interface ShownWarning extends Pick<ImageResult, 'application' | 'alias' | 'image'> {
  readonly message: string;
}

export function warningsOf(result: ImageResult): readonly ShownWarning[] {
  const { application, alias, image, warnings = [] } = result;
  return warnings.map(({ message }) => ({ application, alias, image, message }));
}

/** Each warning with the image that it is about. */
export function renderWarnings(
  warnings: readonly ShownWarning[],
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  return warnings
    .map(({ application, alias, image, message }) => {
      const place = printableLine(`${applicationText(application)}  ${alias || image}`);
      return [
        hang(`${style.notice('! warning')}  `, place, width),
        hang(BELOW, printableLine(message), width),
      ].join('\n');
    })
    .join('\n');
}

/** Each problem with its place, what was found and what would be right. */
export function renderProblems(
  problems: readonly Problem[],
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  return problems
    .map((found) => {
      const value = found.value === '' ? '' : ` = ${JSON.stringify(printable(found.value))}`;
      const name = ownerText(found);
      const place = printableLine([name, found.key].filter((part) => part !== '').join('  '));
      return [
        hang(`${style.notice('! problem')}  `, `${place}${value}`, width),
        hang(BELOW, printableLine(found.message), width),
      ].join('\n');
    })
    .join('\n');
}

/** The Application, or the `ImageUpdater` or file that a problem is about. */
function ownerText({ application, updater }: Problem): string {
  return application.name === '' && updater !== undefined
    ? imageUpdaterText(updater)
    : applicationText(application);
}

function renderSummary(report: CycleReport): string {
  const outcomes = (Object.keys(OUTCOME_MARKS) as ImageOutcome[])
    .map(
      (outcome) =>
        [
          report.images.filter((result) => result.outcome === outcome).length,
          OUTCOME_MARKS[outcome].summary,
        ] as const,
    )
    .filter(([amount]) => amount > 0)
    .map(([amount, summary]) => `${amount} ${summary}`);
  if (report.problems.length > 0) outcomes.push(count(report.problems.length, 'problem'));
  if (report.failures.length > 0) outcomes.push(count(report.failures.length, 'failure'));
  const warnings = report.images.flatMap(warningsOf).length;
  if (warnings > 0) outcomes.push(count(warnings, 'warning'));
  const what = `${count(report.images.length, 'image')} in ${count(report.applications, 'Application')}`;
  return outcomes.length === 0 ? what : `${what}: ${outcomes.join(', ')}`;
}

/** The requests of the cycle to registries and remotes, and its duration. */
export function renderCosts(report: CycleReport): string {
  const { registryRequests, gitFetches, gitPushes } = report.costs;
  return [
    count(registryRequests, 'registry request'),
    count(gitFetches, 'git fetch', 'git fetches'),
    count(gitPushes, 'git push', 'git pushes'),
    `${report.seconds.toFixed(1)} s`,
  ].join(', ');
}

function versionsText(result: ImageResult): string {
  const now = shortVersion(result.current);
  const chosen = shortVersion(result.candidate);
  if (result.outcome !== 'update' && result.outcome !== 'updated') return now ?? '-';
  return `${now ?? '(none)'} → ${chosen ?? '(none)'}`;
}

function shortVersion(version: PresentImage | ChosenImage | undefined): string | undefined {
  const text = versionText(version);
  return text === undefined ? undefined : shortDigests(text);
}
