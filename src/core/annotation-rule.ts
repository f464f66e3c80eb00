/**
 * When annotations of Applications count. `always`: wherever they are. `by-resource`: only where an `ImageUpdater` says
 * `useAnnotations`. `auto`: like `by-resource` in a namespace that has an `ImageUpdater`, like `always` in the others.
 */
export type AnnotationRule = 'auto' | 'always' | 'by-resource';

export const ANNOTATION_RULES = [
  'auto',
  'always',
  'by-resource',
] as const satisfies readonly AnnotationRule[];
