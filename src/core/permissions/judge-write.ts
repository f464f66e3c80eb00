import { LynceusError } from '../../errors.ts';
import { isDefaultBranch } from '../git/branch-name.ts';
import type { FileTarget, GitTarget, PlaceClaim, TrackedImage, WriteTarget } from '../policy.ts';
import { quoted } from '../quoted.ts';
import type { Fence } from './fence.ts';
import {
  askingOf,
  concernsApplication,
  formatRule,
  grantsPlace,
  literalGlob,
  ruleFor,
  type AskedPlace,
  type Lacking,
  type PermissionRule,
} from './permission-rule.ts';
import type { OwnSource, Requester } from './requester.ts';

/** The decision about one write. */
export type WriteJudgement =
  | { readonly kind: 'allowed'; readonly claim: PlaceClaim }
  | { readonly kind: 'refused'; readonly lacking: Lacking; readonly rule: Partial<PermissionRule> };

/** What is asked for: an image of an Application, and the file of its target. */
export interface AskedWrite extends Pick<TrackedImage, 'application' | 'requester'> {
  readonly target: GitTarget;
  /** Where the file was found, links followed; absent while it was not looked for. */
  readonly path?: string;
}

/**
 * Whether an Application may write a file of a branch. Its own are the branch that a source of it follows, and there the
 * kustomization at or below the folder of the source, the value files that it lists, the chart's own `values.yaml` and its own
 * override file; everything else needs a rule where the fence is enforced. Override files of others need one always.
 *
 * Without the path at which the file was found the place is judged as it was asked for, and a branch that is not resolved
 * yet is taken for its own.
 */
export function judgeWrite(
  { requester, application, target, path }: AskedWrite,
  fence: Fence,
): WriteJudgement {
  const file = path ?? pathOf(target.file);
  const place = placeOf(target, requester, file);
  const lacking = lackingOf(target, requester, file);
  if (!lacking.remote && !lacking.branch && !lacking.path) return { kind: 'allowed', claim: 'own' };
  const asking = askingOf({ application, requester });
  const isGranted = fence.rules.some(
    (rule) => concernsApplication(rule, asking) && grantsPlace(rule, place, lacking),
  );
  const isOpen = !fence.enforced && !(lacking.path && isForeignOverride(file, requester));
  if (isGranted || isOpen) return { kind: 'allowed', claim: 'granted' };
  const base = isDefaultBranch(target.place.base) ? 'HEAD' : target.place.base;
  const rule = ruleFor(asking, {
    remotes: [literalRemote(target)],
    ...(lacking.branch ? { branches: [literalGlob(base)] } : {}),
    ...(lacking.path ? { paths: [literalGlob(file)] } : {}),
  });
  return { kind: 'refused', lacking, rule };
}

/** Whether a rule is for the place of a write, which needs no permission itself. */
export function isAbout(rule: PermissionRule, { requester, target, path }: AskedWrite): boolean {
  const place = placeOf(target, requester, path ?? pathOf(target.file));
  return grantsPlace(rule, place, { remote: false, branch: false, path: false });
}

/**
 * The rule that an Application lacks to put commits on top of a push branch that is not ours; `undefined` when a rule allows it.
 * No such branch is its own, so that a rule is needed also where the fence is not enforced.
 */
export function lackingPushRule(
  { requester, application, target }: Omit<AskedWrite, 'path'>,
  branch: string,
  fence: Pick<Fence, 'rules'>,
): Partial<PermissionRule> | undefined {
  const asking = askingOf({ application, requester });
  const place = {
    remoteKey: target.place.remote.key,
    branch,
    isDefaultBranch: false,
    path: pathOf(target.file),
  };
  const isGranted = fence.rules.some(
    (rule) =>
      concernsApplication(rule, asking) &&
      grantsPlace(rule, place, { remote: false, branch: true, path: false }),
  );
  if (isGranted) return undefined;
  return ruleFor(asking, { remotes: [literalRemote(target)], branches: [literalGlob(branch)] });
}

