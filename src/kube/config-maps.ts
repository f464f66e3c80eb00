import { LynceusError } from '../errors.ts';
import { CONFIG_MAPS, type KubeClient } from './kube-client.ts';

/** One field of a ConfigMap; `undefined` when there is no such ConfigMap or field. Throws `kube-…`. */
export type ReadConfigMap = (
  place: { readonly namespace: string; readonly name: string; readonly field: string },
  signal: AbortSignal,
) => Promise<string | undefined>;

/** Only ever gets one ConfigMap by its name. */
export function createConfigMapReader(kube: Pick<KubeClient, 'get'>): ReadConfigMap {
  return async ({ namespace, name, field }, signal) => {
    try {
      const { data } = await kube.get(CONFIG_MAPS, { namespace, name }, signal);
      if (typeof data !== 'object' || data === null || !Object.hasOwn(data, field)) return undefined;
      const text = (data as Readonly<Record<string, unknown>>)[field];
      return typeof text === 'string' ? text : undefined;
    } catch (error) {
      if (error instanceof LynceusError && error.code === 'kube-not-found') return undefined;
      throw error;
    }
  };
}
