import { z } from 'zod';
import type { Received } from '../../checks/http-server.ts';
import { byWebhook, restOf, secretOfPath, serveService } from './http-stand-in.ts';
import type { KindOfService, Reading } from './service-stand-in.ts';

const STYLE = z
  .strictObject({ bold: z.boolean(), italic: z.boolean(), strike: z.boolean(), code: z.boolean() })
  .partial()
  .optional();

/** "Rich text section element", docs.slack.dev. */
const ELEMENT = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style: STYLE }),
  z.strictObject({ type: z.literal('link'), url: z.url(), text: z.string().optional(), style: STYLE }),
  z.strictObject({ type: z.literal('emoji'), name: z.string() }),
  z.strictObject({ type: z.literal('user'), user_id: z.string() }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string() }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string() }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']) }),
]);

const BLOCK = z.strictObject({
  type: z.literal('rich_text'),
  elements: z.array(
    z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(ELEMENT).min(1) }),
  ),
});

/** A message is refused from 13,000 characters of JSON in its blocks on (`msg_blocks_too_long`), and above 50 blocks. */
const MESSAGE = {
  text: z.string().min(1).max(4_000),
  mrkdwn: z.literal(false),
  blocks: z
    .array(BLOCK)
    .min(1)
    .max(50)
    .refine((blocks) => JSON.stringify(blocks).length < 13_000, 'msg_blocks_too_long'),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
};

const POSTED = {
  webhook: z.strictObject(MESSAGE),
  bot: z.strictObject({ channel: z.string().min(1), ...MESSAGE }),
};

function read(request: Received, login: string | undefined, schema: keyof typeof POSTED): Reading {
  if (request.method !== 'POST') throw new Error(`${request.method} is not supported`);
  const message = POSTED[schema].parse(JSON.parse(request.body));
  const elements = message.blocks.flatMap((block) => block.elements.flatMap((section) => section.elements));
  // What is no entity in the text would be a link or a mention: `<…>`.
  const fallback = message.text.match(/<[^>]*>|&(?!amp;|lt;|gt;)/g) ?? [];
  return {
    login,
    rest: restOf(request, login),
    shown: elements.map((one) => ('text' in one ? one.text : '')).join(''),
    marks: [...fallback, ...elements.flatMap(marksOf)],
    recipient: 'channel' in message ? (message.channel as string) : undefined,
  };
}

function marksOf(element: z.infer<typeof ELEMENT>): readonly string[] {
  switch (element.type) {
    case 'text':
      return Object.keys(element.style ?? {});
    case 'link':
      return [`link ${element.url}`];
    default:
      return [JSON.stringify(element)];
  }
}

/** Posted to an incoming webhook ("Sending messages using incoming webhooks"): its answers are text. */
export const SLACK_WEBHOOK: KindOfService = {
  knowsItsReceipt: true,
  start: (tls) =>
    serveService(
      {
        setUp: byWebhook('slack', tls),
        read: (request) => read(request, secretOfPath(request), 'webhook'),
        receipt: { status: 200, body: 'ok' },
        bodies: { denied: 'action_prohibited', refused: 'invalid_payload', failing: 'rollup_error' },
      },
      tls,
    ),
};

const TOKEN = 'xoxb-1234-5678-SeCrEtToKeN';

/** Posted by `chat.postMessage`. */
export const SLACK_BOT: KindOfService = {
  knowsItsReceipt: true,
  recipient: '#team-a',
  start: (tls) =>
    serveService(
      {
        setUp: (url) => ({
          row: {
            slack: {
              tokenFrom: 'env:TOKEN',
              channel: '#deployments',
              apiUrl: `${url}/api`,
              ...(tls === undefined ? {} : { caFile: tls.caFile }),
            },
          },
          secrets: { 'env:TOKEN': TOKEN },
        }),
        read(request) {
          if (request.path !== '/api/chat.postMessage') throw new Error(`unknown_method: ${request.path}`);
          return read(request, /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1], 'bot');
        },
        receipt: { status: 200, body: '{"ok":true,"channel":"C0001","ts":"1767268800.000100"}' },
        bodies: { garbage: '{"ok":"yes"}' },
      },
      tls,
    ),
};
