import { cutText } from '../core/cut-text.ts';
import { formatName, parseImageReference } from '../core/image/reference.ts';
import { applicationKey } from '../core/identity/application.ts';
import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import { joinKey } from '../core/identity/key.ts';
import { resultImageKey } from '../core/identity/result-image.ts';
import type { ApplicationId, ImageUpdaterId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { shownVersions } from '../core/plan/commit-message.ts';
import { groupBy } from '../core/plan/group-by.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import { separateProblems } from '../core/separate-problems.ts';

export type EventReason =
  | 'ImagesUpdated'
  | 'ImageUpdateFailed'
  | 'ImageHeld'
  | 'ImageWarning'
  | 'UpdateVerified'
  | 'VerificationFailed'
  | 'VerificationInconclusive'
  | 'RolledBack'
  | 'RollbackFailed';

/** The content of an event. */
export interface EventNotice {
  /** Without a name when it is none, but an `ImageUpdater`. */
  readonly application: ApplicationId;
  /** The `ImageUpdater` that it is of; absent when it is of the Application. */
  readonly updater?: ImageUpdaterId;
  /** `metadata.uid` of what it is of. */
  readonly uid: string | undefined;
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Something that may recur in many cycles. */
export interface RecurringNotice extends EventNotice {
  /** What it is about, an image or a problem of an Application: `resultImageKey`, `problemSubject`. */
  readonly subject: string;
  /** An error code, or why nothing was to do. */
  readonly code: string;
}

export interface EventNotices {
  /** What was written, one for each Application. */
  readonly updates: readonly EventNotice[];
  /** What failed, is held, or has a problem or a warning. */
  readonly recurring: readonly RecurringNotice[];
  /** Subjects that neither failed nor are held. */
  readonly resolved: readonly string[];
}

/**
 * What a cycle gives events for: writes, failures, held images, warnings, and problems that no failed image shows. Nothing for a dry
 * run, for images that are up to date, for what an abort left undone, which the next cycle does, and for what has no namespace,
 * which is in no cluster.
 */
export function eventNoticesOf(cycle: CycleReport): EventNotices {
  if (cycle.dryRun) return { updates: [], recurring: [], resolved: [] };
  const uidOf = (application: ApplicationId): string | undefined =>
    cycle.uids?.get(applicationKey(application));
  const images = cycle.images.filter(({ application }) => application.namespace !== '');
  const recurring = images.filter(isRecurring).map(({ outcome, ...image }) => ({
    ...imageNotice({ ...image, ...instead(image) }),
    uid: uidOf(image.application),
    ...(outcome === 'failed' ? FAILED : HELD),
  }));
  const updaterUids = new Map((cycle.updaters ?? []).map((one) => [imageUpdaterKey(one), one.uid]));
  const problems = separateProblems(cycle).filter(
    ({ application, updater }) =>
      application.namespace !== '' && (application.name !== '' || updater !== undefined),
  );
  return {
    updates: updatesOf(images, uidOf),
    recurring: [
      ...recurring,
      ...images.flatMap(warningNotices).map((notice) => ({ ...notice, uid: uidOf(notice.application) })),
      ...problems.map((problem) => {
        const { updater, ...notice } = problemNotice(problem);
        if (updater === undefined) return { ...notice, uid: uidOf(problem.application) };
        return { ...notice, updater, uid: updaterUids.get(imageUpdaterKey(updater)) };
      }),
    ],
    resolved: images.filter((image) => !isRecurring(image)).map(resultImageKey),
  };
}

const FAILED = { type: 'Warning', reason: 'ImageUpdateFailed' } as const;
const HELD = { type: 'Normal', reason: 'ImageHeld' } as const;

/** An Event is read by whoever may read the Application. */
function instead({
  forTenants,
}: Pick<ImageResult, 'forTenants'>): Partial<Pick<ImageResult, 'code' | 'reason'>> {
  return forTenants === undefined ? {} : { code: forTenants.code, reason: forTenants.message };
}

function isRecurring({ outcome, code }: ImageResult): boolean {
  return (outcome === 'failed' && code !== 'aborted') || outcome === 'held';
}

function problemSubject({ application, updater, alias, key }: Problem): string {
  const owner = updater === undefined ? undefined : imageUpdaterKey(updater);
  return joinKey(applicationKey(application), owner, alias, key);
}

function imageNotice(
  image: Omit<ImageResult, 'outcome' | 'code'> & { readonly code: string },
): Omit<RecurringNotice, 'uid' | 'type' | 'reason'> {
  const { application, alias, code, reason } = image;
  const name = alias === '' ? image.image : `${alias} (${image.image})`;
  return {
    subject: resultImageKey(image),
    application,
    code,
    message: withCode(`${name}: ${reason}`, code),
    annotations: {},
  };
}

function warningNotices(image: ImageResult): readonly Omit<RecurringNotice, 'uid'>[] {
  return (image.warnings ?? []).map(({ code, message }) => ({
    ...imageNotice({ ...image, code, reason: message }),
    subject: joinKey(resultImageKey(image), 'warning'),
    type: 'Warning',
    reason: 'ImageWarning',
  }));
}

function problemNotice(problem: Problem): Omit<RecurringNotice, 'uid'> {
  const { application, updater, code, message } = problem;
  return {
    subject: problemSubject(problem),
    application,
    ...(application.name === '' && updater !== undefined ? { updater } : {}),
    ...FAILED,
    code,
    message: withCode(message, code),
    annotations: {},
  };
}

/** Longest message of an event, in bytes (Kubernetes API, `note` of events.k8s.io/v1). */
const LONGEST_MESSAGE = 1_024;

/** The code is what docs/errors.md explains, so it is never cut off. */
function withCode(text: string, code: string): string {
  const end = ` [${code}]`;
  return `${cutText(text, LONGEST_MESSAGE - end.length)}${end}`;
}

/** Message and annotations are those of Argo CD Image Updater, which others may wait for. */
function updatesOf(
  images: readonly ImageResult[],
  uidOf: (application: ApplicationId) => string | undefined,
): readonly EventNotice[] {
  const updated = images.filter(({ outcome }) => outcome === 'updated');
  return [...groupBy(updated, ({ application }) => applicationKey(application)).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { application } = first;
    return [
      {
        application,
        uid: uidOf(application),
        type: 'Normal',
        reason: 'ImagesUpdated',
        message: `Successfully updated application '${application.name}'`,
        annotations: Object.assign({}, ...group.map(annotationsOf)) as Record<string, string>,
      } as const,
    ];
  });
}

function annotationsOf({ image, current, candidate }: ImageResult, index: number): Record<string, string> {
  const { OldTag, NewTag } = shownVersions({ before: current, to: candidate });
  const key = `argocd-image-updater.image-${index}`;
  return {
    [`${key}/full-image-name`]: image,
    [`${key}/image-name`]: nameWithoutRegistry(image),
    [`${key}/old-tag`]: OldTag,
    [`${key}/new-tag`]: NewTag,
  };
}

function nameWithoutRegistry(image: string): string {
  try {
    return formatName({ ...parseImageReference(image), registry: '' });
  } catch {
    return image;
  }
}
