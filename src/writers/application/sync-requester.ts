import { APPLICATIONS, type KubeClient } from '../../kube/kube-client.ts';
import type { SyncRequester } from '../../ports/sync-requester.ts';
import { placeInCluster } from './read-application.ts';

/** Argo CD removes the annotation when it begins to compare; `hard` would throw its manifest cache away as well. */
const REFRESH = { 'argocd.argoproj.io/refresh': 'normal' };

/** Asks Argo CD by its own annotation. Somebody else's changes are not in the way: only the annotation is set. */
export function createSyncRequester({
  kube,
}: {
  readonly kube: Pick<KubeClient, 'patch' | 'namespace'>;
}): SyncRequester {
  return {
    async refresh(application, signal) {
      const patch = { kind: 'merge', body: { metadata: { annotations: REFRESH } } } as const;
      await kube.patch(APPLICATIONS, { ...placeInCluster(application, kube), patch }, signal);
    },
  };
}
