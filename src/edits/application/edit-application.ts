import type { ImageChange } from '../../core/change.ts';
import type { InheritedEntries, PresentImage } from '../../core/policy.ts';
import { alreadySays, samePresence, versionText } from '../../core/presence.ts';
import { imageInLists } from '../../core/source-lists.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import { entryWishes, type EntryWish } from './entry-wishes.ts';
import type { PatchOperation } from './json-patch.ts';
import { listOf, type FoundList } from './lists.ts';
import { planList } from './plan-list.ts';
import { sourceAt, type ApplicationTarget, type FoundSource } from './source-at.ts';

export type { PatchOperation } from './json-patch.ts';
export type { ApplicationTarget } from './source-at.ts';

/** What has to be done so that an Application says what is wanted. */
export interface ApplicationEdit<Change extends ImageChange> {
  /** RFC 6902; empty when there is nothing to do. It says nothing of the version of the Application. */
  readonly patch: readonly PatchOperation[];
  readonly refused: readonly { readonly change: Change; readonly error: LynceusError }[];
  /** How many changes the Application said already. */
  readonly already: number;
  /** The list that is written, before and after; entries that stay are the very same values. */
  readonly list: {
    readonly path: string;
    readonly before: readonly unknown[];
    readonly after: readonly unknown[];
  };
}

/**
 * The smallest JSON patch that makes these changes in one list of an Application's source: `helm.parameters`,
 * `kustomize.images` or `plugin.env`. Entries that are not ours, their order, unknown fields and everything beside the
 * list are not touched; a list or block that is missing is made. Made again on its own result, it is empty.
 *
 * A change is made when the Application says what it said at the decision, counts as done when it says what is wanted,
 * and is refused with `changed-meanwhile` when it says something else. Two changes that want different texts in one
 * entry are both refused with `conflicting-changes`. An Application that cannot be read refuses all of them.
 */
export function editApplication<Change extends ImageChange>(
  application: unknown,
  target: ApplicationTarget,
  changes: readonly Change[],
): ApplicationEdit<Change> {
  try {
    const source = sourceAt(application, target);
    return editList(source, target, { list: listOf(source, target), changes });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    const list = { path: `${target.at}.${target.format}`, before: [], after: [] };
    return { patch: [], refused: changes.map((change) => ({ change, error })), already: 0, list };
  }
}

type Verdict =
  /** What is there already has its wishes too: nobody else may write something else there. */
  | { readonly kind: 'edit' | 'already'; readonly wishes: readonly EntryWish[] }
  | { readonly kind: 'refused'; readonly error: LynceusError };

interface Judged<Change> {
  readonly change: Change;
  readonly verdict: Verdict;
}

function editList<Change extends ImageChange>(
  source: FoundSource,
  target: ApplicationTarget,
  { list, changes }: { readonly list: FoundList; readonly changes: readonly Change[] },
): ApplicationEdit<Change> {
  const alone = changes.map((change) => ({ change, verdict: judge(change, list, target) }));
  const judged = refuseClashes(alone, list.path);
  const wishes = judged.flatMap(({ verdict }) => (verdict.kind === 'edit' ? verdict.wishes : []));
  const { patch, after } = planList(wishes, { source, list, format: target.format });
  return {
    patch,
    refused: judged.flatMap(({ change, verdict }) =>
      verdict.kind === 'refused' ? [{ change, error: verdict.error }] : [],
    ),
    already: judged.filter(({ verdict }) => verdict.kind === 'already').length,
    list: { path: list.path, before: list.entries ?? [], after },
  };
}

function wishesOf(verdict: Verdict): readonly EntryWish[] {
  return verdict.kind === 'refused' ? [] : verdict.wishes;
}

function judge(change: ImageChange, { lists, path }: FoundList, target: ApplicationTarget): Verdict {
  try {
    rejectEmptyTag(change.to.tag, path);
    const now = imageInLists(change.slot, lists);
    if (now !== undefined && alreadySays(now, change.image, change.to))
      return { kind: 'already', wishes: claimsOf(change, lists, target) };
    if (samePresence(now, change.from)) return { kind: 'edit', wishes: entryWishes(change, lists, target) };
    return { kind: 'refused', error: changedMeanwhile(path, change.from, now) };
  } catch (thrown) {
    return { kind: 'refused', error: asLynceusError(thrown) };
  }
}

/** What says so already needs no write, so that it may be in two places; then it claims none of them. */
function claimsOf(
  change: ImageChange,
  lists: InheritedEntries,
  target: ApplicationTarget,
): readonly EntryWish[] {
  try {
    return entryWishes(change, lists, target);
  } catch {
    return [];
  }
}

function changedMeanwhile(
  path: string,
  from: PresentImage | undefined,
  now: PresentImage | undefined,
): LynceusError {
  const [said, says] = [from, now].map((image) => image && `${image.name ?? ''}:${versionText(image) ?? ''}`);
  return new LynceusError(
    'changed-meanwhile',
    `${path} said ${said ?? 'nothing'} when it was read, and now says ${says ?? 'nothing'}`,
    { hint: 'it is decided anew in the next cycle' },
  );
}

/** An empty tag would blank what is there; nothing that chooses versions ever means that. */
function rejectEmptyTag(tag: string, path: string): void {
  if (tag === '')
    throw new LynceusError('edit-unsafe', `expected a tag to write to ${path}, found an empty one`);
}

/** Refuses every change that wants another text in an entry than somebody else wants, or has already. */
function refuseClashes<Change>(judged: readonly Judged<Change>[], path: string): readonly Judged<Change>[] {
  const texts = new Map<string, Set<string>>();
  for (const wish of judged.flatMap(({ verdict }) => wishesOf(verdict)))
    texts.set(entryKey(wish), (texts.get(entryKey(wish)) ?? new Set()).add(wish.text));
  return judged.map(({ change, verdict }) => {
    const torn = wishesOf(verdict).find((wish) => (texts.get(entryKey(wish))?.size ?? 0) > 1);
    if (torn === undefined || verdict.kind !== 'edit') return { change, verdict };
    return {
      change,
      verdict: { kind: 'refused', error: clash(`${path}: ${torn.name}`, texts.get(entryKey(torn))) },
    };
  });
}

/** Two names may lead to one entry that is there: a Kustomize entry is found by what it replaces and by what it puts. */
function entryKey({ index, name }: EntryWish): string {
  return index < 0 ? `new ${name}` : `at ${index}`;
}

function clash(where: string, texts: ReadonlySet<string> = new Set()): LynceusError {
  return new LynceusError(
    'conflicting-changes',
    `several images want different texts at ${where}, so none is written: ${[...texts].join(' and ')}`,
    { hint: 'give each image a place of its own' },
  );
}
