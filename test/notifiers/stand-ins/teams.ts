import { z } from 'zod';
import type { Received } from '../../checks/http-server.ts';
import { byWebhook, restOf, secretOfPath, serveService } from './http-stand-in.ts';
import type { KindOfService, Reading } from './service-stand-in.ts';

/** Of the schema of Adaptive Cards 1.2 what is used: any other property is refused here. */
const TEXT_RUN = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  color: z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
  italic: z.boolean().optional(),
  strikethrough: z.boolean().optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
  selectAction: z.strictObject({ type: z.literal('Action.OpenUrl'), url: z.url() }).optional(),
});

const CARD = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.2'),
  body: z.array(
    z.strictObject({
      type: z.literal('RichTextBlock'),
      spacing: z.enum(['None', 'Small', 'Default', 'Medium', 'Large']).optional(),
      inlines: z.array(TEXT_RUN).min(1),
    }),
  ),
  msteams: z.strictObject({ width: z.literal('Full') }),
});

const MESSAGE = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: CARD,
      }),
    )
    .length(1),
});

const LARGEST = 28 * 1024;
/** "Text features": dates and times, in every text. */
const DATE = /\{\{(?:DATE|TIME)\([^}]*\)\}\}/gi;

function read(request: Received): Reading {
  if (Buffer.byteLength(request.body) > LARGEST) throw new Error('the message is larger than 28 kB');
  const { attachments } = MESSAGE.parse(JSON.parse(request.body));
  const lines = attachments.flatMap(({ content }) => content.body);
  const runs = lines.flatMap(({ inlines }) => inlines);
  const login = secretOfPath(request);
  return {
    login,
    rest: restOf(request, login),
    shown: lines.map(({ inlines }) => inlines.map(({ text }) => text).join('')).join('\n'),
    marks: [
      ...new Set(
        runs.flatMap(({ text, type: _type, ...others }) => [
          ...(text.match(DATE) ?? []),
          ...(Object.keys(others).length === 0 ? [] : [JSON.stringify(others)]),
        ]),
      ),
    ],
  };
}

/** The trigger "When a Teams webhook request is received" of Workflows. */
export const TEAMS: KindOfService = {
  knowsItsReceipt: false,
  start: (tls) =>
    serveService(
      {
        setUp: byWebhook('teams', tls),
        read,
        receipt: { status: 202 },
        bodies: {
          denied: '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"The workflow is off."}}',
        },
      },
      tls,
    ),
};
