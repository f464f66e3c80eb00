import type { FileTarget, GitPlace } from '../core/policy.ts';
import { HOST_KIND_NAMES } from '../core/pull-requests/host-kinds.ts';
import { requestGroup } from '../core/pull-requests/group.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { PolicyInput } from './policy-input.ts';

/**
 * The place with the group of its pull request, when one is requested: by the annotation, else by the configuration for
 * this remote. A fault is added to the problems; then it is `undefined`.
 */
export function withPullRequest(
  { application, context, annotations, problems }: PolicyInput,
  place: GitPlace,
  file: FileTarget,
): GitPlace | undefined {
  const found = annotations.ofApplication('pull-request');
  const { enabled, grouping } = context.pullRequests?.(place.remote) ?? {
    enabled: false,
    grouping: 'application',
  };
  const request = found === undefined ? { enabled, kind: undefined } : problems.attempt(found, parseRequest);
  if (request === undefined) return undefined;
  if (!request.enabled) return place;
  const group = requestGroup({ application, file, push: place.push, grouping });
  return { ...place, pullRequest: { group, kind: request.kind } };
}

/** `true`, `false` or the kind of the host. Throws `annotation-invalid`. */
function parseRequest(text: string): { readonly enabled: boolean; readonly kind: string | undefined } {
  const value = text.toLowerCase();
  if (value === 'true' || value === 'false') return { enabled: value === 'true', kind: undefined };
  if (HOST_KIND_NAMES.some((kind) => kind === value)) return { enabled: true, kind: value };
  const expected = ['true', 'false', ...HOST_KIND_NAMES].join(', ');
  throw new LynceusError('annotation-invalid', `expected one of ${expected}, found ${quoted(text)}`);
}