/** Whose the place of a target is, as far as it is known. The live Application is its own. */
export function claimOf(target: WriteTarget, requester: Requester): PlaceClaim {
  if (target.method === 'application') return 'own';
  const { remote, branch, path } = lackingOf(target, requester, pathOf(target.file));
  return remote || branch || path ? 'granted' : 'own';
}

/** The refusal as an error, with the rule that would allow it. */
export function writeRefusal(
  { lacking, rule }: Extract<WriteJudgement, { kind: 'refused' }>,
  { target, path }: Pick<AskedWrite, 'target' | 'path'>,
): LynceusError {
  const file = path ?? pathOf(target.file);
  const { remote, base } = target.place;
  const branch = isDefaultBranch(base) ? 'its default branch' : `the branch ${quoted(base)}`;
  const [where, why] = lacking.remote
    ? [`of ${remote.label}`, 'that is not the remote of a source of this Application']
    : lacking.branch
      ? [`of ${branch} of ${remote.label}`, 'no source of this Application follows that branch']
      : [`of ${remote.label}`, 'it does not belong to a source of this Application'];
  return new LynceusError('permission-denied', `may not write ${quoted(file)} ${where}: ${why}`, {
    hint: ruleHint(rule),
  });
}

/** What an administrator can do about a refusal. */
export function ruleHint(rule: Partial<PermissionRule>): string {
  return `an administrator may allow it with a rule of permissions.rules: ${formatRule(rule)}`;
}

export function literalRemote({ place: { remote } }: GitTarget): string {
  return literalGlob(remote.written);
}

/** Where a target is before it was looked for; a kustomization by the first of its names. */
function pathOf(file: FileTarget): string {
  if (file.kind !== 'kustomization') return file.path;
  return file.directory === '' ? 'kustomization.yaml' : `${file.directory}/kustomization.yaml`;
}

function placeOf({ place }: GitTarget, requester: Requester, path: string): AskedPlace {
  const isDefault = isDefaultBranch(place.base);
  return {
    remoteKey: place.remote.key,
    branch: isDefault ? undefined : place.base,
    isDefaultBranch: isDefault || place.base === requester.defaultBranch,
    path,
  };
}

function lackingOf(target: GitTarget, requester: Requester, path: string): Lacking {
  const { remote, base } = target.place;
  const here = requester.sources.filter((source) => source.remote.key === remote.key);
  if (here.length === 0) return { remote: true, branch: true, path: true };
  const onBranch = here.filter((source) => isSameBranch(source.base, base, requester.defaultBranch));
  const isOwn = (sources: readonly OwnSource[]): boolean =>
    sources.some((source) => isOwnFile(source, target.file, path));
  return {
    remote: false,
    branch: onBranch.length === 0,
    path: !isOwn(onBranch.length === 0 ? here : onBranch),
  };
}

/** A default branch whose name is not known yet may be any. */
function isSameBranch(own: string | undefined, asked: string, defaultBranch: string | undefined): boolean {
  if (own === undefined) return false;
  if (defaultBranch === undefined) return own === asked || isDefaultBranch(own) || isDefaultBranch(asked);
  const nameOf = (branch: string): string => (isDefaultBranch(branch) ? defaultBranch : branch);
  return nameOf(own) === nameOf(asked);
}

function isOwnFile({ folder, valueFiles, overrideFile }: OwnSource, file: FileTarget, path: string): boolean {
  if (path === overrideFile) return true;
  if (isOverrideFile(path)) return false;
  if (valueFiles.includes(path)) return true;
  return file.kind === 'kustomization' && folder !== undefined && isBelow(path, folder);
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

function isForeignOverride(path: string, { overrideName }: Requester): boolean {
  return isOverrideFile(path) && path.split('/').at(-1) !== overrideName;
}

/** The files by which Argo CD overrides parameters: for all Applications of a folder, or for one. */
function isOverrideFile(path: string): boolean {
  return /(?:^|\/)\.argocd-source(?:-[^/]*)?\.yaml$/i.test(path);
}
