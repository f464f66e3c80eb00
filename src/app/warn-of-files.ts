import { fileKey } from '../core/identity/file.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { imagesInGit, type ImageInGit, type TrackedImage } from '../core/policy.ts';
import type { Warning } from '../core/reasons/warning.ts';
import { candidatePaths, mayHoldMarks, remarkHolds, type HoldReader } from '../edits/index.ts';
import type { FileState } from '../ports/writer.ts';
import { warnOfLayers } from './warn-of-layers.ts';

type States = ReadonlyMap<string, FileState | undefined>;

/** What was read of one place. */
interface ReadFiles {
  /** The targets, by `fileKey`. */
  readonly targets: States;
  /** What may be laid over them, by path. */
  readonly layers: States;
}

/**
 * What the files of one place make a person want to know about these images. `known` are all images, of any place. A
 * file that cannot be read is reported where its images are read.
 */
export function warnOfFiles(
  images: readonly ImageInGit[],
  { targets, layers }: ReadFiles,
  known: readonly TrackedImage[],
): ReadonlyMap<TrackedImage, readonly Warning[]> {
  const found = new Map<TrackedImage, Warning[]>();
  function add(warn: () => readonly WarnedImage[]): void {
    for (const { tracked, warning } of contained(warn))
      found.set(tracked, [...(found.get(tracked) ?? []), warning]);
  }
  for (const { tracked } of images) add(() => ofLayers(tracked, layers));
  const texts = images.flatMap((image) => {
    const state = targets.get(fileKey(image.target.file));
    return state?.kind === 'text' ? [{ image, state }] : [];
  });
  const remote = images[0]?.target.place.remote.key;
  let others: ReadonlyMap<string, readonly ImageInGit[]> | undefined;
  for (const group of groupBy(texts, ({ state }) => state.path).values())
    add(() => {
      const [first] = group;
      if (first === undefined || !mayHoldMarks(first.state.text)) return [];
      others ??= imagesByPath(known, remote);
      const inFile = group.map(({ image }) => image);
      return warnOfHolds(first.state, inFile, others.get(first.state.path) ?? []);
    });
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

function ofLayers(tracked: TrackedImage, layers: States): readonly WarnedImage[] {
  const warnings = warnOfLayers(tracked, (path) => {
    const state = layers.get(path);
    return state?.kind === 'text' ? state.text : undefined;
  });
  return warnings.map((warning) => ({ tracked, warning }));
}

/** Of the images of one file. The comments of others in it are theirs. */
function warnOfHolds(
  { path, text }: Extract<FileState, { kind: 'text' }>,
  inFile: readonly ImageInGit[],
  others: readonly ImageInGit[],
): readonly WarnedImage[] {
  const readers = new Map<HoldReader, TrackedImage>(
    [...inFile, ...others].map(({ tracked, target }, index) => [
      { target: target.file, slot: tracked.destination.slot, asked: index < inFile.length },
      tracked,
    ]),
  );
  return remarkHolds(path, text, [...readers.keys()]).flatMap(({ reader, ...warning }) => {
    const tracked = readers.get(reader);
    return tracked === undefined ? [] : [{ tracked, warning }];
  });
}

/** All images of a Git remote, on whatever branch, by the files that they may be in. */
function imagesByPath(
  known: readonly TrackedImage[],
  remote: string | undefined,
): ReadonlyMap<string, readonly ImageInGit[]> {
  const here = imagesInGit(known).filter(({ target }) => target.place.remote.key === remote);
  const placed = here.flatMap((image) => candidatePaths(image.target.file).map((path) => ({ path, image })));
  return new Map(
    [...groupBy(placed, ({ path }) => path)].map(([path, found]) => [path, found.map(({ image }) => image)]),
  );
}
