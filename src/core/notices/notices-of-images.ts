import { ERROR_CODES } from '../../errors.ts';
import { applicationKey } from '../identity/application.ts';
import { groupBy } from '../plan/group-by.ts';
import { versionText } from '../presence.ts';
import type { ImageResult } from '../report.ts';
import type { Notice } from './notice.ts';
import type { NoticeKind } from './notice-kind.ts';
import type { ObservedNotice } from './observed-notice.ts';
import { noticeImageOf, type ReportIndex } from './observe-context.ts';
import { severityOf } from './severity.ts';
import { noticeHash, type StandingDraft, type StandingEntry } from './standing.ts';

const HOUR = 3_600_000;

/**
 * Codes of holds that people are not notified of: what a check or its rollback began has notices of its own, and what waits for
 * the image before it in a promotion is on its way.
 */
const SILENT_HOLDS: ReadonlySet<string> = new Set(['verification-failed', 'promotion-waiting']);
/** They end by themselves; when that is soon, nobody needs to know. */
const PASSING_HOLDS: ReadonlySet<string> = new Set(['outside-window', 'too-young']);

/** What began and ended with the images of a report: failures, holds, windows that are open again. */
export function noticesOfImages(index: ReportIndex, draft: StandingDraft): readonly ObservedNotice[] {
  const opened: ImageResult[] = [];
  const notices = index.report.images.flatMap((image) => {
    if (saysNothing(image)) return [];
    if (endsWindow(image, draft)) opened.push(image);
    return [...failureNotices(image, index, draft), ...holdNotices(image, index, draft)];
  });
  const byApplication = groupBy(opened, ({ application }) => applicationKey(application)).values();
  return [...notices, ...[...byApplication].map((images) => windowNotice(images, index))];
}

/** It was not looked at: what stood stands. */
function saysNothing({ code }: ImageResult): boolean {
  return code === 'aborted' || code === 'not-due';
}

/** A gate that cannot be asked is a failure to people, although the image is held. */
function isFailing({ outcome, code }: ImageResult): boolean {
  return outcome === 'failed' || code === 'gate-unavailable';
}

function failureNotices(
  image: ImageResult,
  index: ReportIndex,
  draft: StandingDraft,
): readonly ObservedNotice[] {
  const key = conditionKey('failing', image);
  const entry = draft.get(key);
  if (!isFailing(image)) {
    draft.end(key);
    if (entry === undefined || entry.noticed.length === 0) return [];
    const code = codeOf(entry.code);
    const reason = `it no longer fails with ${code}`;
    return [
      noticeOfImages([image], index, {
        kind: 'recovered',
        key: noticeHash('recovered', key, `${entry.since}`),
        subject: key,
        code,
        reason,
      }),
    ];
  }
  const { code } = image;
  const needed = mayPass(code) ? index.options.failingAfter : 1;
  const cycles = Math.min((entry?.cycles ?? 0) + 1, index.options.failingAfter);
  const isNew = cycles >= needed && entry?.noticed.includes(code) !== true;
  draft.see(key, { kind: 'failing', code, cycles }, isNew ? code : undefined);
  const since = draft.get(key)?.since ?? index.options.now;
  return isNew ? [ofImage(image, index, { kind: 'failing', subject: key, mark: [code, `${since}`] })] : [];
}

/** Failures that people were notified of and that are there still, each since it began. */
export function lastingFailures(
  index: ReportIndex,
  entries: ReadonlyMap<string, StandingEntry>,
): readonly ObservedNotice[] {
  return index.report.images.flatMap((image) => {
    const subject = conditionKey('failing', image);
    const entry = entries.get(subject);
    const isUnseen = saysNothing(image);
    if (entry === undefined || entry.noticed.length === 0) return [];
    if (!isUnseen && !isFailing(image)) return [];
    const one = ofImage(image, index, { kind: 'failing', subject, mark: [image.code, `${entry.since}`] });
    const code = codeOf(entry.code);
    const found = isUnseen ? { code, reason: `it failed with ${code} when it was looked at last` } : {};
    return [{ ...one, notice: { ...one.notice, ...found, at: entry.since } }];
  });
}

