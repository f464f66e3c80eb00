import pLimit from 'p-limit';
import { connectionKey } from '../../core/identity/branch.ts';
import { fileKey } from '../../core/identity/file.ts';
import { joinKey } from '../../core/identity/key.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type GitTarget, type PresentImage, type TrackedImage } from '../../core/policy.ts';
import { eachPresent, versionText } from '../../core/presence.ts';
import { inForce } from '../../core/selection/decision.ts';
import { fileRequestOf, type EditOptions } from '../../edits/index.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { FileState, WriterSession } from '../../ports/writer.ts';
import { rememberedPresence } from '../remembered-presence.ts';
import type { CycleRun } from '../services.ts';

/** What the file of an image says at a commit. */
export type VersionAt =
  /** `undefined` where the file does not name the image, or its keys differ. */
  | { readonly kind: 'read'; readonly image: PresentImage | undefined }
  /** The commit or the file cannot be read, so that nothing may be concluded. */
  | { readonly kind: 'unknown'; readonly error: LynceusError };

export interface RevisionsOf {
  readonly tracked: TrackedImage;
  /** As Argo CD names them. */
  readonly revisions: readonly string[];
}

export type ReadVersions = ReadonlyMap<TrackedImage, ReadonlyMap<string, VersionAt>>;

export type ReadVersionsOptions = Pick<CycleRun, 'concurrency' | 'signal'> & EditOptions;

interface Wanted {
  readonly tracked: TrackedImage;
  readonly target: GitTarget;
  readonly revision: string;
}

/**
 * What the files of images say at some commits: each commit of a remote is read once, all of its files together, side by side with
 * others. What cannot be read is `unknown` for the images that want it. An image that is not written to Git has none.
 */
export async function readVersions(
  wishes: readonly RevisionsOf[],
  session: Pick<WriterSession, 'readAt'>,
  { concurrency, signal, ...editing }: ReadVersionsOptions,
): Promise<ReadVersions> {
  const found = new Map<TrackedImage, Map<string, VersionAt>>(
    wishes.map(({ tracked }) => [tracked, new Map()]),
  );
  const wanted = wishes.flatMap(({ tracked, revisions }): readonly Wanted[] => {
    const target = gitTargetOf(tracked);
    return target === undefined ? [] : revisions.map((revision) => ({ tracked, target, revision }));
  });
  const groups = groupBy(wanted, ({ target, revision }) => joinKey(connectionKey(target.place), revision));
  const limit = pLimit(concurrency);
  await Promise.all(
    [...groups.values()].map((group) =>
      limit(async () => {
        for (const [{ tracked, revision }, version] of await readRevision(group, session, {
          signal,
          ...editing,
        }))
          found.get(tracked)?.set(revision, version);
      }),
    ),
  );
  return found;
}

/** Images that want one commit of one remote. */
async function readRevision(
  group: readonly Wanted[],
  session: Pick<WriterSession, 'readAt'>,
  { signal, ...editing }: Omit<ReadVersionsOptions, 'concurrency'>,
): Promise<readonly (readonly [Wanted, VersionAt])[]> {
  const [first] = group;
  if (first === undefined) return [];
  try {
    const files = new Map(group.map(({ target: { file } }) => [fileKey(file), file]));
    const wanted = { revision: first.revision, requests: [...files.values()].map(fileRequestOf) };
    const states = await session.readAt(first.target.place, wanted, signal);
    const byKey = new Map([...files.keys()].map((key, index) => [key, states[index]]));
    return group.map((one) => [one, versionIn(one, byKey.get(fileKey(one.target.file)), editing)]);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asLynceusError(thrown);
    return group.map((one) => [one, { kind: 'unknown', error }]);
  }
}

function versionIn(
  { tracked, target: { file } }: Wanted,
  state: FileState | undefined,
  options: EditOptions,
): VersionAt {
  try {
    if (state === undefined) throw new LynceusError('internal', 'the writer did not answer for a file');
    if (state.kind === 'refused') throw state.error;
    // The spec may say what the file does not.
    if (state.kind === 'missing') return { kind: 'read', image: soleImage(tracked.observed.declared) };
    const { slot } = tracked.destination;
    const presence = rememberedPresence({ file, text: state.text, slot }, options);
    return { kind: 'read', image: soleImage(inForce(presence, tracked.observed)) };
  } catch (thrown) {
    return { kind: 'unknown', error: asLynceusError(thrown) };
  }
}

/** An image whose keys all have one version. */
function soleImage(image: PresentImage | undefined): PresentImage | undefined {
  return new Set(eachPresent(image).map(versionText)).size === 1 ? image : undefined;
}
