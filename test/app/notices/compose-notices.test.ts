import { expect, onTestFinished, test } from 'vitest';
import { composeNotices, type Notices } from '../../../src/app/compose-notices.ts';
import { createMetrics, type Metrics } from '../../../src/reporters/metrics.ts';
import { serve, type HttpServer } from '../../checks/http-server.ts';
import { load } from '../../config/given.ts';
import { aCycle, failed, updated } from '../../core/notices/reports.ts';
import { REAL_CLOCK } from '../../helpers/flow-world.ts';
import { collectLog } from '../../helpers/logs.ts';

interface Started extends Required<Pick<Notices, 'feed' | 'sent'>> {
  readonly lines: ReturnType<typeof collectLog>['lines'];
  readonly metrics: Metrics;
}

function start(notifications: object, env: Readonly<Record<string, string>> = {}): Started {
  const { log, lines } = collectLog();
  const metrics = createMetrics({ version: '0' });
  const config = load({ fileText: JSON.stringify({ notifications }) });
  const parts = { cluster: undefined, metrics } as never;
  const notices = composeNotices(config, { clock: REAL_CLOCK, log, env }, parts);
  onTestFinished(() => notices.close());
  if (notices.feed === undefined) throw new Error('there is a service');
  return { feed: notices.feed, sent: async (most) => await notices.sent(most), lines, metrics };
}

const titlesOf = ({ received }: HttpServer): readonly string[] =>
  received.map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title);

test('a template that fails on some notices is left for the default there, with one warning', async () => {
  const server = await serve((_request, response) => void response.writeHead(204).end());
  const { feed, sent, lines } = start({
    services: [{ name: 'team', webhook: { url: server.url }, perMinute: 6_000 }],
    routes: [{ to: ['team'] }],
    templates: [
      { kinds: ['updated'], title: 'second: {{ (index .Images 1).Alias }}' },
      { kinds: ['failing'], title: '{{ .Application }} is broken' },
    ],
  });
  feed.report(aCycle([updated({ app: 'one' }), failed(undefined, { app: 'bad' })]));
  feed.report(aCycle([updated({ app: 'two', commit: 'c0ffee' }), failed(undefined, { app: 'bad' })]));
  await sent(20_000);
  expect(titlesOf(server).toSorted()).toEqual([
    'argocd/one was updated',
    'argocd/two was updated',
    'bad is broken',
  ]);
  expect(lines.filter(({ message }) => message.includes('a template of notifications failed'))).toMatchObject(
    [{ level: 'warn', fields: { reason: expect.stringContaining('position 1 is out of range') } }],
  );
});

test('the secret URL of a service that takes nothing is in no log and no metric; its neighbour is served', async () => {
  const refusing = await serve(({ path }, response) => void response.writeHead(403).end(path));
  const good = await serve((_request, response) => void response.writeHead(204).end());
  const { feed, sent, lines, metrics } = start(
    {
      services: [
        { name: 'dead', webhook: { urlFrom: 'env:DEAD' }, perMinute: 6_000 },
        { name: 'refusing', webhook: { urlFrom: 'env:REFUSING' }, perMinute: 6_000 },
        { name: 'wrong', webhook: { urlFrom: 'env:WRONG' }, perMinute: 6_000 },
        { name: 'good', webhook: { urlFrom: 'env:GOOD' }, perMinute: 6_000 },
      ],
      routes: [{ to: ['dead', 'refusing', 'wrong', 'good'] }],
    },
    {
      DEAD: 'http://127.0.0.1:9/s3cret',
      REFUSING: `${refusing.url}/s3cret`,
      WRONG: 'not-a-url-s3cret',
      GOOD: `${good.url}/s3cret`,
    },
  );
  feed.report(aCycle([updated()]));
  await expect.poll(() => titlesOf(good), { timeout: 15_000 }).toEqual(['argocd/shop was updated']);
  await expect
    .poll(() => new Set(lines.map(({ fields }) => fields['service'])), { timeout: 15_000 })
    .toEqual(new Set(['dead', 'refusing', 'wrong']));
  await sent(0);
  expect(JSON.stringify(lines)).not.toContain('s3cret');
  expect(await metrics.text()).not.toContain('s3cret');
});
