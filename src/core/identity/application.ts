import type { ApplicationId } from '../policy.ts';
import { joinKey } from './key.ts';

/** Equal exactly for one Application. */
export function applicationKey({ namespace, name }: ApplicationId): string {
  return joinKey(namespace, name);
}

/** For people: `argocd/shop`, or `shop` when the manifest names no namespace. */
export function applicationText({ namespace, name }: ApplicationId): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
