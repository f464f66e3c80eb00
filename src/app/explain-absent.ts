import { fileRequestOf, readImage } from '../edits/index.ts';
import type { GitPlace, ImageInGit } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';
import type { FileState, WriterSession } from '../ports/writer.ts';

const HOW_TO_MAKE = 'set writeBack.createMissing: true to have it made';

type Absent = Extract<Presence, { kind: 'absent' }>;

/** An absent image, with what to do about it, where its key could be made. */
export function withWayOut(
  image: ImageInGit,
  { presence, text }: { readonly presence: Absent; readonly text: string },
): Absent {
  if (!couldBeMade(image, text)) return presence;
  return {
    ...presence,
    detail: `${presence.detail}; correct the annotation, write the key into the file, or ${HOW_TO_MAKE}`,
  };
}

/** The error for a file that is not there, and may not be made. */
export function missingFile(image: ImageInGit, state: FileState): LynceusError {
  const { base } = image.target.place;
  const tried = state.kind === 'missing' ? state.tried.join(', ') : '';
  const branch = base === '' ? '' : ` on branch ${base}`;
  const check = 'check the annotation write-back-target and the path of the source';
  return new LynceusError('target-missing', `there is no file ${tried}${branch}`, {
    hint: couldBeMade(image, undefined) ? `${check}, or ${HOW_TO_MAKE}` : check,
  });
}

function couldBeMade({ tracked, target }: ImageInGit, text: string | undefined): boolean {
  const presence = readImage(target.file, text, tracked.destination.slot, { createMissing: true });
  return presence.kind === 'absent' && presence.mayCreate;
}

/** A target whose file is not there. */
interface LostFile {
  readonly image: ImageInGit;
  readonly error: LynceusError;
}

/**
 * Better errors for those files that are where the same path leads from the other root: a path behind a keyword starts at
 * the source, with `/` at the root of the work tree.
 */
export async function otherRootErrors(
  place: GitPlace,
  lost: readonly LostFile[],
  { session, signal }: { readonly session: WriterSession; readonly signal: AbortSignal },
): Promise<ReadonlyMap<ImageInGit, LynceusError>> {
  const known = lost.flatMap(({ image, error }) => {
    const { otherRoot } = image.target;
    return otherRoot === undefined ? [] : [{ image, error, otherRoot }];
  });
  const requests = known.map(({ otherRoot }) => fileRequestOf(otherRoot.file));
  const states = known.length === 0 ? [] : await session.read(place, requests, signal);
  return new Map(
    known.flatMap(({ image, error, otherRoot }, index) => {
      const state = states[index];
      if (state?.kind !== 'text') return [];
      const hint = `there is ${state.path}: write the annotation write-back-target: ${otherRoot.annotation}; a path starts at the path of the source, with / at the root of the repository`;
      return [[image, new LynceusError('target-missing', error.message, { hint })] as const];
    }),
  );
}
