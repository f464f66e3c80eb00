import { applicationKey, applicationText } from '../identity/application.ts';
import { imageUpdaterKey } from '../identity/image-updater.ts';
import { separateProblems } from '../separate-problems.ts';
import type { Problem } from '../problem.ts';
import type { CycleReport } from '../report.ts';
import type { Notice } from './notice.ts';
import { codeOf, mayPass } from './notices-of-images.ts';
import type { ObservedNotice } from './observed-notice.ts';
import type { ReportIndex } from './observe-context.ts';
import { severityOf } from './severity.ts';
import { noticeHash, type StandingDraft, type StandingEntry } from './standing.ts';

/** What failed that is no image: problems of Applications and resources, and sources that could not be read. */
export function noticesOfProblems(index: ReportIndex, draft: StandingDraft): readonly ObservedNotice[] {
  const { report } = index;
  const found = [...problemsOf(report), ...failuresOf(report)];
  const seen = new Set(found.map(({ key }) => key));
  const newly = found.flatMap((one) => beginning(one, index, draft));
  // Of what a partial cycle, or one that could not read everything, does not say, nothing is known.
  if (report.partial === true || report.failures.length > 0) return newly;
  const ended = draft.keys('problem').filter((key) => !seen.has(key));
  return [...newly, ...ended.flatMap((key) => ending(key, index, draft))];
}

/** Problems that people were notified of and that are there still, each since it began. */
export function lastingProblems(
  index: ReportIndex,
  entries: ReadonlyMap<string, StandingEntry>,
): readonly ObservedNotice[] {
  return problemsOf(index.report).flatMap((wrong) => {
    const entry = entries.get(wrong.key);
    if (entry === undefined || entry.noticed.length === 0) return [];
    const one = begun(wrong, index, `${entry.since}`);
    return [{ ...one, notice: { ...one.notice, at: entry.since } }];
  });
}

/** A thing that is wrong, by its key. */
interface Wrong extends Pick<Problem, 'code' | 'message'> {
  readonly key: string;
  readonly application?: Problem['application'];
}

function problemsOf(report: CycleReport): readonly Wrong[] {
  return separateProblems(report).map(({ application, updater, alias, key, code, message }) => ({
    key: noticeHash('problem', applicationKey(application), updater && imageUpdaterKey(updater), alias, key),
    code,
    message,
    ...(application.name === '' ? {} : { application }),
  }));
}

/** One for each code: the messages may have times in them. */
function failuresOf({ failures }: CycleReport): readonly Wrong[] {
  const byCode = new Map(failures.toReversed().map((failure) => [failure.code, failure]));
  return [...byCode.values()]
    .filter(({ code }) => code !== 'aborted')
    .map(({ code, message }) => ({ key: noticeHash('cycle', code), code, message }));
}

function beginning(wrong: Wrong, index: ReportIndex, draft: StandingDraft): readonly ObservedNotice[] {
  const { key, code, application } = wrong;
  const entry = draft.get(key);
  const { failingAfter } = index.options;
  const cycles = Math.min((entry?.cycles ?? 0) + 1, failingAfter);
  const isNew = (!mayPass(code) || cycles >= failingAfter) && entry?.noticed.includes(code) !== true;
  const found = {
    kind: 'problem',
    code,
    cycles,
    ...(application === undefined ? {} : { application }),
  } as const;
  draft.see(key, found, isNew ? code : undefined);
  return isNew ? [begun(wrong, index, `${draft.get(key)?.since ?? 0}`)] : [];
}

function begun(
  { key, code, message, application }: Wrong,
  index: ReportIndex,
  since: string,
): ObservedNotice {
  return noticeOf(index, {
    kind: 'failing',
    key: noticeHash('failing', key, code, since),
    subject: key,
    code,
    reason: message,
    ...ofApplication(application),
  });
}

function ending(key: string, index: ReportIndex, draft: StandingDraft): readonly ObservedNotice[] {
  const entry = draft.get(key);
  draft.end(key);
  if (entry === undefined || entry.noticed.length === 0) return [];
  const { application, since } = entry;
  const code = codeOf(entry.code);
  const what = application === undefined ? '' : `${applicationText(application)}: `;
  const parts = {
    key: noticeHash('recovered', key, `${since}`),
    subject: key,
    code,
    reason: `${what}no longer ${code}`,
  };
  return [noticeOf(index, { kind: 'recovered', ...parts, ...ofApplication(application) })];
}

function ofApplication(application: Problem['application'] | undefined): Pick<Notice, 'application'> {
  return application === undefined ? {} : { application };
}

function noticeOf(
  index: ReportIndex,
  parts: Pick<Notice, 'kind' | 'key' | 'subject' | 'code' | 'reason' | 'application'>,
): ObservedNotice {
  const { application } = parts;
  const concerned = application === undefined ? [] : [index.concernOf(application)];
  const { project = '' } = concerned[0] ?? {};
  return {
    cause: '',
    concerned,
    notice: {
      at: index.options.now,
      severity: severityOf(parts.kind, parts.code),
      ...(project === '' ? {} : { project }),
      images: [],
      ...parts,
    },
  };
}
