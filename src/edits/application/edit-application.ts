import type { ImageChange } from '../../core/change.ts';
import type { InheritedEntries, PresentImage } from '../../core/policy.ts';
import { isAtVersion, samePresence, versionText } from '../../core/presence.ts';
import { imageInLists } from '../../core/source-lists.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import { changedMeanwhile, lostChange } from '../refused-changes.ts';
import { wantedEntries, type WantedEntry } from './wanted-entries.ts';
import { findList, type FoundList } from './find-list.ts';
import { planList, type ListPlace, type PatchOperation } from './list-patch.ts';
import { findSource, type ApplicationTarget, type FoundSource } from './find-source.ts';

export type { PatchOperation } from './list-patch.ts';
export type { ApplicationTarget } from './find-source.ts';

/** The edit of one Application. */
export interface ApplicationEdit<Change extends ImageChange> {
  /** RFC 6902; empty when there is nothing to do. It does not check the version of the Application. */
  readonly patch: readonly PatchOperation[];
  readonly refused: readonly { readonly change: Change; readonly error: LynceusError }[];
  /** How many changes were there already. */
  readonly already: number;
  /** The list that is written. */
  readonly list: ChangedList;
}

/** A list before and after; entries that stay are the very same values. */
export interface ChangedList {
  readonly path: string;
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/**
 * The smallest JSON patch that makes these changes in one list of an Application's source: `helm.parameters`,
 * `kustomize.images` or `plugin.env`. Entries that are not ours, their order, unknown fields and everything beside the
 * list are not touched; a list or block that is missing is made. Made again on its own result, it is empty.
 *
 * A change is made when the image is as it was at the decision, counts as done when it is as wanted, and is refused
 * with `changed-meanwhile` otherwise. Two changes that want different texts in one entry are both refused with
 * `conflicting-changes`, and so is one that the list would not hold with the others made. An Application that cannot be read refuses all of them.
 */
export function editApplication<Change extends ImageChange>(
  application: unknown,
  target: ApplicationTarget,
  changes: readonly Change[],
): ApplicationEdit<Change> {
  try {
    const source = findSource(application, target);
    return editList(source, target, { list: findList(source, target), changes });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    const list = { path: `${target.at}.${target.format}`, before: [], after: [] };
    return { patch: [], refused: changes.map((change) => ({ change, error })), already: 0, list };
  }
}

/** What is to be done about a change. */
type Assessment =
  /** A change that is there already has its entries too: no other change may write something else there. */
  | { readonly kind: 'edit' | 'already'; readonly wanted: readonly WantedEntry[] }
  | { readonly kind: 'refused'; readonly error: LynceusError };

interface AssessedChange<Change> {
  readonly change: Change;
  readonly result: Assessment;
}

function editList<Change extends ImageChange>(
  source: FoundSource,
  target: ApplicationTarget,
  { list, changes }: { readonly list: FoundList; readonly changes: readonly Change[] },
): ApplicationEdit<Change> {
  const place = { source, list, format: target.format };
  const alone = changes.map((change) => ({ change, result: assess(change, list, target) }));
  const assessed = refuseLost(refuseConflicts(alone, list.path), place);
  const { patch, after } = planList(editsOf(assessed), place);
  return {
    patch,
    refused: assessed.flatMap(({ change, result }) =>
      result.kind === 'refused' ? [{ change, error: result.error }] : [],
    ),
    already: assessed.filter(({ result }) => result.kind === 'already').length,
    list: { path: list.path, before: list.entries ?? [], after },
  };
}

function editsOf<Change>(assessed: readonly AssessedChange<Change>[]): readonly WantedEntry[] {
  return assessed.flatMap(({ result }) => (result.kind === 'edit' ? result.wanted : []));
}

function wantedBy(result: Assessment): readonly WantedEntry[] {
  return result.kind === 'refused' ? [] : result.wanted;
}

function assess(change: ImageChange, { lists, path }: FoundList, target: ApplicationTarget): Assessment {
  try {
    rejectEmptyTag(change.to.tag, path);
    const now = imageInLists(change.slot, lists);
    if (now !== undefined && isAtVersion(now, change, 'kept'))
      return { kind: 'already', wanted: entriesIfAny(change, lists, target) };
    if (samePresence(now, change.from)) return { kind: 'edit', wanted: wantedEntries(change, lists, target) };
    return { kind: 'refused', error: isOther(path, change.from, now) };
  } catch (thrown) {
    return { kind: 'refused', error: asLynceusError(thrown) };
  }
}

/** A change that is there already is not written, so it may be in two places. Then it stands for none of them. */
function entriesIfAny(
  change: ImageChange,
  lists: InheritedEntries,
  target: ApplicationTarget,
): readonly WantedEntry[] {
  try {
    return wantedEntries(change, lists, target);
  } catch {
    return [];
  }
}

function isOther(path: string, from: PresentImage | undefined, now: PresentImage | undefined): LynceusError {
  const [before = 'nothing', after = 'nothing'] = [from, now].map(
    (image) => image && `${image.name ?? ''}:${versionText(image) ?? ''}`,
  );
  return changedMeanwhile(`${path} had ${before} when it was read, and now has ${after}`);
}

/** An empty tag would blank what is there; nothing that chooses versions ever means that. */
function rejectEmptyTag(tag: string, path: string): void {
  if (tag === '')
    throw new LynceusError('edit-unsafe', `expected a tag to write to ${path}, found an empty one`);
}

/** Refuses every change that wants another text in an entry than somebody else wants, or has already. */
function refuseConflicts<Change>(
  assessed: readonly AssessedChange<Change>[],
  path: string,
): readonly AssessedChange<Change>[] {
  const texts = new Map<string, Set<string>>();
  for (const entry of assessed.flatMap(({ result }) => wantedBy(result)))
    texts.set(entryKey(entry), (texts.get(entryKey(entry)) ?? new Set()).add(entry.text));
  return assessed.map(({ change, result }) => {
    const disputed = wantedBy(result).find((entry) => (texts.get(entryKey(entry))?.size ?? 0) > 1);
    if (disputed === undefined || result.kind !== 'edit') return { change, result };
    return {
      change,
      result: {
        kind: 'refused',
        error: conflict(`${path}: ${disputed.name}`, texts.get(entryKey(disputed))),
      },
    };
  });
}

/**
 * Refuses every Kustomize change that the list would not hold in the end: an image is found by the name that its entry
 * puts as long as no entry replaces it, so what is written for one image may decide which entry another one is found
 * at. Fewer edits may again lose a change, so it is planned anew until every change is held.
 */
function refuseLost<Change extends ImageChange>(
  assessed: readonly AssessedChange<Change>[],
  place: ListPlace,
): readonly AssessedChange<Change>[] {
  const { list } = place;
  if (place.format !== 'kustomize' || assessed.length < 2) return assessed;
  const images = planList(editsOf(assessed), place).after.map(String);
  const checked = assessed.map(({ change, result }): AssessedChange<Change> => {
    if (result.kind === 'refused') return { change, result };
    const now = imageInLists(change.slot, { ...list.lists, images });
    if (now !== undefined && isAtVersion(now, change, 'kept')) return { change, result };
    return { change, result: { kind: 'refused', error: lostChange(list.path, change) } };
  });
  const isSame = checked.every(({ result }, index) => result === assessed[index]?.result);
  return isSame ? assessed : refuseLost(checked, place);
}

/** Two names may lead to one entry that is there: a Kustomize entry is found by what it replaces and by what it puts. */
function entryKey({ index, name }: WantedEntry): string {
  return index < 0 ? `new ${name}` : `at ${index}`;
}

function conflict(where: string, texts: ReadonlySet<string> = new Set()): LynceusError {
  return new LynceusError(
    'conflicting-changes',
    `several images want different texts at ${where}, so none is written: ${[...texts].join(' and ')}`,
    { hint: 'give each image a place of its own' },
  );
}
