import type { ImageUpdaterId } from '../policy.ts';
import { joinKey } from './key.ts';

/** Equal exactly for one `ImageUpdater`. */
export function imageUpdaterKey({ namespace, name }: ImageUpdaterId): string {
  return joinKey(namespace, name);
}

/** For people: `ImageUpdater argocd/shop`, without the namespace when the manifest names none. */
export function imageUpdaterText({ namespace, name }: ImageUpdaterId): string {
  return `ImageUpdater ${namespace === '' ? name : `${namespace}/${name}`}`;
}
