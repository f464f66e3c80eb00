import { isDeepStrictEqual } from 'node:util';
import { ANNOTATION_PREFIX } from '../../argocd/annotations.ts';
import type { Application } from '../../argocd/application.ts';
import type { ManifestReading } from '../../argocd/parse-application.ts';
import type { ApplicationId } from '../../core/policy.ts';

/**
 * Which Application to look at after a change, if any: one that came, or whose labels, sources or annotations of ours
 * changed. Argo CD writes to its Applications all the time (`argocd.argoproj.io/refresh`, the status), and none of that
 * is a reason. Counter-example: the images that run now changed, because somebody synced.
 */
export function concernsUs(
  before: ManifestReading | undefined,
  after: ManifestReading | undefined,
): ApplicationId | undefined {
  if (after?.kind !== 'application') return undefined;
  const { application } = after;
  const id = { namespace: application.namespace, name: application.name };
  if (before?.kind !== 'application') return id;
  return isDeepStrictEqual(decisive(before.application), decisive(application)) ? undefined : id;
}

function decisive(application: Application): unknown {
  const { annotations, liveImages: _liveImages, origin: _origin, ...rest } = application;
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATION_PREFIX));
  return { ...rest, annotations: Object.fromEntries(ours) };
}
