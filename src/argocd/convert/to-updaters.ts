import { applicationKey, applicationText } from '../../core/identity/application.ts';
import { imageUpdaterKey } from '../../core/identity/image-updater.ts';
import type { ApplicationId } from '../../core/policy.ts';
import type { Problem } from '../../core/problem.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import type { Application } from '../application.ts';
import { readImageUpdater } from '../parse-image-updater.ts';
import { findOwners, type ListedUpdaters } from '../policy-owners.ts';
import { readPolicies, type PolicyContext } from '../read-policies.ts';
import { withAssumedSource } from './assumed-source.ts';
import { contentKey, findReadingDifference } from './compare-readings.ts';
import { notConvertible, type AnnotationChange, type Conversion, type ConversionNote } from './conversion.ts';
import { entryOfApplication } from './entry-of-application.ts';
import { namePatterns } from './name-patterns.ts';
import { updaterDocument, type ManifestFields, type UpdaterDocument } from './updater-document.ts';

/** Which Applications share a resource. */
export type UpdaterGrouping = 'namespace' | 'application';

/** An Application and the entry for it. */
interface Member {
  readonly id: ApplicationId;
  readonly fields: ManifestFields;
  readonly extensions: Readonly<Record<string, string>>;
}

/**
 * Resources that mean what the annotations mean. Each entry is for exactly the Applications that it was made of, and what is read
 * from it is compared. An Application whose annotations cannot be said so gets an entry with `useAnnotations`, so that they go on
 * to count, and a problem.
 */
export function toUpdaters(
  {
    applications,
    updaters,
  }: { readonly applications: readonly Application[]; readonly updaters: ListedUpdaters },
  context: PolicyContext,
  groupedBy: UpdaterGrouping,
): Conversion {
  const ownersOf = findOwners(updaters, context);
  const problems: Problem[] = [];
  const notes: ConversionNote[] = [];
  const changes: AnnotationChange[] = [];
  const members: Member[] = [];
  for (const application of applications) {
    const { owners, leftOut } = ownersOf(application);
    const id = { namespace: application.namespace, name: application.name };
    const [owner, ...more] = owners;
    if (leftOut)
      notes.push({
        application: id,
        code: 'left-alone',
        message: 'its annotations do not count today, so they are left alone',
      });
    if (owner?.by !== 'annotations' || 'updater' in owner || more.length > 0) continue;
    const converted = memberOf(application, context);
    members.push(converted.member);
    problems.push(...converted.problems);
    notes.push(
      ...converted.notes.map((message) => ({ application: id, code: 'alias-changed', message }) as const),
    );
    if (converted.replaced.length > 0) changes.push({ application: id, remove: converted.replaced, set: {} });
  }
  const taken = new Set(updaters.readings.map(({ updater }) => imageUpdaterKey(updater)));
  const created = documentsFor(members, groupedBy, taken);
  return { created, deleted: [], changes, problems, notes };
}

interface ConvertedMember {
  readonly member: Member;
  readonly problems: readonly Problem[];
  readonly replaced: readonly string[];
  readonly notes: readonly string[];
}

function memberOf(found: Application, context: PolicyContext): ConvertedMember {
  const application = withAssumedSource(found, (one) => readPolicies(one, context));
  const { namespace, name } = application;
  const id = { namespace, name };
  const before = readPolicies(application, context);
  const asItIs = {
    member: { id, fields: { useAnnotations: true }, extensions: {} },
    replaced: [],
    notes: [],
  };
  if (before.problems.length > 0) return { ...asItIs, problems: before.problems };
  const { fields, extensions, replaced, notes } = entryOfApplication(application);
  const member = { id, fields, extensions };
  const fault = checkMember(application, context, { member, before, replaced });
  if (fault !== undefined) return { ...asItIs, problems: [fault] };
  return { member, problems: [], replaced, notes };
}

/** Whether the entry means what the annotations mean. */
function checkMember(
  application: Application,
  context: PolicyContext,
  {
    member: { id, fields, extensions },
    before,
    replaced,
  }: {
    readonly member: Member;
    readonly before: ReturnType<typeof readPolicies>;
    readonly replaced: readonly string[];
  },
): Problem | undefined {
  const document = updaterDocument(id, extensions, [{ namePattern: id.name, ...fields }]);
  const reading = readImageUpdater(document, 'the converted resource');
  if (reading.kind === 'problem') return cannotBeSaid(id, '', reading.problem.message);
  const annotations = Object.fromEntries(
    Object.entries(application.annotations).filter(([key]) => !replaced.includes(key)),
  );
  const after = { ...application, annotations };
  const { owners } = findOwners({ readings: [reading], unreadable: [] }, context)(after);
  const difference = findReadingDifference(before, readPolicies(after, context, owners));
  return difference && cannotBeSaid(id, difference.alias, difference.at);
}

function cannotBeSaid(application: ApplicationId, alias: string, at: string): Problem {
  return notConvertible(
    { application, alias: alias === '' ? undefined : alias, key: at },
    `an ImageUpdater cannot say all that the annotations of ${applicationText(application)} say: ${at} would differ`,
    'its entry says useAnnotations, so that they go on to count; change them to convert it',
  );
}

function documentsFor(
  members: readonly Member[],
  groupedBy: UpdaterGrouping,
  taken: Set<string>,
): readonly UpdaterDocument[] {
  // Annotations of a resource are for all of its entries.
  const groups = groupBy(members, ({ id, extensions }) =>
    groupedBy === 'application'
      ? applicationKey(id)
      : contentKey([id.namespace, Object.entries(extensions).toSorted(([a], [b]) => (a < b ? -1 : 1))]),
  );
  return [...groups.values()].flatMap((group): readonly UpdaterDocument[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { id, extensions } = first;
    const name = freeName(id.namespace, groupedBy === 'application' ? id.name : 'images', taken);
    return [updaterDocument({ namespace: id.namespace, name }, extensions, refsOf(group))];
  });
}

function refsOf(group: readonly Member[]): readonly ManifestFields[] {
  const equal = groupBy(group, ({ fields }) => contentKey(fields));
  return [...equal.values()].flatMap((members) => {
    const [first] = members;
    return namePatterns(members.map(({ id }) => id.name)).map((namePattern) => ({
      namePattern,
      ...first?.fields,
    }));
  });
}

function freeName(namespace: string, base: string, taken: Set<string>): string {
  let name = base;
  for (let number = 2; taken.has(imageUpdaterKey({ namespace, name })); number += 1)
    name = `${base}-${number}`;
  taken.add(imageUpdaterKey({ namespace, name }));
  return name;
}
