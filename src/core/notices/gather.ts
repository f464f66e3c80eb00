import { groupBy } from '../plan/group-by.ts';
import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import type { Notice, NoticeImage } from './notice.ts';
import { NOTICE_SEVERITIES } from './notice-kind.ts';
import { noticeTargetKey, type RoutedNotice } from './notice-route.ts';
import { noticeHash } from './standing.ts';

export interface GatherOptions {
  /** From so many of one kind, code and cause on there is one notice in place of as many. */
  readonly together: number;
  /** Nothing was known before: all of one kind are one. */
  readonly isFirst: boolean;
  /** Whether a service takes each notice by itself: a status of a commit says nothing of another. */
  readonly takesEach: (service: string) => boolean;
}

/** The images that a notice in place of many names. */
const MOST_IMAGES = 10;

/** The notices of one report with one in place of many where one cause is behind them, each for one place. */
export function gather(routed: readonly RoutedNotice[], options: GatherOptions): readonly RoutedNotice[] {
  const perTarget = groupBy(routed, ({ target, audience }) =>
    joinKey(noticeTargetKey(target), audience),
  ).values();
  return [...perTarget].flatMap((all) => {
    const [first] = all;
    if (first === undefined || options.takesEach(first.target.service)) return all;
    return gatherTarget(all, options);
  });
}

function gatherTarget(
  all: readonly RoutedNotice[],
  { together, isFirst }: Pick<GatherOptions, 'together' | 'isFirst'>,
): readonly RoutedNotice[] {
  const isCrowd =
    isFirst && all.filter(({ observed: { notice } }) => isStandingKind(notice)).length >= together;
  const groups = groupBy(all, ({ observed: { notice, cause } }) =>
    isCrowd && isStandingKind(notice) ? notice.kind : joinKey(notice.kind, notice.code, cause),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const isOne = group.length >= together || (isCrowd && isStandingKind(first.observed.notice));
    return isOne && group.length > 1 ? [oneOf(first, group)] : group;
  });
}

/** What may have stood for long before it was seen. */
function isStandingKind({ kind }: Notice): boolean {
  return kind === 'failing' || kind === 'held' || kind === 'awaiting-approval';
}

function oneOf(first: RoutedNotice, group: readonly RoutedNotice[]): RoutedNotice {
  const notices = group.map(({ observed }) => observed.notice);
  const { kind, at } = first.observed.notice;
  const codes = [...new Set(notices.map(({ code }) => code))];
  const causes = [...new Set(group.map(({ observed }) => observed.cause))].filter((cause) => cause !== '');
  const images = notices.flatMap((notice) => imagesOf(notice));
  const applications = new Set(
    group.flatMap(({ observed }) => observed.concerned.map(({ application }) => applicationKey(application))),
  );
  const [code = kind, ...otherCodes] = codes;
  const projects = new Set(notices.map(({ project }) => project));
  const [project] = projects;
  const notice: Notice = {
    kind,
    key: noticeHash('together', ...notices.map(({ key }) => key)),
    subject: noticeHash('together', kind === 'recovered' ? 'failing' : kind, code, ...causes),
    at,
    severity: worst(notices),
    extent: { applications: applications.size, images: images.length },
    ...(projects.size === 1 && project !== undefined ? { project } : {}),
    images: images.slice(0, MOST_IMAGES),
    code: otherCodes.length === 0 ? code : kind,
    reason: reasonOfMany(codes, causes),
  };
  return {
    ...first,
    subjects: group.flatMap(({ subjects }) => subjects),
    observed: { notice, cause: causes.join(', '), concerned: [] },
  };
}

/** An Application with a problem is named, although no image is. */
function imagesOf({ application, images }: Notice): readonly NoticeImage[] {
  return images.map((image) => ({ ...(application === undefined ? {} : { application }), ...image }));
}

function reasonOfMany(codes: readonly string[], causes: readonly string[]): string {
  const shown = (all: readonly string[], most: number): string =>
    all.length > most ? `${all.slice(0, most).join(', ')} and ${all.length - most} more` : all.join(', ');
  const where = causes.length === 0 ? '' : ` (${shown(causes, 3)})`;
  return `${shown(codes, 5)}${where}`;
}

function worst(notices: readonly Notice[]): Notice['severity'] {
  const ranks = notices.map(({ severity }) => NOTICE_SEVERITIES.indexOf(severity));
  return NOTICE_SEVERITIES[Math.max(...ranks)] ?? 'info';
}
