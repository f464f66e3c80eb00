import { formatName, parseImageReference } from '../core/image/reference.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { digestOrTag } from '../core/plan/commit-message.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import { applicationText, separateProblems } from './summary.ts';

export type EventReason = 'ImagesUpdated' | 'ImageUpdateFailed' | 'ImageHeld';

/** What an event is to say. */
export interface Notice {
  readonly application: ApplicationId;
  readonly uid: string | undefined;
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Something that may be so for many cycles. */
export interface StandingNotice extends Notice {
  /** What it is about: one image of one Application, or the Application. */
  readonly subject: string;
  /** An error code, or why nothing was to do. */
  readonly code: string;
}

export interface Notices {
  /** What has happened, one for each Application. */
  readonly updates: readonly Notice[];
  /** How things are. */
  readonly standing: readonly StandingNotice[];
  /** Subjects with which all is well. */
  readonly well: readonly string[];
}

/**
 * What a cycle gives events for: writes, failures, what is held, and problems that no image tells of. Nothing for a dry
 * run, for what is as it should be, for what an abort left undone, which the next cycle does, and for an Application
 * without a namespace, which is in no cluster.
 */
export function noticesOf(cycle: CycleReport): Notices {
  if (cycle.dryRun) return { updates: [], standing: [], well: [] };
  const uidOf = (application: ApplicationId): string | undefined =>
    cycle.uids?.get(applicationText(application));
  const images = cycle.images.filter(({ application }) => application.namespace !== '');
  const standing = images.filter(isStanding).map(({ outcome, ...image }) => ({
    ...aboutImage(image),
    uid: uidOf(image.application),
    ...(outcome === 'failed' ? FAILED : HELD),
  }));
  const problems = separateProblems(cycle).filter(
    ({ application }) => application.namespace !== '' && application.name !== '',
  );
  return {
    updates: updatesOf(images, uidOf),
    standing: [
      ...standing,
      ...problems.map((problem) => ({ ...aboutProblem(problem), uid: uidOf(problem.application) })),
    ],
    well: images.filter((image) => !isStanding(image)).map(subjectOf),
  };
}

const FAILED = { type: 'Warning', reason: 'ImageUpdateFailed' } as const;
const HELD = { type: 'Normal', reason: 'ImageHeld' } as const;

function isStanding({ outcome, code }: ImageResult): boolean {
  return (outcome === 'failed' && code !== 'aborted') || outcome === 'held';
}

function subjectOf({ application, alias, image }: Omit<ImageResult, 'outcome'>): string {
  return JSON.stringify([application.namespace, application.name, alias, image]);
}

function aboutImage(image: Omit<ImageResult, 'outcome'>): Omit<StandingNotice, 'uid' | 'type' | 'reason'> {
  const { application, alias, code, reason } = image;
  const name = alias === '' ? image.image : `${alias} (${image.image})`;
  return {
    subject: subjectOf(image),
    application,
    code,
    message: withCode(`${name}: ${reason}`, code),
    annotations: {},
  };
}

function aboutProblem({ application, alias, code, key, message }: Problem): Omit<StandingNotice, 'uid'> {
  return {
    subject: JSON.stringify([application.namespace, application.name, alias ?? null, key]),
    application,
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

/** At the end of a character, however many bytes that has. */
function cutText(text: string, longest: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= longest) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, longest - 3));
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}

/** Message and annotations are those of Argo CD Image Updater, which others may wait for. */
function updatesOf(
  images: readonly ImageResult[],
  uidOf: (application: ApplicationId) => string | undefined,
): readonly Notice[] {
  const changed = new Map<string, ImageResult[]>();
  for (const image of images.filter(({ outcome }) => outcome === 'updated')) {
    const key = applicationText(image.application);
    changed.set(key, [...(changed.get(key) ?? []), image]);
  }
  return [...changed.values()].flatMap((group) => {
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
  const key = `argocd-image-updater.image-${index}`;
  return {
    [`${key}/full-image-name`]: image,
    [`${key}/image-name`]: nameWithoutRegistry(image),
    [`${key}/old-tag`]: digestOrTag(current),
    [`${key}/new-tag`]: digestOrTag(candidate),
  };
}

function nameWithoutRegistry(image: string): string {
  try {
    return formatName({ ...parseImageReference(image), registry: '' });
  } catch {
    return image;
  }
}
