import { isCommitHash, isDefaultBranch, parseBranchName } from '../core/git/branch-name.ts';
import { readGitRemote, type GitRemote, type GitTransport } from '../core/git/remote.ts';
import type { GitCredentialSpec, GitPlace } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { Application, ApplicationSource } from './application.ts';
import { parseGitBranch } from './git-branch.ts';
import type { WriteBackInput } from './policy-input.ts';
import { shown } from './problems.ts';
import { isPackaged } from './source-type.ts';
import type { ChosenSource } from './source-type.ts';
import { firstValueFile } from './value-file.ts';

const SAFE_TRANSPORTS: readonly string[] = ['https', 'ssh'] satisfies readonly GitTransport[];

/**
 * The branch that is written: `git-repository` and `git-branch`, else where the source comes from. Faults are added to
 * the problems; then it is `undefined`, as it is without credentials (their fault is known already).
 */
export function readPlace(
  input: WriteBackInput,
  credentials: GitCredentialSpec | undefined,
  chosen: ChosenSource,
): GitPlace | undefined {
  const remote = readRemote(input, chosen);
  const branch = readBranch(input, chosen, remote);
  if (remote === undefined || branch === undefined || credentials === undefined) return undefined;
  const isOwnSource = input.application.sources.some((source) => isReachedAt(source, remote));
  return { remote, ...branch, credentials, ...(isOwnSource ? { isOwnSource } : {}) };
}

function readRemote(
  { application, alias, settings, problems }: WriteBackInput,
  { source, at }: ChosenSource,
): GitRemote | undefined {
  const found = settings.ofImage(alias, 'git-repository');
  if (found !== undefined) return problems.attempt(found, parseRemote);
  if (!isPackaged(source))
    return problems.attempt({ key: `${at}.repoURL`, value: source.repoURL }, parseRemote);
  problems.add(
    settings.missing('git-repository'),
    new LynceusError('target-unsupported', `${at} is a packaged chart, which cannot be written with Git`, {
      hint: adviceForCharts(application, source),
    }),
  );
  return undefined;
}

/** Throws `annotation-invalid`; the text is shown without what may be a login. */
function parseRemote(text: string): GitRemote {
  const read = readGitRemote(text);
  if (!('why' in read)) return read;
  const found = text === '' ? 'nothing' : `${quoted(shown(text))}: ${read.why}`;
  const message = `expected the URL of a Git remote, found ${found}`;
  throw new LynceusError('annotation-invalid', message, { hint: read.hint });
}

/** A packaged chart usually has its values in Git beside it; then the hint names the exact annotation. */
function adviceForCharts(application: Application, source: ApplicationSource): string {
  const file = firstValueFile(application, source);
  if (file !== undefined) return `write write-back-target: helmvalues:${shown(file)}`;
  return 'write git-repository: URL and write-back-target: helmvalues:/PATH or kustomization:/PATH';
}

function readBranch(
  { application, alias, settings, problems, context }: WriteBackInput,
  { source, at }: ChosenSource,
  remote: GitRemote | undefined,
): Pick<GitPlace, 'base' | 'push'> | undefined {
  const found = settings.ofImage(alias, 'git-branch');
  const choice =
    found === undefined
      ? { base: undefined, push: undefined }
      : problems.attempt(found, (text) => parseGitBranch(text, context.templateLimits));
  if (choice === undefined || remote === undefined) return undefined;
  const { push } = choice;
  if (choice.base !== undefined) return { base: choice.base, push };
  const revision = revisionFor(remote, source, application.sources);
  const base = problems.attempt({ key: `${at}.targetRevision`, value: revision }, baseBranch);
  return base === undefined ? undefined : { base, push };
}

/** The revision of the source that is this remote; a chart's revision is a version, not a branch. */
function revisionFor(
  remote: GitRemote,
  chosen: ApplicationSource,
  all: readonly ApplicationSource[],
): string {
  const same = [chosen, ...all].find((source) => !isPackaged(source) && isAt(source, remote));
  return same?.targetRevision ?? (isPackaged(chosen) ? '' : chosen.targetRevision);
}

/** Whether a source comes from this repository, by whatever transport. */
export function isAt({ repoURL }: ApplicationSource, remote: GitRemote): boolean {
  const read = readGitRemote(repoURL);
  return 'key' in read && read.key === remote.key;
}

/** Whether Argo CD reaches this repository by a source: by the same transport, or by another one that is as safe. */
function isReachedAt(source: ApplicationSource, remote: GitRemote): boolean {
  if (isPackaged(source)) return false;
  const read = readGitRemote(source.repoURL);
  if (!('key' in read) || read.key !== remote.key) return false;
  return read.transport === remote.transport || SAFE_TRANSPORTS.includes(remote.transport);
}

function baseBranch(revision: string): string {
  const hint = 'name the branch with git-branch';
  if (isCommitHash(revision))
    throw new LynceusError('annotation-invalid', 'expected a branch to write to, found a commit', { hint });
  if (isDefaultBranch(revision)) return 'HEAD';
  try {
    return parseBranchName(revision, 'annotation-invalid');
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    throw new LynceusError(error.code, error.message, { hint });
  }
}
