import type { MarkupRules } from '../../ports/notifier.ts';
import { escapeMarks, followableUrl, withoutEscapes, type TextGrammar } from '../marked-text.ts';

/** What is no text in a message, as the elements of a rich text block have it. */
export type SlackToken =
  | { readonly type: 'link'; readonly url: string }
  | { readonly type: 'broadcast'; readonly range: string }
  | { readonly type: 'user'; readonly user_id: string }
  | { readonly type: 'usergroup'; readonly usergroup_id: string }
  | { readonly type: 'channel'; readonly channel_id: string }
  | { readonly type: 'emoji'; readonly name: string };

/** In characters of the text. Slack takes about 13,000 in all blocks together. */
export const LONGEST_SLACK_TEXT = 8_000;

/**
 * Text is written as in Slack's mrkdwn, with a backslash before what is to be a letter, which mrkdwn has not: it is sent as
 * rich text, in which Slack reads nothing.
 */
export const SLACK_MARKUP: MarkupRules = {
  escape: escapeMarks,
  link(text, url) {
    const address = followableUrl(url);
    return address === undefined ? escapeMarks(text) : `<${address}|${escapeMarks(text)}>`;
  },
  most: LONGEST_SLACK_TEXT,
};

/** Only who writes a template writes these: values in it are escaped. */
export const SLACK_GRAMMAR: TextGrammar<SlackToken> = {
  styles: [
    ['*', 'bold'],
    ['_', 'italic'],
    ['~', 'strike'],
    ['`', 'code'],
  ],
  tokens: [
    {
      pattern: /<(https?:\/\/[^|>\s\\]+)(?:\|((?:\\.|[^>\\])*))?>/y,
      read: ([, url = '', text = '']) => ({
        text: text === '' ? url : withoutEscapes(text),
        token: { type: 'link', url },
      }),
    },
    {
      pattern: /<!(here|channel|everyone)>/y,
      read: ([, range = '']) => ({ text: `@${range}`, token: { type: 'broadcast', range } }),
    },
    {
      pattern: /<!subteam\^([A-Z0-9]{1,30})>/y,
      read: ([, id = '']) => ({ text: `@${id}`, token: { type: 'usergroup', usergroup_id: id } }),
    },
    {
      pattern: /<@([UW][A-Z0-9]{1,30})>/y,
      read: ([, id = '']) => ({ text: `@${id}`, token: { type: 'user', user_id: id } }),
    },
    {
      pattern: /<#([CG][A-Z0-9]{1,30})>/y,
      read: ([, id = '']) => ({ text: `#${id}`, token: { type: 'channel', channel_id: id } }),
    },
    {
      pattern: /(?<!\w):([a-z0-9_+'-]{1,100}):/y,
      read: ([all, name = '']) => ({ text: all, token: { type: 'emoji', name } }),
    },
  ],
};
