import { APPLICATIONS, type KubeClient } from '../../kube/kube-client.ts';
import type { ApplicationPauses } from '../../ports/application-pauses.ts';
import { ownerWarnings } from './owner-warnings.ts';
import { placeInCluster } from './read-application.ts';

/** As `annotations.ts` of Argo CD's language names it. */
const PAUSE = 'argocd-image-updater.argoproj.io/pause';

/** Only the annotation is set: somebody else's changes are not in the way. */
export function createApplicationPauses({
  kube,
}: {
  readonly kube: Pick<KubeClient, 'get' | 'patch' | 'namespace'>;
}): ApplicationPauses {
  return {
    async set(application, text, signal) {
      const place = placeInCluster(application, kube);
      const found = await kube.get(APPLICATIONS, place, signal);
      const before = found.metadata?.annotations?.[PAUSE];
      if (before !== text) {
        const body = { metadata: { annotations: { [PAUSE]: text ?? null } } };
        await kube.patch(APPLICATIONS, { ...place, patch: { kind: 'merge', body } }, signal);
      }
      return { before, warnings: before === text ? [] : ownerWarnings(found) };
    },
  };
}
