import { selectsApplication, selectsImage, type ImageSelector } from '../image-selector.ts';
import { joinKey } from '../identity/key.ts';
import type { Notice } from './notice.ts';
import type { NoticeKind } from './notice-kind.ts';
import { noticeFor } from './notice-for.ts';
import type { NoticeTarget } from './notice-target.ts';
import type { ConcernedImage, ObservedNotice } from './observed-notice.ts';
import { isAtLeast } from './severity.ts';

/** Templates of a notice; absent means those of its kind. */
export interface NoticeTexts {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
}

/** A route of the configuration. */
export interface NoticeRoute extends ImageSelector, NoticeTexts {
  /** Empty means all. */
  readonly when: readonly NoticeKind[];
  readonly atLeast: Notice['severity'];
  readonly targets: readonly NoticeTarget[];
}

/** Where one notice goes, and as whom the people there read it. */
export interface RoutedNotice {
  readonly observed: ObservedNotice;
  readonly target: NoticeTarget;
  /** `tenants`: by an annotation alone, to people who must not read more than those of the Application. */
  readonly audience: 'all' | 'tenants';
  readonly texts: NoticeTexts;
  /** The conditions that it is of: of one in place of many all of them. */
  readonly subjects: readonly string[];
}

/** Where a notice goes: once to each target. What the configuration says comes before what annotations ask for. */
export function routesOf(observed: ObservedNotice, routes: readonly NoticeRoute[]): readonly RoutedNotice[] {
  const found = new Map<string, RoutedNotice>();
  const subjects = [observed.notice.subject];
  const add = ({ audience, ...routed }: Omit<RoutedNotice, 'observed' | 'subjects'>): void => {
    const key = noticeTargetKey(routed.target);
    if (found.has(key)) return;
    const notice = noticeFor(audience, observed.notice);
    found.set(key, { ...routed, audience, subjects, observed: { ...observed, notice } });
  };
  for (const route of routes) {
    if (!routeFits(route, observed)) continue;
    const { title, text } = route;
    for (const target of route.targets) add({ target, audience: 'all', texts: { title, text } });
  }
  for (const { requests } of observed.concerned)
    for (const { kinds, ...target } of requests)
      if (kinds.length === 0 || kinds.includes(observed.notice.kind))
        add({ target, audience: 'tenants', texts: {} });
  return [...found.values()];
}

/** Equal for one place at one service. */
export function noticeTargetKey({ service, recipient }: NoticeTarget): string {
  return joinKey(service, recipient);
}

function routeFits(route: NoticeRoute, { notice, concerned }: ObservedNotice): boolean {
  if (route.when.length > 0 && !route.when.includes(notice.kind)) return false;
  if (!isAtLeast(notice, route.atLeast)) return false;
  if (concerned.length === 0) return isForEverything(route);
  return concerned.some((one) => fitsImage(route, one));
}

function isForEverything({ projects, namespaces, applications, images }: ImageSelector): boolean {
  return [projects, namespaces, applications, images].every((list) => list.length === 0);
}

function fitsImage(
  route: ImageSelector,
  { application, project, namespace, repository }: ConcernedImage,
): boolean {
  const selected = { application, requester: { project, namespace } };
  return repository === undefined
    ? selectsApplication(route, selected)
    : selectsImage(route, { ...selected, repository });
}
