import type { Asker } from '../async/fair-queue.ts';
import { applicationKey } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';

/** Images that are decided and written together: all of one Git remote, or of one Application in the cluster. */
export interface Batch {
  readonly images: readonly TrackedImage[];
  /** Those of the same remote that are not evaluated now. */
  readonly waiting: readonly TrackedImage[];
  /** For whom it is worked on; several namespaces that share a remote are one of their own. */
  readonly asker: Asker;
}

/** Nothing of one batch depends on another: conflicts, branches and requests are of one remote. */
export function batchesOf(
  images: readonly TrackedImage[],
  waiting: readonly TrackedImage[],
): readonly Batch[] {
  const others = groupBy(waiting, batchKey);
  return [...groupBy(images, batchKey)].map(([key, group]) => {
    const namespaces = [...new Set(group.map(({ application }) => application.namespace))];
    const [namespace = ''] = namespaces;
    return {
      images: group,
      waiting: others.get(key) ?? [],
      asker: { namespace: namespaces.length > 1 ? joinKey(key, 'shared') : namespace, name: key },
    };
  });
}

function batchKey(tracked: TrackedImage): string {
  const remote = gitTargetOf(tracked)?.place.remote;
  return remote === undefined
    ? joinKey('application', applicationKey(tracked.application))
    : joinKey('remote', remote.key);
}
