import { asLynceusError } from '../../errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { ApplicationWriter } from '../../ports/application-writer.ts';
import { explained } from './explain.ts';
import { readLiveApplication } from './read-application.ts';
import { failedResult, applicationResult } from './results.ts';

/** A writer that reads the Applications as they are and then only shows what it would write. */
export function createDryRunApplicationWriter({
  kube,
}: {
  readonly kube: Pick<KubeClient, 'get' | 'namespace'>;
}): ApplicationWriter {
  return {
    async apply(set, signal) {
      try {
        return applicationResult(set, await readLiveApplication(set, kube, signal), 'shown');
      } catch (thrown) {
        return failedResult(set, explained(asLynceusError(thrown), set));
      }
    },
  };
}
