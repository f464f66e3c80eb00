import { imageUpdaterKey } from '../../core/identity/image-updater.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import type { ImageUpdaterId } from '../../core/policy.ts';
import type { Problem } from '../../core/problem.ts';
import { ANNOTATION_PREFIX } from '../annotations.ts';
import type { Application } from '../application.ts';
import { homeOf } from '../policy-input.ts';
import { findOwners, type ListedUpdaters, type PolicyOwner } from '../policy-owners.ts';
import { readPolicies, type PolicyContext } from '../read-policies.ts';
import { annotationsOfEntry } from './annotations-of-entry.ts';
import { withAssumedSource } from './assumed-source.ts';
import { findReadingDifference } from './compare-readings.ts';
import { notConvertible, type AnnotationChange, type Conversion } from './conversion.ts';

/**
 * Annotations that mean what the resources mean, and the resources that are then to be deleted: while one is there, annotations
 * beside it do not count. So a namespace is converted as a whole or not at all.
 */
export function toAnnotations(
  {
    applications,
    updaters,
  }: { readonly applications: readonly Application[]; readonly updaters: ListedUpdaters },
  context: PolicyContext,
): Conversion {
  const ownersOf = findOwners(updaters, context);
  const byNamespace = groupBy(applications, (application) => homeOf(application, context));
  const resources = groupBy(updaters.readings, ({ updater }) => homeOf(updater, context));
  const parts = [...resources].map(([namespace, readings]): Omit<Conversion, 'created' | 'notes'> => {
    const problems: Problem[] = readings.flatMap((one) => (one.kind === 'problem' ? [one.problem] : []));
    const changes: AnnotationChange[] = [];
    const used = new Set<string>();
    for (const application of byNamespace.get(namespace) ?? []) {
      const { owners } = ownersOf(application);
      for (const owner of owners) if ('updater' in owner) used.add(imageUpdaterKey(owner.updater));
      const converted = changeFor(application, context, owners);
      problems.push(...converted.problems);
      if (converted.change !== undefined) changes.push(converted.change);
    }
    for (const { kind, updater } of readings)
      if (kind === 'updater' && !used.has(imageUpdaterKey(updater))) problems.push(matchesNothing(updater));
    if (problems.length > 0) return { deleted: [], changes: [], problems };
    return {
      deleted: readings.map(({ updater: { namespace: of, name } }) => ({ namespace: of, name })),
      changes,
      problems,
    };
  });
  return {
    created: [],
    deleted: parts.flatMap(({ deleted }) => deleted),
    changes: parts.flatMap(({ changes }) => changes),
    problems: parts.flatMap(({ problems }) => problems),
    notes: [],
  };
}

interface ConvertedOwner {
  readonly change: AnnotationChange | undefined;
  readonly problems: readonly Problem[];
}

const NOTHING: ConvertedOwner = { change: undefined, problems: [] };

function changeFor(
  found: Application,
  context: PolicyContext,
  owners: readonly PolicyOwner[],
): ConvertedOwner {
  const application = withAssumedSource(found, (one) => readPolicies(one, context, owners));
  const [owner] = owners;
  const { namespace, name, annotations } = application;
  const id = { namespace, name };
  const ours = Object.keys(annotations).filter((key) => key.startsWith(ANNOTATION_PREFIX) && !isHold(key));
  // What does not count today would count without the resource.
  if (owner === undefined)
    return ours.length === 0 ? NOTHING : { change: { application: id, remove: ours, set: {} }, problems: [] };
  const before = readPolicies(application, context, owners);
  if (before.problems.length > 0) return { change: undefined, problems: before.problems };
  const set = owner.by === 'fields' ? annotationsOfEntry(owner.updater, owner.ref, application) : undefined;
  const kept = Object.fromEntries(
    Object.entries(annotations).filter(([key]) => set === undefined || !ours.includes(key)),
  );
  const after = { ...application, annotations: { ...set, ...kept } };
  const difference = findReadingDifference(before, readPolicies(after, context));
  if (difference !== undefined) {
    const updater = 'updater' in owner ? { updater: idOf(owner.updater) } : {};
    const alias = difference.alias === '' ? undefined : difference.alias;
    return {
      change: undefined,
      problems: [
        notConvertible(
          { application: id, ...updater, alias, key: difference.at },
          `annotations cannot say all that the resource says: ${difference.at} would differ`,
          'its namespace is left as it is; remove the setting, or keep the resource',
        ),
      ],
    };
  }
  if (set === undefined) return NOTHING;
  const fresh = Object.fromEntries(
    Object.entries(set).filter(([key]) => !isHold(key) || !(key in annotations)),
  );
  const remove = ours.filter((key) => !(key in set));
  return { change: { application: id, remove, set: fresh }, problems: [] };
}

/** A hold of the Application counts beside a resource as well. */
function isHold(key: string): boolean {
  return key === `${ANNOTATION_PREFIX}hold` || key.endsWith('.hold');
}

function matchesNothing(updater: ImageUpdaterId): Problem {
  const { namespace } = updater;
  return notConvertible(
    { application: { namespace, name: '' }, updater: idOf(updater), key: 'spec.applicationRefs' },
    'none of the Applications that were read is matched, so there is nothing to write its settings to',
    'read the manifests of its Applications as well, or delete it',
  );
}

function idOf({ namespace, name }: ImageUpdaterId): ImageUpdaterId {
  return { namespace, name };
}
