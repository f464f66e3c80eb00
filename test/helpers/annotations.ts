/** Written out and not taken from `src`: it is a promise to those who annotate. */
export const PREFIX = 'argocd-image-updater.argoproj.io/';

/** Annotations that are named without their prefix, as an Application bears them. */
export function prefixed(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]));
}
