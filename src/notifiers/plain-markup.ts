import { plainLine } from '../core/quoted.ts';
import type { MarkupRules } from '../ports/notifier.ts';

/** For what shows text as it is: JSON, the subject of a mail. */
export function plainMarkup(most: number): MarkupRules {
  return {
    escape: plainLine,
    link: (text, url) => (text === url ? plainLine(url) : `${plainLine(text)} (${plainLine(url)})`),
    most,
  };
}
