import type { CommonPauses } from '../core/overrides/pause.ts';
import { LynceusError } from '../errors.ts';
import { CONFIG_MAPS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import { pausesIn } from './pause-text.ts';

/** The ConfigMap that says what is paused; there is none while nothing ever was. */
export const PAUSE_CONFIG_MAP = 'argocd-image-updater-pause';

/** What of its data is to be set, and with `null` taken away; `undefined`: it stays as it is. */
type DataEdit = Readonly<Record<string, string | null>> | undefined;

/** The ConfigMap in the cluster. Every method throws `LynceusError` with a `kube-…` code. */
export interface PauseMap {
  /** `undefined` when there is none. */
  read(signal: AbortSignal): Promise<CommonPauses | undefined>;
  /** Changes it to what `edit` says of what there is now; somebody who changes it at the same time is not in the way. */
  change(edit: (now: CommonPauses | undefined) => DataEdit, signal: AbortSignal): Promise<void>;
}

const ATTEMPTS = 5;

export function createPauseMap(
  kube: Pick<KubeClient, 'get' | 'create' | 'patch'>,
  namespace: string,
): PauseMap {
  const place = { namespace, name: PAUSE_CONFIG_MAP };

  async function read(signal: AbortSignal): Promise<CommonPauses | undefined> {
    try {
      return pausesIn((await kube.get(CONFIG_MAPS, place, signal)).data);
    } catch (thrown) {
      if (hasCode(thrown, 'kube-not-found')) return undefined;
      throw thrown;
    }
  }

  async function write(isThere: boolean, data: NonNullable<DataEdit>, signal: AbortSignal): Promise<void> {
    if (isThere)
      await kube.patch(CONFIG_MAPS, { ...place, patch: { kind: 'merge', body: { data } } }, signal);
    else await kube.create(CONFIG_MAPS, { namespace, body: { ...configMap(namespace), data } }, signal);
  }

  return {
    read,
    async change(edit, signal) {
      for (let attempt = 1; ; attempt += 1) {
        const now = await read(signal);
        const data = edit(now);
        if (data === undefined) return;
        try {
          await write(now !== undefined, data, signal);
          return;
        } catch (thrown) {
          // Somebody made it, or deleted it, in between.
          const isOther = hasCode(thrown, 'kube-conflict') || hasCode(thrown, 'kube-not-found');
          if (!isOther || attempt >= ATTEMPTS) throw thrown;
        }
      }
    },
  };
}

function configMap(namespace: string): KubeObject {
  const labels = { 'app.kubernetes.io/part-of': 'argocd-image-updater' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: PAUSE_CONFIG_MAP, labels },
  };
}

function hasCode(thrown: unknown, code: LynceusError['code']): boolean {
  return thrown instanceof LynceusError && thrown.code === code;
}
