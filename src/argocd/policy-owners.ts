import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import type { ApplicationId } from '../core/policy.ts';
import { annotationName } from './annotations.ts';
import type { AnnotationRule } from '../core/annotation-rule.ts';
import type { Application } from './application.ts';
import type { ApplicationRef, ImageUpdater } from './image-updater.ts';
import type { ImageUpdaterReading } from './parse-image-updater.ts';
import { homeOf, type PolicyContext } from './policy-input.ts';

/** The `ImageUpdater`s that were found. */
export interface ListedUpdaters {
  readonly readings: readonly ImageUpdaterReading[];
  /** Namespaces of which it is not known what is there, `undefined` for all of them. */
  readonly unreadable: readonly { readonly namespace: string | undefined; readonly why: string }[];
}

export const NO_UPDATERS: ListedUpdaters = { readings: [], unreadable: [] };

/** Who says what is wanted for an Application: its annotations, by themselves or as a resource lets them, or a resource. */
export type PolicyOwner =
  | { readonly by: 'annotations' }
  | { readonly by: 'annotations' | 'fields'; readonly updater: ImageUpdater; readonly ref: ApplicationRef };

/** Who counts for one Application. */
export interface PolicyOwners {
  readonly owners: readonly PolicyOwner[];
  /** The Application asks for updates by annotations, which do not count. */
  readonly leftOut: boolean;
  /** Why it is not known who counts; absent where it is. */
  readonly unknown?: string;
}

/**
 * Who counts for each Application. A resource is for Applications of its own namespace, by the most specific of its entries that
 * match. Annotations count by themselves with `always`, never with `by-resource`, and with `auto` in a namespace that has no resource,
 * not even one that cannot be read.
 */
export function findOwners(
  { readings, unreadable }: ListedUpdaters,
  context: Pick<PolicyContext, 'argocdNamespace' | 'annotationRule'>,
): (application: Application) => PolicyOwners {
  const rule: AnnotationRule = context.annotationRule ?? 'auto';
  const byNamespace = new Map<string, ImageUpdater[]>();
  for (const reading of readings) {
    const home = homeOf(reading.updater, context);
    const beside = byNamespace.get(home) ?? [];
    if (reading.kind === 'updater') beside.push(reading.updater);
    byNamespace.set(home, beside);
  }
  for (const updaters of byNamespace.values())
    updaters.sort((a, b) => (imageUpdaterKey(a) < imageUpdaterKey(b) ? -1 : 1));

  return (application) => {
    const home = homeOf(application, context);
    const updaters = byNamespace.get(home);
    const owners = (updaters ?? []).flatMap((updater): readonly PolicyOwner[] => {
      const ref = bestRef(updater, application);
      if (ref === undefined) return [];
      return [{ by: ref.useAnnotations ? 'annotations' : 'fields', updater, ref }];
    });
    const isAnnotated = Object.hasOwn(application.annotations, annotationName('image-list'));
    const dark = unreadable.find(({ namespace }) => namespace === undefined || namespace === home);
    if (dark !== undefined && rule !== 'always') {
      return isAnnotated ? { owners: [], leftOut: false, unknown: dark.why } : NOTHING;
    }
    if (!isAnnotated || owners.some(({ by }) => by === 'annotations')) return { owners, leftOut: false };
    const counts = rule === 'always' || (rule === 'auto' && updaters === undefined);
    return counts
      ? { owners: [...owners, { by: 'annotations' }], leftOut: false }
      : { owners, leftOut: true };
  };
}

const NOTHING: PolicyOwners = { owners: [], leftOut: false };

function bestRef(
  { refs }: ImageUpdater,
  { name, labels }: ApplicationId & Pick<Application, 'labels'>,
): ApplicationRef | undefined {
  let best: ApplicationRef | undefined;
  for (const ref of refs) {
    if ((best === undefined || ref.specificity > best.specificity) && ref.matches({ name, labels }))
      best = ref;
  }
  return best;
}
