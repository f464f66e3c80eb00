import { annotationName } from '../../argocd/annotations.ts';
import type { ImageUpdaterReading } from '../../argocd/parse-image-updater.ts';
import type { ApplicationId } from '../../core/policy.ts';
import type { WatchedCopy } from './read-copies.ts';

/**
 * The Applications to evaluate after an `ImageUpdater` came, changed or went: those that it matches, and all annotated ones of its
 * namespace, because whether their annotations count may depend on it.
 */
export function concernedBy(
  changed: readonly ImageUpdaterReading[],
  watched: readonly WatchedCopy[],
): readonly ApplicationId[] {
  return watched.flatMap(({ reflector }) =>
    [...reflector.items().values()].flatMap((read): readonly ApplicationId[] => {
      if (read.kind !== 'application') return [];
      const { application } = read;
      const { namespace, name, annotations } = application;
      const isConcerned = changed.some(
        (one) =>
          one.updater.namespace === namespace &&
          (Object.hasOwn(annotations, annotationName('image-list')) ||
            (one.kind === 'updater' && one.updater.refs.some((ref) => ref.matches(application)))),
      );
      return isConcerned ? [{ namespace, name }] : [];
    }),
  );
}
