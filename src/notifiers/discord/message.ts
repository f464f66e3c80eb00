import type { OutgoingNotice } from '../../ports/notifier.ts';
import { toneOf, type Tone } from '../tone.ts';
import { cutForDiscord, LONGEST_DESCRIPTION, LONGEST_EMBED_TITLE } from './markup.ts';

/** What "Execute Webhook" of Discord takes. */
export interface DiscordMessage {
  readonly embeds: readonly [
    {
      readonly title: string;
      readonly description?: string;
      readonly color: number;
      readonly timestamp: string;
    },
  ];
  /** Nobody is mentioned, whatever stands in the text. */
  readonly allowed_mentions: { readonly parse: readonly [] };
}

const COLOR: Readonly<Record<Tone, number>> = {
  good: 0x2da44e,
  neutral: 0x0969da,
  warning: 0xd29922,
  bad: 0xcf222e,
};

export function discordMessage({ notice, title, text, isTest }: OutgoingNotice): DiscordMessage {
  const heading = `${isTest === true ? 'Test: ' : ''}${title.replaceAll('\n', ' ')}`;
  const description = cutForDiscord(text.trim(), LONGEST_DESCRIPTION);
  return {
    embeds: [
      {
        title: cutForDiscord(heading, LONGEST_EMBED_TITLE),
        ...(description === '' ? {} : { description }),
        color: COLOR[toneOf(notice)],
        timestamp: new Date(notice.at).toISOString(),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}
