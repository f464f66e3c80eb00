import { APPLICATIONS, type KubeClient } from '../../kube/kube-client.ts';
import type { SyncRequester } from '../../ports/sync-requester.ts';

/** Argo CD removes the annotation when it begins to compare; `hard` would throw its manifest cache away as well. */
const REFRESH = { 'argocd.argoproj.io/refresh': 'normal' };

/** Asks Argo CD by its own annotation. Somebody else's changes are not in the way: only the annotation is set. */
export function createSyncRequester({
  kube,
}: {
  readonly kube: Pick<KubeClient, 'patch' | 'namespace'>;
}): SyncRequester {
  return {
    async refresh({ namespace, name }, signal) {
      const place = { namespace: namespace === '' ? kube.namespace : namespace, name };
      const patch = { kind: 'merge', body: { metadata: { annotations: REFRESH } } } as const;
      await kube.patch(APPLICATIONS, { ...place, patch }, signal);
    },
  };
}
