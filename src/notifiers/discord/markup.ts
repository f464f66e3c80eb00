import { plainLine } from '../../core/quoted.ts';
import type { MarkupRules } from '../../ports/notifier.ts';
import { followableUrl } from '../marked-text.ts';

/** What an embed may have, in characters (Discord, "Embed Limits"). */
export const LONGEST_DESCRIPTION = 4_096;
export const LONGEST_EMBED_TITLE = 256;

/**
 * What Discord makes something of wherever it stands: styles, mentions, links, emoji, times, headings, quotes. At the beginning, before
 * which a line may begin, also what makes a list of it. A backslash makes any of them a letter.
 */
const READ = /[\\*_~`|<>[\]():@#]|^[-+](?=\s|#|$)|(?<=^\d*)\.(?=\s|$)/g;

export const DISCORD_MARKUP: MarkupRules = {
  escape: escapeForDiscord,
  link(text, url) {
    const address = followableUrl(url);
    return address === undefined ? escapeForDiscord(text) : `[${escapeForDiscord(text)}](${address})`;
  },
  most: LONGEST_DESCRIPTION,
};

function escapeForDiscord(text: string): string {
  return plainLine(text).replaceAll(READ, String.raw`\$&`);
}

const CUT = ' … (cut)';
/** What is not cut in two. */
const WHOLE = /\\.|\[(?:\\.|[^\]\\\n])*\]\([^)\s]*\)|[^]/gsu;

/** At most so many characters of marked-up text, the last of which say that there was more. */
export function cutForDiscord(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const [part] of text.matchAll(WHOLE)) {
    if (kept.length + part.length + CUT.length > most) break;
    kept += part;
  }
  return `${kept}${CUT}`;
}
