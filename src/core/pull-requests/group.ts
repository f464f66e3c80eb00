import { createHash } from 'node:crypto';
import { fixedPush } from '../git/branch-name.ts';
import { applicationText } from '../identity/application.ts';
import type { ApplicationId, FileTarget } from '../policy.ts';

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
      return `file ${file.kind === 'kustomization' ? `${file.directory}/kustomization.yaml`.replace(/^\//, '') : file.path}`;
    case 'remote':
      return 'all';
  }
}

/**
 * Head branch of a group without one: `lynceus/<base>/<group>`, with the name of the base branch. Always three components,
 * so that no such branch is a folder of another. `argocd/shop` becomes `argocd_shop`, which no Application is called.
 */
export function proposalBranch(base: string, group: string): string {
  return `lynceus/${slug(base)}/${slug(group)}`;
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
