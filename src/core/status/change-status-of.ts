import { cutText } from '../cut-text.ts';
import { versionText } from '../presence.ts';
import type { ImageResult } from '../report.ts';
import type { WriteResult } from '../verification/write-result.ts';
import type { ChangeStatus, GitStatus, ImageStatus } from './image-status.ts';
import { cutSentence, LONGEST_FACT } from './json-facts.ts';

export interface ChangeBasis {
  readonly status: ImageStatus;
  /** `undefined` when nothing was known of the image. */
  readonly before: ImageStatus | undefined;
  /** Its write is among the changes already. */
  readonly isShown: boolean;
  /** The commit that wrote the version in force last, as far as that is known. */
  readonly lastCommit: string | undefined;
}

/** What happened to an image in a cycle, as its result shows. */
export function changesOfResult(result: ImageResult, basis: ChangeBasis): readonly ChangeStatus[] {
  const { status, before, isShown } = basis;
  const written = result.outcome === 'updated' && !isShown ? [writeOf(result, status)] : [];
  return [
    ...written,
    ...syncOf(result, basis),
    ...(before === undefined ? [] : turnsOf(result, status, before)),
  ];
}

/** Changes have one id for one event, by whatever way it became known. */
export function changeId(imageId: string, what: 'write' | 'synced' | 'verification', commit: string): string {
  return `${imageId}/${what}/${commit}`;
}

function writeOf(result: ImageResult, status: ImageStatus): ChangeStatus {
  const { basis, commit, pullRequest } = result;
  const reason = basis?.reason;
  const [from, to] = [textOf(result.current), textOf(result.candidate)];
  const written = {
    id: changeId(status.id, 'write', commit ?? `${status.checkedAt}`),
    imageId: status.id,
    at: status.checkedAt,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(status.git === undefined ? {} : { git: status.git }),
    ...(pullRequest?.url === undefined ? {} : { pullRequest: pullRequest.url }),
  };
  if (reason?.code === 'check-failed') {
    const { check } = reason.facts;
    return { ...written, kind: 'rolled-back', check, text: rolledBackText(from, to, check) };
  }
  if (pullRequest !== undefined)
    return { ...written, kind: 'proposed', text: `${to ?? 'a version'} was proposed${inPlaceOf(from)}` };
  const facts = reason?.facts;
  const isPromoted = facts !== undefined && 'promotedFrom' in facts && facts.promotedFrom !== undefined;
  return isPromoted
    ? { ...written, kind: 'promoted', text: `${to ?? 'a version'} was promoted${inPlaceOf(from)}` }
    : { ...written, kind: 'updated', text: `${to ?? 'a version'} was written${inPlaceOf(from)}` };
}

export function rolledBackText(from: string | undefined, to: string | undefined, check: string): string {
  return cutSentence(
    `the check ${check} failed for ${from ?? 'the version'}, so ${to ?? 'the version before'} was written again`,
  );
}

function inPlaceOf(from: string | undefined): string {
  return from === undefined ? '' : ` in place of ${from}`;
}

/** Argo CD says that it deployed the very commit. */
function syncOf(
  { basis, current }: ImageResult,
  { status, lastCommit }: ChangeBasis,
): readonly ChangeStatus[] {
  const { deployment, deployedSource = 0 } = basis ?? {};
  if (deployment === undefined || lastCommit === undefined) return [];
  const deployed = deployment.history.findLast(({ revisions }) => revisions[deployedSource] === lastCommit);
  const isThere =
    deployment.sync.status === 'synced' && deployment.sync.revisions[deployedSource] === lastCommit;
  if (deployed === undefined && !isThere) return [];
  const to = textOf(current);
  return [
    {
      id: changeId(status.id, 'synced', lastCommit),
      imageId: status.id,
      at: deployed?.deployedAt ?? status.checkedAt,
      kind: 'synced',
      ...(to === undefined ? {} : { to }),
      text: `Argo CD deployed commit ${lastCommit.slice(0, 7)}`,
      ...(status.git === undefined ? {} : { git: withCommit(status.git, lastCommit) }),
    },
  ];
}

