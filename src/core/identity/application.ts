import type { ApplicationId } from '../policy.ts';

/** Tells Applications apart: equal for equal ones only, whatever their names hold. For maps and sets, not for people. */
export function applicationKey({ namespace, name }: ApplicationId): string {
  return `${namespace}\n${name}`;
}

/** `argocd/shop`, or `shop` when the manifest names no namespace. */
export function applicationText({ namespace, name }: ApplicationId): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
