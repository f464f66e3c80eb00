import type { OutgoingNotice } from '../../ports/notifier.ts';
import { fitted } from '../fitted.ts';
import { cutMarkedText, readMarkedText, type Span } from '../marked-text.ts';
import { toneOf, type Tone } from '../tone.ts';
import { LONGEST_TEAMS_TEXT, TEAMS_GRAMMAR, type TeamsLink } from './markup.ts';

type CardColor = 'Good' | 'Accent' | 'Warning' | 'Attention';

/** Adaptive Cards 1.2, `TextRun`: its text is no Markdown. */
interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Medium';
  readonly color?: CardColor;
  readonly italic?: true;
  readonly strikethrough?: true;
  readonly fontType?: 'Monospace';
  readonly selectAction?: { readonly type: 'Action.OpenUrl'; readonly url: string };
}

interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly spacing?: 'None' | 'Medium';
  readonly inlines: readonly TextRun[];
}

/** What the trigger "When a Teams webhook request is received" of Workflows takes. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: {
        readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
        readonly type: 'AdaptiveCard';
        readonly version: '1.2';
        readonly body: readonly RichTextBlock[];
        readonly msteams: { readonly width: 'Full' };
      };
    },
  ];
}

const COLOR: Readonly<Record<Tone, CardColor>> = {
  good: 'Good',
  neutral: 'Accent',
  warning: 'Warning',
  bad: 'Attention',
};

const LONGEST_TITLE = 500;
/** In bytes; Teams refuses more than 28 kB. */
const LARGEST_MESSAGE = 26_000;

export function teamsMessage({ notice, title, text, isTest }: OutgoingNotice): TeamsMessage {
  const prefix = isTest === true ? [{ text: 'Test: ', styles: [] }] : [];
  const heading = cutMarkedText(readMarkedText(title.replaceAll('\n', ' '), TEAMS_GRAMMAR), LONGEST_TITLE);
  const first: RichTextBlock = {
    type: 'RichTextBlock',
    inlines: [...prefix, ...heading.flat()]
      .flatMap(runsOf)
      .map((run) => ({ ...run, weight: 'Bolder', size: 'Medium', color: COLOR[toneOf(notice)] })),
  };
  const lines = readMarkedText(text.trim(), TEAMS_GRAMMAR);
  return fitted((most) => messageOf([first, ...blocksOf(cutMarkedText(lines, most))]), {
    most: LONGEST_TEAMS_TEXT,
    fits: (made) => Buffer.byteLength(JSON.stringify(made)) <= LARGEST_MESSAGE,
  });
}

function messageOf(body: readonly RichTextBlock[]): TeamsMessage {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.2',
          body,
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}

/** A block for each line: not every client of Teams breaks lines within a run. */
function blocksOf(lines: readonly (readonly Span<TeamsLink>[])[]): readonly RichTextBlock[] {
  return lines.flatMap((line, index): readonly RichTextBlock[] => {
    if (line.length === 0) return [];
    const follows = index > 0 && (lines[index - 1]?.length ?? 0) > 0;
    return [{ type: 'RichTextBlock', spacing: follows ? 'None' : 'Medium', inlines: line.flatMap(runsOf) }];
  });
}

function runsOf({ text, styles, token }: Span<TeamsLink>): readonly TextRun[] {
  return withoutDates(text).map((part) => ({
    type: 'TextRun',
    text: part,
    ...(styles.includes('bold') ? { weight: 'Bolder' } : {}),
    ...(styles.includes('italic') ? { italic: true } : {}),
    ...(styles.includes('strike') ? { strikethrough: true } : {}),
    ...(styles.includes('code') ? { fontType: 'Monospace' } : {}),
    ...(token === undefined ? {} : { selectAction: { type: 'Action.OpenUrl', url: token.url } }),
  }));
}

/** `{{DATE(…)}}` is read in every text of a card, but not across two of them. */
function withoutDates(text: string): readonly string[] {
  return text.split(/(?<=\{)(?=\{(?:DATE|TIME)\()/i);
}
