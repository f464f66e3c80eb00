import { z } from 'zod';
import type { Received } from '../../checks/http-server.ts';
import { restOf, serveService } from './http-stand-in.ts';
import type { KindOfService, Reading } from './service-stand-in.ts';

const LABELS = z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string().min(1));

/** `postableAlerts` of the API v2; what it is in truth shows the real one. */
const ALERTS = z
  .array(
    z.strictObject({
      labels: LABELS.refine(({ alertname }) => alertname !== undefined),
      annotations: LABELS,
      startsAt: z.iso.datetime(),
      endsAt: z.iso.datetime(),
      generatorURL: z.url().optional(),
    }),
  )
  .min(1);

function read(request: Received): Reading {
  if (request.path !== '/am/api/v2/alerts') throw new Error(`no such path: ${request.path}`);
  const alerts = ALERTS.parse(JSON.parse(request.body));
  const login = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
  const shown = alerts.flatMap(({ labels, annotations }) => [
    ...Object.values(annotations),
    ...Object.entries(labels).map(([name, value]) => `${name} ${value}`),
  ]);
  return {
    login: login === '' ? undefined : login,
    rest: restOf(request, request.headers.authorization),
    shown: shown.join('\n'),
    // Its templates pass annotations on as they are: what would be a mention or a link in a chat.
    marks: alerts.flatMap(({ annotations }) =>
      Object.values(annotations).flatMap(
        (text) => text.match(/<[^>]*>|@(?:everyone|here|channel|all)\b/gi) ?? [],
      ),
    ),
  };
}

export const ALERTMANAGER: KindOfService = {
  knowsItsReceipt: false,
  start: (tls) =>
    serveService(
      {
        setUp: (url) => ({
          row: {
            alertmanager: {
              urls: [`${url}/am/`],
              usernameFrom: 'env:USER',
              passwordFrom: 'env:PASSWORD',
              ...(tls === undefined ? {} : { caFile: tls.caFile }),
            },
          },
          secrets: { 'env:USER': 'lynceus-user', 'env:PASSWORD': 'pa:ss wörd' },
        }),
        read,
        receipt: { status: 200 },
      },
      tls,
    ),
};
