import { looksLikeRecord } from '../overrides/record.ts';

/** `Signed-off-by: Ada`, as git-interpret-trailers reads it. */
const TRAILER = /^[A-Za-z0-9-]+[ \t]*:/;

/** Lines by which Git knows a block of trailers even when other text is in it. */
const MARK = /^(?:Signed-off-by: |\(cherry picked from commit )/;

/**
 * A commit message with trailers at its end: behind those it ends in already (`Signed-off-by`), else after a blank
 * line. One that is there already is not added again. Lines of the message that look like records are
 * removed: labels are written by whoever built the image.
 */
export function addTrailers(message: string, trailers: readonly string[]): string {
  const kept = message.split('\n').filter((line) => !looksLikeRecord(line));
  const own = kept.join('\n').trimEnd() || 'build: update images';
  const paragraphs = own.split(/\n(?:[ \t]*\n)+/);
  const last = paragraphs.at(-1) ?? '';
  const goesOn = paragraphs.length > 1 && isTrailerBlock(last);
  const there = goesOn ? last.split('\n') : [];
  const added = trailers.filter((line) => !there.includes(line));
  if (added.length === 0) return `${own}\n`;
  return `${own}${goesOn ? '\n' : '\n\n'}${added.join('\n')}\n`;
}

function isTrailerBlock(paragraph: string): boolean {
  const [first = '', ...rest] = paragraph.split('\n');
  const all = TRAILER.test(first) && rest.every((line) => TRAILER.test(line) || /^[ \t]/.test(line));
  return all || [first, ...rest].some((line) => MARK.test(line));
}
