import { fileKey } from '../core/identity/file.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { imagesInGit, type ImageInGit, type TrackedImage } from '../core/policy.ts';
import type { Warning } from '../core/warning.ts';
import { mayHoldMarks, remarkHolds, type HoldReader } from '../edits/index.ts';
import type { FileState } from '../ports/writer.ts';

type ReadStates = ReadonlyMap<string, FileState | undefined>;

/**
 * What the files of one place make a person want to know about these images. `known` are all images, of any place. A
 * file that cannot be read is reported where its images are read.
 */
export function warnOfFiles(
  images: readonly ImageInGit[],
  states: ReadStates,
  known: readonly TrackedImage[],
): ReadonlyMap<TrackedImage, readonly Warning[]> {
  const found = new Map<TrackedImage, Warning[]>();
  for (const inFile of groupBy(images, ({ target }) => fileKey(target.file)).values()) {
    for (const { tracked, warning } of contained(() => warnOfHolds(inFile, states, known)))
      found.set(tracked, [...(found.get(tracked) ?? []), warning]);
  }
  return found;
}

interface WarnedImage {
  readonly tracked: TrackedImage;
  readonly warning: Warning;
}

function contained(warn: () => readonly WarnedImage[]): readonly WarnedImage[] {
  try {
    return warn();
  } catch {
    return [];
  }
}

/** Of the images of one file. */
function warnOfHolds(
  inFile: readonly ImageInGit[],
  states: ReadStates,
  known: readonly TrackedImage[],
): readonly WarnedImage[] {
  const key = inFile[0] === undefined ? '' : fileKey(inFile[0].target.file);
  const state = states.get(key);
  if (state?.kind !== 'text' || !mayHoldMarks(state.text)) return [];
  const readers = new Map<HoldReader, TrackedImage>(
    [...inFile, ...othersIn(key, inFile, known)].map((one, index) => [
      { target: one.target.file, slot: one.tracked.destination.slot, asked: index < inFile.length },
      one.tracked,
    ]),
  );
  return remarkHolds(state.path, state.text, [...readers.keys()]).flatMap(({ reader, ...warning }) => {
    const tracked = readers.get(reader);
    return tracked === undefined ? [] : [{ tracked, warning }];
  });
}

/** The other images of this file in the same Git remote, on whatever branch: their comments are theirs. */
function othersIn(
  key: string,
  inFile: readonly ImageInGit[],
  known: readonly TrackedImage[],
): readonly ImageInGit[] {
  const remote = inFile[0]?.target.place.remote.key;
  return imagesInGit(known).filter(
    ({ target }) => target.place.remote.key === remote && fileKey(target.file) === key,
  );
}
