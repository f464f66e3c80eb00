import { cutText } from '../cut-text.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { GitRemote } from '../git/remote.ts';
import { applicationText } from '../identity/application.ts';
import type { ImageResult } from '../report.ts';
import { holdStatusOf } from './hold-status.ts';
import type { GitStatus, ImageStatus, VersionStatus } from './image-status.ts';
import { cutSentence, jsonFacts, LONGEST_FACT } from './json-facts.ts';
import { policyStatusOf } from './policy-status.ts';

/** Finds the web page of a commit; `undefined` where its host is not known. */
export type CommitPageOf = (remote: GitRemote, sha: string) => string | undefined;

export interface StatusBasis {
  readonly id: string;
  /** When it was evaluated, in milliseconds since 1970. */
  readonly at: number;
  /** What it was before; `undefined` when nothing was known of it. */
  readonly before?: ImageStatus | undefined;
  readonly commitPageOf: CommitPageOf;
}

/** The status of an image by its result in a cycle. */
export function imageStatusOf(
  result: ImageResult,
  { id, at, before, commitPageOf }: StatusBasis,
): ImageStatus {
  const { application, updater, outcome, code, basis, writer, pullRequest } = result;
  const current = versionStatus(result.current);
  const candidate = versionStatus(result.candidate);
  const hold = holdStatusOf(result);
  const git = gitStatusOf(result, commitPageOf);
  const url = pullRequest?.url;
  const status = {
    id,
    namespace: application.namespace,
    application: application.name,
    ...(basis === undefined ? {} : { project: basis.project }),
    ...(updater === undefined ? {} : { updater: applicationText(updater) }),
    alias: result.alias,
    image: cutText(result.image, LONGEST_FACT),
    outcome,
    code,
    reason: cutSentence(result.reason),
    facts: basis === undefined ? {} : jsonFacts(basis.reason.facts),
    checkedAt: at,
    ...(current === undefined ? {} : { current }),
    ...(candidate === undefined ? {} : { candidate }),
    ...behindOf(result),
    ...(hold === undefined ? {} : { hold }),
    ...(basis === undefined ? {} : { policy: policyStatusOf(basis.policy) }),
    ...(writer === undefined ? {} : { writer }),
    ...(git === undefined ? {} : { git }),
    ...(url === undefined ? {} : { pullRequest: url }),
    ...(basis?.deployment === undefined
      ? {}
      : { deployment: deploymentOf(basis.deployment, basis.deployedSource) }),
    warnings: (result.warnings ?? []).map(({ code: warning, message }) => ({
      code: warning,
      message: cutSentence(message),
    })),
    problems: (result.problems ?? []).map((problem) => ({
      code: problem.code,
      key: cutText(problem.key, LONGEST_FACT),
      message: cutSentence(problem.message),
    })),
  };
  return { ...status, since: before !== undefined && isSame(before, status) ? before.since : at };
}

/** The same for the people of its Application, who must not read everything; `undefined` where they may. */
export function tenantStatusOf(status: ImageStatus, { forTenants }: ImageResult): ImageStatus | undefined {
  if (forTenants === undefined) return undefined;
  const { code, message } = forTenants;
  return { ...status, code, reason: cutSentence(message), facts: {} };
}

function isSame(before: ImageStatus, now: Pick<ImageStatus, 'outcome' | 'code' | 'candidate'>): boolean {
  return (
    before.outcome === now.outcome &&
    before.code === now.code &&
    before.candidate?.tag === now.candidate?.tag &&
    before.candidate?.digest === now.candidate?.digest
  );
}

interface Version {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function versionStatus(version: Version | undefined): VersionStatus | undefined {
  const { tag, digest } = version ?? {};
  const shown = {
    ...(tag === undefined || tag === '' ? {} : { tag: cutText(tag, LONGEST_FACT) }),
    ...(digest === undefined ? {} : { digest: cutText(digest, LONGEST_FACT) }),
  };
  return Object.keys(shown).length === 0 ? undefined : shown;
}

function behindOf({ basis }: ImageResult): Pick<ImageStatus, 'tags' | 'behind'> {
  const { tags } = basis ?? {};
  if (tags === undefined) return {};
  const { seen, considered, newer } = tags;
  return { tags: { seen, considered }, ...(newer === undefined ? {} : { behind: newer }) };
}

function gitStatusOf(
  { place, path, commit, branch }: ImageResult,
  commitPageOf: CommitPageOf,
): GitStatus | undefined {
  if (place === undefined) return undefined;
  const { remote, base } = place.git;
  const commitUrl = commit === undefined ? undefined : commitPageOf(remote, commit);
  return {
    remote: cutText(remote.label, LONGEST_FACT),
    branch: cutText(branch ?? base, LONGEST_FACT),
    ...(path === undefined ? {} : { path: cutText(path, LONGEST_FACT) }),
    ...(commit === undefined ? {} : { commit }),
    ...(commitUrl === undefined ? {} : { commitUrl }),
  };
}

function deploymentOf({ sync, health }: Deployment, source = 0): NonNullable<ImageStatus['deployment']> {
  const revision = sync.revisions[source];
  return {
    sync: sync.status,
    health: health.status,
    ...(health.since === undefined ? {} : { healthSince: health.since }),
    ...(revision === undefined || revision === '' ? {} : { revision: cutText(revision, LONGEST_FACT) }),
  };
}
