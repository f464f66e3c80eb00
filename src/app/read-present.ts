import pLimit from 'p-limit';
import { candidatePaths, readImage } from '../edits/index.ts';
import { placeKey } from '../core/identity/branch.ts';
import { fileKey } from '../core/identity/file.ts';
import type { FileTarget, GitPlace, PresentImage, TrackedImage } from '../core/policy.ts';
import { versionText, type Presence } from '../core/presence.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { FileRequest, FileState, WriterSession } from '../ports/writer.ts';
import type { CycleRun } from './services.ts';

/** What the target of one image has now, or why it could not be read. */
export type Present =
  | {
      readonly kind: 'read';
      readonly presence: Presence;
      readonly path: string | undefined;
      /** What the push branch has, when that differs. */
      readonly proposed?: PresentImage;
    }
  | { readonly kind: 'failed'; readonly error: LynceusError; readonly path: string | undefined };

interface Place {
  readonly place: GitPlace;
  readonly images: TrackedImage[];
}

/** Reads the targets of all images: each branch of a remote once, with all files that are needed from it. */
export async function readPresent(
  images: readonly TrackedImage[],
  session: WriterSession,
  {
    concurrency,
    createMissing,
    onProgress,
    signal,
  }: Pick<CycleRun, 'concurrency' | 'onProgress' | 'signal'> & { readonly createMissing: boolean },
): Promise<ReadonlyMap<TrackedImage, Present>> {
  const found = new Map<TrackedImage, Present>(
    images.filter(isLive).map((tracked) => [tracked, ofSpec(tracked)]),
  );
  const limit = pLimit(concurrency);
  const places = placesOf(images);
  let done = 0;
  await Promise.all(
    places.map((place) =>
      limit(async () => {
        for (const [tracked, present] of await readPlace(place, session, { createMissing, signal }))
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

function placesOf(images: readonly TrackedImage[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const tracked of images) {
    if (tracked.destination.target.method !== 'git') continue;
    const { place } = tracked.destination.target;
    const key = placeKey(place);
    const known = places.get(key);
    if (known === undefined) places.set(key, { place, images: [tracked] });
    else known.images.push(tracked);
  }
  return [...places.values()];
}

async function readPlace(
  { place, images }: Place,
  session: WriterSession,
  options: { readonly createMissing: boolean; readonly signal: AbortSignal },
): Promise<readonly [TrackedImage, Present][]> {
  const files = new Map<string, FileTarget>();
  for (const {
    destination: { target },
  } of images)
    if (target.method === 'git') files.set(fileKey(target.file), target.file);
  const targets = [...files.entries()];
  try {
    const requests = targets.map(([, target]) => ({ candidates: candidatePaths(target) }));
    const byKey = (states: readonly FileState[]) =>
      new Map(targets.map(([key], index) => [key, states[index]]));
    const now = byKey(await session.read(place, requests, options.signal));
    const proposed = await readProposed(place, requests, { session, signal: options.signal });
    const read = (tracked: TrackedImage, states: ReturnType<typeof byKey>) =>
      readOne(tracked, states, options.createMissing);
    if (proposed === undefined) return images.map((tracked) => [tracked, read(tracked, now)]);
    const then = byKey(proposed);
    return images.map((tracked) => [tracked, withProposed(read(tracked, now), read(tracked, then))]);
  } catch (thrown) {
    const error = asLynceusError(thrown);
    return images.map((tracked) => [tracked, { kind: 'failed', error, path: undefined }]);
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

function withProposed(now: Present, then: Present): Present {
  if (now.kind === 'failed' || then.kind === 'failed' || then.presence.kind === 'absent') return now;
  const { image } = then.presence;
  const before = now.presence.kind === 'present' ? now.presence.image : undefined;
  return versionText(image) === versionText(before) ? now : { ...now, proposed: image };
}

function readOne(
  tracked: TrackedImage,
  states: ReadonlyMap<string, FileState | undefined>,
  createMissing: boolean,
): Present {
  const { target, slot } = tracked.destination;
  if (target.method !== 'git') {
    return {
      kind: 'failed',
      error: new LynceusError('write-method-unsupported', 'only git targets can be read'),
      path: undefined,
    };
  }
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
    const presence = readImage(target.file, text, slot, { createMissing });
    if (presence.kind === 'absent' && !presence.mayCreate && text === undefined) {
      return { kind: 'failed', error: missingFile(tracked, state), path };
    }
    return { kind: 'read', presence, path };
  } catch (thrown) {
    return { kind: 'failed', error: asLynceusError(thrown), path };
  }
}

function missingFile(tracked: TrackedImage, state: FileState): LynceusError {
  const tried = state.kind === 'missing' ? state.tried.join(', ') : '';
  const branch =
    tracked.destination.target.method === 'git' && tracked.destination.target.place.base !== ''
      ? ` on branch ${tracked.destination.target.place.base}`
      : '';
  return new LynceusError('target-missing', `there is no file ${tried}${branch}`, {
    hint: 'check the annotation write-back-target and the path of the source',
  });
}
