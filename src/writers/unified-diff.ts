import { createTwoFilesPatch } from 'diff';
import type { EditedFile } from './replay.ts';

const LONGEST = 64 * 1024;
/** More changed lines than this are not worth the time to compare. */
const MOST_CHANGES = 1_000;

/** What the files become, as people read it; cut where it gets long. */
export function unifiedDiff(files: readonly EditedFile[]): string {
  const text = files.map(diffOf).join('');
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, text.lastIndexOf('\n', LONGEST))}\n… and ${text.length - LONGEST} characters more\n`;
}

function diffOf({ path, before, after }: EditedFile): string {
  const from = before === undefined ? '/dev/null' : `a/${path}`;
  const patch = createTwoFilesPatch(from, `b/${path}`, before ?? '', after, undefined, undefined, {
    context: 3,
    maxEditLength: MOST_CHANGES,
  });
  if (patch === undefined) return `--- ${from}\n+++ b/${path}\n… too many changes to show\n`;
  return patch.slice(patch.indexOf('--- '));
}