function withCommit({ commitUrl, ...git }: GitStatus, commit: string): GitStatus {
  return git.commit === commit && commitUrl !== undefined ? { ...git, commitUrl } : { ...git, commit };
}

/** It began or ceased to fail or to be held. People of the Application read these, too. */
function turnsOf(result: ImageResult, status: ImageStatus, before: ImageStatus): readonly ChangeStatus[] {
  const kind = turnOf(status, before);
  if (kind === undefined) return [];
  const to = textOf(result.candidate);
  const text =
    kind === 'recovered' ? 'it does not fail any more' : (result.forTenants?.message ?? result.reason);
  return [
    {
      id: `${status.id}/${kind}/${status.checkedAt}`,
      imageId: status.id,
      at: status.checkedAt,
      kind,
      ...(to === undefined || kind === 'recovered' ? {} : { to }),
      text: cutSentence(text),
      ...(status.hold?.author === undefined ? {} : { by: status.hold.author }),
      ...(status.hold?.check === undefined ? {} : { check: status.hold.check }),
    },
  ];
}

function turnOf(
  { outcome, code }: ImageStatus,
  before: ImageStatus,
): 'failing' | 'recovered' | 'held' | undefined {
  if (outcome === 'failed') return before.outcome === 'failed' ? undefined : 'failing';
  if (outcome === 'held' && (before.outcome !== 'held' || before.code !== code)) return 'held';
  return before.outcome === 'failed' ? 'recovered' : undefined;
}

/** What is kept of a write: that it was written, when Argo CD had synced it, and how its verification ended. */
export function changesOfWriteResult(imageId: string, result: WriteResult): readonly ChangeStatus[] {
  const { commit, version, writtenAt, syncedAt, ending } = result;
  const to = cutText(version, LONGEST_FACT);
  const common = { imageId, to };
  const written: ChangeStatus = {
    ...common,
    id: changeId(imageId, 'write', commit),
    at: writtenAt,
    kind: 'updated',
    text: `${to} was written`,
  };
  const synced: readonly ChangeStatus[] =
    syncedAt === undefined
      ? []
      : [
          {
            ...common,
            id: changeId(imageId, 'synced', commit),
            at: syncedAt,
            kind: 'synced',
            text: `Argo CD deployed commit ${commit.slice(0, 7)}`,
          },
        ];
  return [
    written,
    ...synced,
    ...(ending === undefined ? [] : [endingOf(imageId, { commit, version: to, ending })]),
  ];
}

/** How a verification ended, as a change of one image. */
export function endingOf(
  imageId: string,
  {
    commit,
    version,
    ending,
  }: Pick<WriteResult, 'commit' | 'version'> & { readonly ending: NonNullable<WriteResult['ending']> },
): ChangeStatus {
  const { outcome, at, check, detail = '' } = ending;
  const why = detail === '' ? '' : ` (${detail})`;
  const ended = {
    id: changeId(imageId, 'verification', commit),
    imageId,
    at,
    to: version,
    ...(check === undefined ? {} : { check }),
  };
  switch (outcome) {
    case 'verified':
      return { ...ended, kind: 'verified', text: `${version} passed its checks` };
    case 'failed':
      return {
        ...ended,
        kind: 'verification-failed',
        text: cutSentence(`${version} failed its check ${check ?? ''}${why}`),
      };
    case 'inconclusive':
      return {
        ...ended,
        kind: 'inconclusive',
        text: cutSentence(`the check ${check ?? ''} decided nothing about ${version}${why}`),
      };
  }
}

function textOf(version: Parameters<typeof versionText>[0]): string | undefined {
  const text = versionText(version);
  return text === undefined ? undefined : cutText(text, LONGEST_FACT);
}
