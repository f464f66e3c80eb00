import { plainLine } from '../../core/quoted.ts';
import type { MarkupRules } from '../../ports/notifier.ts';
import { followableUrl } from '../marked-text.ts';

/** In characters of an annotation. */
export const LONGEST_ANNOTATION = 4_000;

/**
 * Annotations are plain text. Templates of Alertmanager pass them on to chats and mails as they are, so what mentions or links
 * there is written with signs that look the same: `<!channel>` and `@everyone` reach nobody.
 */
export const ALERTMANAGER_MARKUP: MarkupRules = {
  escape: harmless,
  link(text, url) {
    const address = followableUrl(url);
    if (address === undefined) return harmless(text);
    return harmless(text) === address ? address : `${harmless(text)} ${address}`;
  },
  most: LONGEST_ANNOTATION,
};

function harmless(text: string): string {
  return plainLine(text)
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll(/@(?=everyone|here|channel|all)/gi, '＠');
}