function holdNotices(
  image: ImageResult,
  index: ReportIndex,
  draft: StandingDraft,
): readonly ObservedNotice[] {
  const key = conditionKey('held', image);
  if (isFailing(image)) return [];
  if (image.outcome !== 'held') {
    draft.end(key);
    return [];
  }
  const { code } = image;
  const mark = noticeHash(code, versionText(image.candidate)).slice(0, 8);
  const isNew = isNoticed(image, index.options.now) && draft.get(key)?.noticed.includes(mark) !== true;
  draft.see(key, { kind: 'held', code }, isNew ? mark : undefined);
  const kind = code === 'awaiting-approval' ? code : 'held';
  return isNew
    ? [ofImage(image, index, { kind, subject: key, mark: [code, versionText(image.candidate)] })]
    : [];
}

function isNoticed({ code, heldUntil, basis }: ImageResult, now: number): boolean {
  if (SILENT_HOLDS.has(code)) return false;
  const { reason } = basis ?? {};
  if (reason?.code === 'rolled-back' && reason.facts.changedBy.kind === 'check') return false;
  return !(PASSING_HOLDS.has(code) && heldUntil !== undefined && heldUntil - now <= HOUR);
}

/** What waited for a window is written now: the window is open. */
function endsWindow(image: ImageResult, draft: StandingDraft): boolean {
  return image.outcome === 'updated' && draft.get(conditionKey('held', image))?.code === 'outside-window';
}

function windowNotice(images: readonly ImageResult[], index: ReportIndex): ObservedNotice {
  const [first] = images;
  const key = noticeHash('window-opened', index.report.cycle, applicationKeyOf(first));
  const count = images.length === 1 ? '1 image follows' : `${images.length} images follow`;
  return {
    ...noticeOfImages(images, index, {
      kind: 'window-opened',
      key,
      code: 'window-opened',
      subject: noticeHash('window', applicationKeyOf(first)),
      reason: `the update window is open: ${count}`,
    }),
    cause: '',
  };
}

interface NoticeIdentity {
  readonly kind: NoticeKind;
  readonly subject: string;
  /** What tells it apart from others of the same subject. */
  readonly mark: readonly (string | undefined)[];
}

function ofImage(
  image: ImageResult,
  index: ReportIndex,
  { kind, subject, mark }: NoticeIdentity,
): ObservedNotice {
  const { code, reason, forTenants } = image;
  return noticeOfImages([image], index, {
    kind,
    key: noticeHash(kind, subject, ...mark),
    subject,
    code,
    reason,
    ...(forTenants === undefined
      ? {}
      : { forTenants: { code: forTenants.code, reason: forTenants.message } }),
  });
}

/** A notice of images of one Application. */
export function noticeOfImages(
  images: readonly ImageResult[],
  index: ReportIndex,
  parts: Pick<Notice, 'kind' | 'key' | 'subject' | 'code' | 'reason'> & Partial<Notice>,
): ObservedNotice {
  const concerned = images.map((image) => index.concern(image));
  const { application, project } = concerned[0] ?? {};
  return {
    cause: images[0] === undefined ? '' : causeOf(parts.code, images[0], index),
    concerned,
    notice: {
      at: index.options.now,
      severity: severityOf(parts.kind, parts.code),
      ...(application === undefined ? {} : { application }),
      ...(project === undefined || project === '' ? {} : { project }),
      images: images.map(noticeImageOf),
      ...parts,
    },
  };
}

/** The one thing that is probably behind many images with this code. */
function causeOf(code: string, image: ImageResult, index: ReportIndex): string {
  if (/^(?:git|host|branch|target)-/.test(code)) return image.place?.git.remote.label ?? '';
  if (/^(?:registry|credentials|metadata|address)-|^deadline$|^gate-unavailable$/.test(code))
    return index.concern(image).repository?.registry ?? '';
  return '';
}

function conditionKey(kind: 'failing' | 'held', { application, alias, image }: ImageResult): string {
  return noticeHash(kind, applicationKey(application), alias, image);
}

function applicationKeyOf(image: ImageResult | undefined): string {
  return image === undefined ? '' : applicationKey(image.application);
}

/** Whether it may pass without anybody's help, so that one cycle says little. */
export function mayPass(code: string): boolean {
  if (code === 'gate-unavailable') return true;
  return Object.hasOwn(ERROR_CODES, code) && ERROR_CODES[code as keyof typeof ERROR_CODES].retryable;
}

/** What was kept as text is a code of ours, unless somebody changed the ConfigMap. */
export function codeOf(code: string | undefined): Notice['code'] {
  if (code === 'gate-unavailable') return code;
  return code !== undefined && Object.hasOwn(ERROR_CODES, code) ? (code as Notice['code']) : 'recovered';
}
