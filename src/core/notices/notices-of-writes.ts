import { applicationKey } from '../identity/application.ts';
import { groupBy } from '../plan/group-by.ts';
import { joinKey } from '../identity/key.ts';
import type { ApplicationId } from '../policy.ts';
import { describeEnding } from '../reasons/describe-ending.ts';
import type { ImageResult, RollbackResult } from '../report.ts';
import type { EndedVerification } from '../verification/verification-report.ts';
import type { Notice, NoticeCommit } from './notice.ts';
import type { NoticeKind } from './notice-kind.ts';
import { noticeOfImages } from './notices-of-images.ts';
import type { ObservedNotice } from './observed-notice.ts';
import type { ReportIndex } from './observe-context.ts';
import { severityOf } from './severity.ts';
import { noticeHash } from './standing.ts';

/** What was written, one notice for each Application and commit: updates, and pull requests that were opened. */
export function noticesOfWrites(index: ReportIndex): readonly ObservedNotice[] {
  const written = index.report.images.filter(({ outcome }) => outcome === 'updated');
  const updates = written.filter(({ pullRequest }) => pullRequest === undefined);
  const requests = written.filter(({ pullRequest }) => pullRequest?.action === 'open');
  return [
    ...groupsOf(updates, ({ commit }) => commit ?? index.report.cycle).map((images) =>
      writeNotice('updated', images, index),
    ),
    ...groupsOf(requests, ({ pullRequest }) => pullRequest?.url).map((images) =>
      writeNotice('pull-request-opened', images, index),
    ),
  ];
}

function groupsOf(
  images: readonly ImageResult[],
  place: (image: ImageResult) => string | undefined,
): readonly (readonly [ImageResult, ...ImageResult[]])[] {
  const groups = groupBy(images, (image) => joinKey(applicationKey(image.application), place(image)));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, ...others]],
  );
}

function writeNotice(
  kind: 'updated' | 'pull-request-opened',
  images: readonly [ImageResult, ...ImageResult[]],
  index: ReportIndex,
): ObservedNotice {
  const [first] = images;
  const { application, commit = index.report.cycle, pullRequest } = first;
  const mark = kind === 'updated' ? commit : pullRequest?.url;
  const made = commitOf(first, index);
  return {
    ...noticeOfImages(images, index, {
      kind,
      key: noticeHash(kind, applicationKey(application), mark),
      subject: noticeHash('write', applicationKey(application), mark),
      code: images.length === 1 ? first.code : kind,
      reason: images.length === 1 ? first.reason : `${images.length} images have a new version`,
      ...(made === undefined ? {} : { commit: made }),
      ...(images.some(({ basis }) => basis?.policy.verify !== undefined)
        ? { awaitsVerification: true as const }
        : {}),
      ...(pullRequest?.url === undefined ? {} : { pullRequest: pullRequest.url }),
    }),
    // One push of an image is behind as many updates as there are Applications with it.
    cause: [...new Set(images.map(({ image }) => image))].toSorted().join(', '),
  };
}

function commitOf({ commit, branch, place }: ImageResult, index: ReportIndex): NoticeCommit | undefined {
  if (commit === undefined || place === undefined) return undefined;
  return noticeCommit(index, place, { sha: commit, branch });
}

function noticeCommit(
  { options }: ReportIndex,
  { git: { remote, base } }: NonNullable<ImageResult['place']>,
  { sha, branch = base }: { readonly sha: string; readonly branch: string | undefined },
): NoticeCommit {
  const url = options.commitPageOf(remote, sha);
  return {
    sha,
    branch,
    ...(branch === base ? {} : { isProposed: true }),
    remote: remote.written,
    ...(url === undefined ? {} : { url }),
  };
}

const ENDINGS = {
  verified: 'verified',
  failed: 'verification-failed',
  inconclusive: 'verification-inconclusive',
} as const satisfies Record<EndedVerification['ending']['outcome'], NoticeKind>;

/** How what was written before did: verifications that ended, and what was taken back. */
export function noticesOfChecks(index: ReportIndex): readonly ObservedNotice[] {
  const { verifications, rollbacks = [] } = index.report;
  return [
    ...(verifications?.ended ?? []).map((ended) => verificationNotice(ended, index)),
    ...rollbacks.flatMap((rollback) => rollbackNotice(rollback, index)),
  ];
}

function verificationNotice(ended: EndedVerification, index: ReportIndex): ObservedNotice {
  const { application, commit, ending, images } = ended;
  return noticeOfCommit(index, {
    kind: ENDINGS[ending.outcome],
    application,
    images: images.map(({ alias, image, version }) => ({ alias, image, to: version })),
    sha: commit,
    reason: describeEnding(ended),
    ...(ending.check === undefined ? {} : { check: ending.check }),
  });
}

/** That one is not taken back is in the notice of its verification. */
function rollbackNotice(rollback: RollbackResult, index: ReportIndex): readonly ObservedNotice[] {
  const { application, outcome, failedCommit, commit, check, reason, branch, pullRequest, images } = rollback;
  if (outcome === 'held' || outcome === 'shown') return [];
  const where = pullRequest?.url ?? (branch === undefined ? '' : `the branch ${branch}`);
  return [
    noticeOfCommit(index, {
      kind: outcome === 'failed' ? 'rollback-failed' : 'rolled-back',
      application,
      images: images.map(({ alias, image, from, to }) => ({
        alias,
        image,
        from,
        ...(to === undefined ? {} : { to }),
      })),
      sha: commit ?? failedCommit,
      mark: outcome,
      subjectOf: failedCommit,
      check,
      reason: outcome === 'proposed' ? `${reason}, as proposed by ${where}` : reason,
      ...(branch === undefined ? {} : { branch }),
      ...(pullRequest?.url === undefined ? {} : { pullRequest: pullRequest.url }),
    }),
  ];
}

interface CommitFacts extends Pick<Notice, 'kind' | 'images' | 'reason' | 'check' | 'pullRequest'> {
  readonly application: ApplicationId;
  readonly sha: string;
  readonly branch?: string;
  /** What else tells two notices of one commit apart. */
  readonly mark?: string;
  /** The commit that the condition is of; `sha` unless given. */
  readonly subjectOf?: string;
}

function noticeOfCommit(
  index: ReportIndex,
  { sha, branch, mark, subjectOf = sha, ...parts }: CommitFacts,
): ObservedNotice {
  const { kind, application, images, check = '' } = parts;
  const concerned = images.map(({ alias, image }) => index.concern({ application, alias, image }));
  const { project } = concerned[0] ?? index.concernOf(application);
  const place = images
    .map(({ alias, image }) => index.imageOf(application, alias, image)?.place)
    .find((one) => one !== undefined);
  const notice: Notice = {
    ...parts,
    key: noticeHash(kind, applicationKey(application), subjectOf, mark),
    subject: noticeHash('write', applicationKey(application), subjectOf),
    at: index.options.now,
    severity: severityOf(kind, kind),
    code: kind,
    ...(project === '' ? {} : { project }),
    ...(place === undefined ? {} : { commit: noticeCommit(index, place, { sha, branch }) }),
    ...(place === undefined || subjectOf === sha
      ? {}
      : { failedCommit: noticeCommit(index, place, { sha: subjectOf, branch: undefined }) }),
  };
  return { notice, cause: check, concerned };
}
