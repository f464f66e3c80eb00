import { createHash } from 'node:crypto';
import { joinKey } from '../../core/identity/key.ts';
import { plainLine } from '../../core/quoted.ts';
import type { Notice, NoticeImage } from '../../core/notices/notice.ts';
import type { OutgoingNotice } from '../../ports/notifier.ts';
import { followableUrl, wholeCharacters } from '../marked-text.ts';
import { ALERTMANAGER_MARKUP, LONGEST_ANNOTATION } from './markup.ts';

/** An alert as `POST /api/v2/alerts` takes it. Times are RFC 3339. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** When an alert begins and ends; milliseconds since 1970. */
export interface AlertTimes {
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * One alert for each image, or one for what concerns many. The labels of `recovered` are those of `failing`, whose alert it ends: so they are made of the
 * condition alone, never of what was found.
 */
export function alertsOf(outgoing: OutgoingNotice, { startsAt, endsAt }: AlertTimes): readonly Alert[] {
  const { notice, isTest } = outgoing;
  const url = followableUrl(notice.commit?.url ?? '') ?? followableUrl(notice.pullRequest ?? '');
  const isOne = notice.images.length === 0 || notice.extent !== undefined;
  const images = isOne ? [undefined] : notice.images;
  const alerts = images.map((image): Alert => ({
    labels: {
      ...labelsOf(notice, image),
      ...(isTest === true ? { test: 'true' } : {}),
    },
    annotations: annotationsOf(outgoing, image),
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    ...(url === undefined ? {} : { generatorURL: url }),
  }));
  return [...new Map(alerts.map((alert) => [labelKey(alert.labels), alert])).values()];
}

/** Equal exactly for alerts that Alertmanager takes for one. */
function labelKey(labels: Alert['labels']): string {
  return joinKey(
    ...Object.entries(labels)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  );
}

type AlertKind = Exclude<Notice['kind'], 'recovered'>;

/** What Lynceus' own rules for Prometheus call their alerts is left to them. */
const ALERT_NAMES: Readonly<Record<AlertKind, string>> = {
  updated: 'LynceusUpdated',
  'pull-request-opened': 'LynceusPullRequestOpened',
  held: 'LynceusHeld',
  failing: 'LynceusFailing',
  verified: 'LynceusVerified',
  'verification-failed': 'LynceusVerificationFailed',
  'verification-inconclusive': 'LynceusVerificationInconclusive',
  'rolled-back': 'LynceusRolledBack',
  'rollback-failed': 'LynceusRollbackFailed',
  'window-opened': 'LynceusWindowOpened',
  'awaiting-approval': 'LynceusAwaitingApproval',
};

const SEVERITIES: Readonly<Record<AlertKind, 'info' | 'warning' | 'critical'>> = {
  updated: 'info',
  'pull-request-opened': 'info',
  held: 'info',
  failing: 'warning',
  verified: 'info',
  'verification-failed': 'warning',
  'verification-inconclusive': 'warning',
  'rolled-back': 'warning',
  'rollback-failed': 'critical',
  'window-opened': 'info',
  'awaiting-approval': 'info',
};

function labelsOf(notice: Notice, image: NoticeImage | undefined): Alert['labels'] {
  const kind = notice.kind === 'recovered' ? 'failing' : notice.kind;
  const application = image?.application ?? notice.application;
  const labels = {
    alertname: ALERT_NAMES[kind],
    severity: SEVERITIES[kind],
    namespace: application?.namespace,
    application: application?.name,
    project: notice.project,
    image: image?.image,
    alias: image?.alias,
    // Of one Application several things may be wrong that are no image.
    condition: image === undefined ? notice.subject : undefined,
  };
  return namedTexts(labels, labelValue);
}

/** Title and text are escaped already, by the templates that made them. */
function annotationsOf({ notice, title, text }: OutgoingNotice, image?: NoticeImage): Alert['annotations'] {
  const written = {
    code: notice.code,
    from: image?.from,
    to: image?.to,
    commit: notice.commit?.sha,
    check: notice.check,
  };
  const made = {
    summary: title,
    description: text,
    pull_request: followableUrl(notice.pullRequest ?? ''),
  };
  return {
    ...namedTexts(made, annotationValue),
    ...namedTexts(written, (value) => annotationValue(ALERTMANAGER_MARKUP.escape(value))),
  };
}

/** Alertmanager takes an empty value for none. */
function namedTexts(
  texts: Readonly<Record<string, string | undefined>>,
  clean: (text: string) => string,
): Readonly<Record<string, string>> {
  const entries = Object.entries(texts).map(([name, text]) => [name, clean(text ?? '')] as const);
  return Object.fromEntries(entries.filter(([, text]) => text !== ''));
}

const LONGEST_LABEL = 300;

/** What is cut stays different from what begins in the same way. */
function labelValue(text: string): string {
  const line = plainLine(text);
  if (line.length <= LONGEST_LABEL) return line;
  const rest = createHash('sha256').update(line).digest('hex').slice(0, 16);
  return `${wholeCharacters(line, LONGEST_LABEL)}… ${rest}`;
}

function annotationValue(text: string): string {
  const lines = text.trim().split('\n').map(plainLine).join('\n');
  if (lines.length <= LONGEST_ANNOTATION) return lines;
  return `${wholeCharacters(lines, LONGEST_ANNOTATION)} … (cut)`;
}
