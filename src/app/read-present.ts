import pLimit from 'p-limit';
import { fileRequestOf, readImage, type EditOptions } from '../edits/index.ts';
import { rememberedPresence } from './remembered-presence.ts';
import { placeKey } from '../core/identity/branch.ts';
import { fileKey } from '../core/identity/file.ts';
import { groupBy } from '../core/plan/group-by.ts';
import {
  imagesInGit,
  type FileTarget,
  type GitPlace,
  type ImageInGit,
  type PresentImage,
  type TrackedImage,
} from '../core/policy.ts';
import { versionText, type Presence } from '../core/presence.ts';
import type { Warning } from '../core/reasons/warning.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { FileRequest, FileState, WriterSession } from '../ports/writer.ts';
import { missingFile, otherRootErrors, withWayOut } from './explain-absent.ts';
import type { CycleRun } from './services.ts';
import { layerPaths } from './warn-of-layers.ts';
import { warnOfFiles } from './warn-of-files.ts';

/** What the target of one image has now, or why it could not be read. */
export type Present =
  | {
      readonly kind: 'read';
      readonly presence: Presence;
      readonly path: string | undefined;
      /** What the push branch has, when that differs. */
      readonly proposed?: PresentImage;
      /** What a person should know about its files; absent when there is nothing. */
      readonly warnings?: readonly Warning[];
    }
  | { readonly kind: 'failed'; readonly error: LynceusError; readonly path: string | undefined };

interface ReadOptions extends EditOptions {
  /** All images that may have values in these files; absent when nobody asks for warnings. */
  readonly known?: readonly TrackedImage[] | undefined;
}

/** Reads the targets of all images: each branch of a remote once, with all files that are needed from it. */
export async function readPresent(
  images: readonly TrackedImage[],
  session: WriterSession,
  {
    concurrency,
    createMissing,
    limits,
    onProgress,
    signal,
    known,
  }: Pick<CycleRun, 'concurrency' | 'onProgress' | 'signal'> & ReadOptions,
): Promise<ReadonlyMap<TrackedImage, Present>> {
  const found = new Map<TrackedImage, Present>(
    images.filter(isLive).map((tracked) => [tracked, ofSpec(tracked)]),
  );
  const limit = pLimit(concurrency);
  const places = [...groupBy(imagesInGit(images), ({ target }) => placeKey(target.place)).values()];
  let done = 0;
  await Promise.all(
    places.map((place) =>
      limit(async () => {
        for (const [tracked, present] of await readPlace(place, session, {
          createMissing,
          limits,
          known,
          signal,
        }))
          found.set(tracked, present);
        done += 1;
        onProgress({ stage: 'present', done, total: places.length });
      }),
    ),
  );
  return found;
}

function isLive({ destination: { target } }: TrackedImage): boolean {
  return target.method === 'application';
}

/** The target of an image that is written to the live Application is its spec. */
function ofSpec({ observed: { declared } }: TrackedImage): Present {
  const presence: Presence =
    declared === undefined
      ? { kind: 'absent', mayCreate: true, detail: 'the spec of the Application does not name it' }
      : { kind: 'present', image: declared };
  return { kind: 'read', presence, path: undefined };
}

/** The images of one place. */
async function readPlace(
  images: readonly ImageInGit[],
  session: WriterSession,
  options: ReadOptions & { readonly signal: AbortSignal },
): Promise<readonly [TrackedImage, Present][]> {
  const [first] = images;
  if (first === undefined) return [];
  const { place } = first.target;
  const files = new Map<string, FileTarget>(images.map(({ target: { file } }) => [fileKey(file), file]));
  try {
    const requests = [...files.values()].map(fileRequestOf);
    const byKey = (states: readonly FileState[]) =>
      new Map([...files.keys()].map((key, index) => [key, states[index]]));
    const paths = options.known === undefined ? [] : layerPaths(images);
    const beside = paths.map((path) => ({ candidates: [path] }));
    const states = await session.read(place, [...requests, ...beside], options.signal);
    const now = byKey(states);
    const proposed = await readProposed(place, requests, { session, signal: options.signal });
    const layers = new Map(paths.map((path, index) => [path, states[requests.length + index]]));
    const warnings = options.known && warnOfFiles(images, { targets: now, layers }, options.known);
    const read = (image: ImageInGit, states: ReturnType<typeof byKey>) =>
      withWarnings(readOne(image, states, options), warnings?.get(image.tracked));
    const then = proposed && byKey(proposed);
    const found = images.map((image) => {
      const present = read(image, now);
      return [image, then === undefined ? present : withProposed(present, read(image, then))] as const;
    });
    const lost = found.flatMap(([image, present]) =>
      present.kind === 'failed' && present.error.code === 'target-missing'
        ? [{ image, error: present.error }]
        : [],
    );
    const errors = await otherRootErrors(place, lost, { session, signal: options.signal });
    return found.map(([image, present]) => {
      const error = errors.get(image);
      return [image.tracked, error === undefined ? present : { ...present, kind: 'failed', error }];
    });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    return images.map(({ tracked }) => [tracked, { kind: 'failed', error, path: undefined }]);
  }
}

/** A push branch with commits of others proposes nothing; that it is not written is reported by the write. */
async function readProposed(
  place: GitPlace,
  requests: readonly FileRequest[],
  { session, signal }: { readonly session: WriterSession; readonly signal: AbortSignal },
): Promise<readonly FileState[] | undefined> {
  try {
    return await session.readProposal(place, requests, signal);
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'branch-foreign') return undefined;
    throw error;
  }
}

function withWarnings(present: Present, warnings: readonly Warning[] = []): Present {
  return present.kind === 'failed' || warnings.length === 0 ? present : { ...present, warnings };
}

function withProposed(now: Present, then: Present): Present {
  if (now.kind === 'failed' || then.kind === 'failed' || then.presence.kind === 'absent') return now;
  const { image } = then.presence;
  const before = now.presence.kind === 'present' ? now.presence.image : undefined;
  return versionText(image) === versionText(before) ? now : { ...now, proposed: image };
}

function readOne(
  image: ImageInGit,
  states: ReadonlyMap<string, FileState | undefined>,
  { createMissing, limits }: EditOptions,
): Present {
  const { tracked, target } = image;
  const state = states.get(fileKey(target.file));
  if (state === undefined)
    return {
      kind: 'failed',
      error: new LynceusError('internal', 'the writer did not answer for a file'),
      path: undefined,
    };
  if (state.kind === 'refused') return { kind: 'failed', error: state.error, path: state.path };
  const path = state.kind === 'text' ? state.path : state.tried[0];
  try {
    const text = state.kind === 'text' ? state.text : undefined;
    const { slot } = tracked.destination;
    const presence =
      text === undefined
        ? readImage(target.file, text, slot, { createMissing, limits })
        : rememberedPresence({ file: target.file, text, slot }, { createMissing, limits });
    if (presence.kind !== 'absent' || presence.mayCreate) return { kind: 'read', presence, path };
    if (text === undefined) return { kind: 'failed', error: missingFile(image, state), path };
    return { kind: 'read', presence: withWayOut(image, { presence, text }), path };
  } catch (thrown) {
    return { kind: 'failed', error: asLynceusError(thrown), path };
  }
}
