import { z } from 'zod';
import { restOf, serveService } from './http-stand-in.ts';
import type { KindOfService } from './service-stand-in.ts';

/** CloudEvents 1.0: what is required, and names of attributes. */
const EVENT = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1),
    source: z.string().min(1),
    type: z.string().min(1),
    time: z.iso.datetime(),
    data: z.looseObject({ title: z.string(), text: z.string(), test: z.boolean() }),
  })
  .refine((event) => Object.keys(event).every((name) => /^[a-z0-9]+$/.test(name)));

export const WEBHOOK: KindOfService = {
  knowsItsReceipt: false,
  start: (tls) =>
    serveService(
      {
        setUp: (url) => ({
          row: {
            webhook: {
              urlFrom: 'env:HOOK',
              tokenFrom: 'env:TOKEN',
              ...(tls === undefined ? {} : { caFile: tls.caFile }),
            },
          },
          secrets: { 'env:HOOK': `${url}/b7Xq2LmV9sWkHj4Z`, 'env:TOKEN': 'a-bearer-token' },
        }),
        read(request) {
          const { data } = EVENT.parse(JSON.parse(request.body));
          const authorization = request.headers.authorization?.replace('Bearer ', '');
          const login = `${request.path.slice(1)} ${authorization}`;
          const rest = restOf({ ...request, path: '' }, authorization);
          return {
            login,
            rest,
            // Receivers have their own languages: what is sent is JSON, which has no mark-up.
            shown: [data.title, data.text, ...(data.test ? ['Test'] : [])].join('\n'),
            marks: [],
          };
        },
        receipt: { status: 204 },
      },
      tls,
    ),
};
