import type { MarkupRules } from '../../ports/notifier.ts';
import { escapeMarks, followableUrl, withoutEscapes, type TextGrammar } from '../marked-text.ts';

export interface TeamsLink {
  readonly url: string;
}

/** In characters of the text. A message may have 28 kB. */
export const LONGEST_TEAMS_TEXT = 8_000;

/** Text is written in the Markdown of Adaptive Cards. It is sent as runs of text, in which Teams reads nothing. */
export const TEAMS_MARKUP: MarkupRules = {
  escape: escapeMarks,
  link(text, url) {
    const address = followableUrl(url);
    return address === undefined ? escapeMarks(text) : `[${escapeMarks(text)}](${address})`;
  },
  most: LONGEST_TEAMS_TEXT,
};

/** Only who writes a template writes these: values in it are escaped. */
export const TEAMS_GRAMMAR: TextGrammar<TeamsLink> = {
  styles: [
    ['**', 'bold'],
    ['*', 'italic'],
    ['_', 'italic'],
    ['~~', 'strike'],
    ['`', 'code'],
  ],
  tokens: [
    {
      pattern: /\[((?:\\.|[^\]\\])*)\]\((https?:\/\/[^)\s\\]+)\)/y,
      read: ([, text = '', url = '']) => ({
        text: text === '' ? url : withoutEscapes(text),
        token: { url },
      }),
    },
  ],
};
