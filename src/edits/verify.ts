import { LynceusError } from '../errors.ts';
import { findDifference, meaningOf, type Meaning } from './yaml/meaning.ts';
import { openYaml } from './yaml/source.ts';
import type { TextFile } from './yaml/text-checks.ts';

/**
 * Reads an edited file again and requires that it means exactly what was planned: the planned paths changed, and
 * nothing else did. Throws `edit-unsafe`; nothing is to be written then.
 */
export function verifyEdit(edited: TextFile, planned: Meaning): void {
  const difference = findDifference(planned, reread(edited));
  if (difference === undefined) return;
  const where = difference === '' ? 'the file' : difference;
  throw unsafe(edited, `${where} would not hold what was planned`, undefined);
}

function reread(edited: TextFile): Meaning {
  try {
    return meaningOf(openYaml(edited.file, edited.text, { limits: edited.limits }));
  } catch (error) {
    throw unsafe(edited, 'the edited file could not be read again', error);
  }
}

function unsafe({ file }: TextFile, what: string, cause: unknown): LynceusError {
  return new LynceusError('edit-unsafe', `${file} was left alone: ${what}`, {
    hint: 'the file is written in an unusual way near the image; write that part more simply, and please report it',
    cause,
  });
}
