import type { OutgoingNotice } from '../../ports/notifier.ts';
import { fitted } from '../fitted.ts';
import { cutMarkedText, readMarkedText, seenText, type Span } from '../marked-text.ts';
import { toneOf, type Tone } from '../tone.ts';
import { LONGEST_SLACK_TEXT, SLACK_GRAMMAR, type SlackToken } from './markup.ts';

type Style = Readonly<Partial<Record<'bold' | 'italic' | 'strike' | 'code', true>>>;

type RichTextElement =
  | { readonly type: 'text'; readonly text: string; readonly style?: Style }
  | { readonly type: 'link'; readonly url: string; readonly text: string; readonly style?: Style }
  | Exclude<SlackToken, { readonly type: 'link' }>;

/** Block Kit: a `rich_text` block, whose text elements are shown to the letter. */
interface RichTextBlock {
  readonly type: 'rich_text';
  readonly elements: readonly [
    { readonly type: 'rich_text_section'; readonly elements: readonly RichTextElement[] },
  ];
}

/** What `chat.postMessage` and incoming webhooks have in common. */
export interface SlackMessage {
  /** For notifications of the phone, and for readers of screens. */
  readonly text: string;
  readonly mrkdwn: false;
  readonly blocks: readonly RichTextBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

const EMOJI: Readonly<Record<Tone, string>> = {
  good: 'large_green_circle',
  neutral: 'large_blue_circle',
  warning: 'large_yellow_circle',
  bad: 'red_circle',
};

const LONGEST_TITLE = 500;
/** In characters of the JSON; Slack refuses somewhat more than 13,000 (`msg_blocks_too_long`). */
const LARGEST_BLOCKS = 12_000;

export function slackMessage({ notice, title, text, isTest }: OutgoingNotice): SlackMessage {
  const heading = cutMarkedText(readMarkedText(title.replaceAll('\n', ' '), SLACK_GRAMMAR), LONGEST_TITLE);
  const prefix = isTest === true ? 'Test: ' : '';
  const first: readonly RichTextElement[] = [
    { type: 'emoji', name: EMOJI[toneOf(notice)] },
    { type: 'text', text: ` ${prefix}`, style: { bold: true } },
    ...heading.flat().map((span) => elementOf({ ...span, styles: [...span.styles, 'bold'] })),
  ];
  const lines = readMarkedText(text.trim(), SLACK_GRAMMAR);
  const blocks = fitted((most) => [blockOf(first), ...bodyOf(cutMarkedText(lines, most))], {
    most: LONGEST_SLACK_TEXT,
    fits: (made) => JSON.stringify(made).length <= LARGEST_BLOCKS,
  });
  return {
    text: entities(`${prefix}${seenText(heading)}`),
    mrkdwn: false,
    blocks,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function blockOf(elements: readonly RichTextElement[]): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] };
}

function bodyOf(lines: readonly (readonly Span<SlackToken>[])[]): readonly RichTextBlock[] {
  const elements = lines.flatMap((line, index) => [
    ...(index === 0 ? [] : [{ type: 'text', text: '\n' } as const]),
    ...line.map(elementOf),
  ]);
  return elements.length === 0 ? [] : [blockOf(elements)];
}

function elementOf({ text, styles, token }: Span<SlackToken>): RichTextElement {
  const style = styles.length === 0 ? {} : { style: styleOf(styles) };
  if (token === undefined) return { type: 'text', text, ...style };
  return token.type === 'link' ? { type: 'link', url: token.url, text, ...style } : token;
}

function styleOf(styles: Span<SlackToken>['styles']): Style {
  return Object.fromEntries(styles.map((style) => [style, true as const]));
}

/** The three characters that Slack reads in any text ("Formatting text for app surfaces"). */
function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
