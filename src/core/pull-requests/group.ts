import { createHash } from 'node:crypto';
import { fixedPush } from '../git/branch-name.ts';
import { applicationKey, applicationText } from '../identity/application.ts';
import { connectionKey } from '../identity/branch.ts';
import { fileKey } from '../identity/file.ts';
import { joinKey } from '../identity/key.ts';
import {
  gitTargetOf,
  imagesInGit,
  type ApplicationId,
  type FileTarget,
  type GitTarget,
  type TrackedImage,
} from '../policy.ts';

/** Which changes share a pull request: those of an Application, of a file, or all of a remote and base. */
export type RequestGrouping = 'application' | 'target' | 'remote';

export const REQUEST_GROUPINGS = [
  'application',
  'target',
  'remote',
] as const satisfies readonly RequestGrouping[];

export interface RequestGroupInput {
  readonly application: ApplicationId;
  readonly file: FileTarget;
  /** Branch to push, as the user wrote it; `undefined` when Lynceus names it. */
  readonly push: string | undefined;
  readonly grouping: RequestGrouping;
}

/**
 * Name of the group whose changes share one open pull request, the same in every cycle. A fixed push branch is a group
 * by itself: a branch has one request. The name is shown in the request.
 */
export function requestGroup({ application, file, push, grouping }: RequestGroupInput): string {
  const fixed = fixedPush(push);
  if (fixed !== undefined) return `branch ${fixed}`;
  // A template is rendered for each Application.
  switch (push === undefined ? grouping : 'application') {
    case 'application':
      return applicationText(application);
    case 'target':
      return fileGroup(file);
    case 'remote':
      return 'all';
  }
}

/** Name of the group of all that is written to a file. */
export function fileGroup(file: FileTarget): string {
  const path =
    file.kind === 'kustomization' ? `${file.directory}/kustomization.yaml`.replace(/^\//, '') : file.path;
  return `file ${path}`;
}

/**
 * Images with the group of their file, where several Applications write one file: two requests for it would be in conflict,
 * or say the same twice. `others` are images that are not evaluated now; those that share a file with them keep the
 * group that they have with them. A fixed push branch is one request anyway.
 */
export function withSharedFiles(
  images: readonly TrackedImage[],
  others: readonly TrackedImage[] = [],
): readonly TrackedImage[] {
  const owners = new Map<string, Set<string>>();
  for (const { tracked, target } of imagesInGit([...images, ...others])) {
    if (target.place.pullRequest === undefined) continue;
    const key = fileOfPlace(target);
    owners.set(key, (owners.get(key) ?? new Set()).add(applicationKey(tracked.application)));
  }
  return images.map((tracked) => {
    const target = gitTargetOf(tracked);
    const pullRequest = target?.place.pullRequest;
    if (target === undefined || pullRequest === undefined || fixedPush(target.place.push) !== undefined)
      return tracked;
    if (pullRequest.group !== applicationText(tracked.application)) return tracked;
    if ((owners.get(fileOfPlace(target))?.size ?? 0) < 2) return tracked;
    const place = { ...target.place, pullRequest: { ...pullRequest, group: fileGroup(target.file) } };
    return { ...tracked, destination: { ...tracked.destination, target: { ...target, place } } };
  });
}

/** Equal for one file of one base that is reached in one way. */
function fileOfPlace({ place, file }: GitTarget): string {
  return joinKey(connectionKey(place), place.base, fileKey(file));
}

/**
 * Head branch of a group without one: `lynceus/<base>/<group>`, with the name of the base branch. Always three components,
 * so that no such branch is a folder of another. `argocd/shop` becomes `argocd_shop`, which no Application is called.
 */
export function proposalBranch(base: string, group: string): string {
  return `lynceus/${slug(base)}/${slug(group)}`;
}

/** The branches that an image may have been proposed from, however its changes were grouped. */
export function proposalBranches(
  base: string,
  application: ApplicationId,
  file: FileTarget,
): readonly string[] {
  return REQUEST_GROUPINGS.map((grouping) =>
    proposalBranch(base, requestGroup({ application, file, push: undefined, grouping })),
  );
}

const LONGEST_SLUG = 80;

/** The text itself when it can be a component of a ref; else the nearest, with a part of its hash. */
function slug(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9-]*$/.test(text) && !text.includes('..'))
    return slug(text.replace('/', '_'));
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/\.{2,}/g, '-');
  const trimmed = plain.slice(0, LONGEST_SLUG).replaceAll(/^[-.]+|(?:[-.]|\.lock)+$/g, '');
  if (trimmed === text && text !== '') return text;
  const mark = createHash('sha256').update(text).digest('hex').slice(0, 6);
  return trimmed === '' ? mark : `${trimmed}-${mark}`;
}
