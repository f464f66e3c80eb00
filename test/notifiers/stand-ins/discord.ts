import { z } from 'zod';
import type { Received } from '../../checks/http-server.ts';
import { byWebhook, restOf, secretOfPath, serveService } from './http-stand-in.ts';
import type { KindOfService, Reading } from './service-stand-in.ts';

/** "Execute Webhook" and "Embed Limits" of Discord's documentation. */
const MESSAGE = z.strictObject({
  embeds: z
    .array(
      z.strictObject({
        title: z.string().min(1).max(256),
        description: z.string().min(1).max(4_096).optional(),
        color: z.int().min(0).max(0xffffff),
        timestamp: z.iso.datetime(),
      }),
    )
    .min(1)
    .max(10)
    .refine(
      (all) => all.reduce((sum, one) => sum + one.title.length + (one.description ?? '').length, 0) <= 6_000,
    ),
  allowed_mentions: z.strictObject({ parse: z.array(z.never()) }),
});

/** A backslash makes a letter of any sign (Discord's Markdown); a letter is kept apart from what the rules below see. */
const LETTERS = 0xe000;

/** What Discord makes of text besides letters ("Message Formatting", and the Markdown of its clients). */
const MARKS: readonly RegExp[] = [
  /\[[^\]]+\]\([^)\s]+\)/g,
  /\b(?:https?|steam|discord):\/\/[^\s<]+/g,
  /<(?:@[!&]?|#|t:|id:|:\w+:|a:\w+:|\/)[^>]*>|<https?:[^>]*>|<\+?\d+>|<\S+@\S+>/g,
  /@everyone|@here/g,
  /(\*{1,3}|_{1,3}|~~|\|\||`{1,3})[^]+?\1/g,
  /^(?:#{1,3}|-#|>{1,3}|[-*+]|\d+\.)\s.*/gm,
  /:[\w+-]+:/g,
];

/** The text that is seen, and what is made of it. */
export function readDiscordText(text: string): Pick<Reading, 'shown' | 'marks'> {
  const apart = text.replaceAll(/\\([^0-9A-Za-z\s])/gu, (_all, sign: string) =>
    String.fromCodePoint(LETTERS + (sign.codePointAt(0) ?? 0)),
  );
  const together = (part: string): string =>
    part.replaceAll(/[\uE000-\uF8FF]/g, (one) => String.fromCodePoint((one.codePointAt(0) ?? 0) - LETTERS));
  const marks = MARKS.flatMap((pattern) => apart.match(pattern) ?? []);
  return { shown: together(apart.replaceAll(/\[([^\]]+)\]\([^)\s]+\)/g, '$1')), marks: marks.map(together) };
}

function read(request: Received): Reading {
  const url = new URL(request.path, 'http://127.0.0.1');
  if (url.searchParams.get('wait') !== 'true') throw new Error('what is not posted would not be reported');
  const { embeds } = MESSAGE.parse(JSON.parse(request.body));
  const texts = embeds.flatMap(({ title, description = '' }) => [title, description]).map(readDiscordText);
  const login = secretOfPath(request);
  return {
    login,
    rest: restOf(request, login),
    shown: texts.map(({ shown }) => shown).join('\n'),
    marks: texts.flatMap(({ marks }) => marks),
    recipient: url.searchParams.get('thread_id') ?? undefined,
  };
}

export const DISCORD: KindOfService = {
  knowsItsReceipt: true,
  recipient: '1234567890123456789',
  start: (tls) =>
    serveService(
      {
        setUp: byWebhook('discord', tls),
        read,
        receipt: { status: 200, body: '{"id":"1","channel_id":"2"}' },
        bodies: {
          limited: '{"message":"You are being rate limited.","retry_after":6.457,"global":false}',
          denied: '{"message":"Invalid Webhook Token","code":50027}',
          refused: '{"message":"Invalid Form Body","code":50035}',
        },
      },
      tls,
    ),
};
