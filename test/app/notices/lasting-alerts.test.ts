import { expect, onTestFinished, test } from 'vitest';
import { composeNotices } from '../../../src/app/compose-notices.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { createNoticeFeed } from '../../../src/app/notices/notice-feed.ts';
import { createNoticesInMemory } from '../../../src/app/notices/notices-in-memory.ts';
import { startAlertmanager } from '../../helpers/alertmanager.ts';
import { load } from '../../config/given.ts';
import { aCycle, anImage, failed, OPTIONS } from '../../core/notices/reports.ts';
import { SILENT } from '../../helpers/logs.ts';

/** Real time in which nobody wakes. */
const clock: Clock = {
  now: () => Date.now(),
  random: () => 0.5,
  sleep: (_milliseconds, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    }),
};

const EVERYTHING = {
  projects: [],
  namespaces: [],
  applications: [],
  images: [],
  when: [],
  atLeast: 'info',
} as const;

test('what fails fires in Alertmanager, each by itself, until it is well again', async () => {
  const manager = await startAlertmanager();
  onTestFinished(() => manager.stop());
  const config = load({
    fileText: JSON.stringify({
      notifications: {
        services: [{ name: 'alerts', alertmanager: { urls: [manager.url] } }],
        routes: [{ when: ['failing', 'recovered'], to: ['alerts'] }],
        together: 2,
      },
    }),
  });
  const start = () => {
    const metrics = {
      notices: { begin: () => undefined, settled: () => undefined, queued: () => undefined },
    };
    const environment = { clock, log: SILENT, env: {} } as never;
    const notices = composeNotices(config, environment, { cluster: undefined, metrics } as never);
    onTestFinished(() => notices.close());
    if (notices.feed === undefined) throw new Error('there is a service');
    return { notices, feed: notices.feed };
  };
  const firing = (): readonly string[] =>
    manager
      .firing()
      .map(({ labels }) => `${labels['alertname']} ${labels['application']}`)
      .toSorted();

  const first = start();
  first.feed.report(aCycle([failed(), failed(undefined, { app: 'cart' }), anImage({ app: 'other' })]));
  await expect.poll(firing, { timeout: 15_000 }).toEqual(['LynceusFailing cart', 'LynceusFailing shop']);
  first.feed.report(aCycle([failed(), anImage({ app: 'cart' }), anImage({ app: 'other' })]));
  await expect.poll(firing, { timeout: 15_000 }).toEqual(['LynceusFailing shop']);
  first.feed.report(aCycle([anImage(), anImage({ app: 'cart' }), failed(undefined, { app: 'other' })]));
  await expect.poll(firing, { timeout: 15_000 }).toEqual(['LynceusFailing other']);
  await first.notices.close();
});

test('each service is given what fails still and goes there, and nothing once another process has the lead', async () => {
  const given: (readonly [string, readonly string[]])[] = [];
  const feed = createNoticeFeed({
    kept: createNoticesInMemory(),
    routes: [
      { ...EVERYTHING, targets: [{ service: 'alerts' }] },
      { ...EVERYTHING, applications: ['cart'], targets: [{ service: 'chat', recipient: '#cart' }] },
      { ...EVERYTHING, when: ['updated'], targets: [{ service: 'mail' }] },
    ],
    together: 10,
    observe: OPTIONS,
    takesEach: async () => await Promise.resolve(true),
    add: () => undefined,
    async keep(service, standing) {
      const texts = standing.map(({ notice, recipient = '' }) => `${notice.application?.name}${recipient}`);
      given.push([service, texts]);
      await Promise.resolve();
    },
    services: ['alerts', 'chat', 'mail'],
    clock,
    log: SILENT,
  });
  feed.report(aCycle([failed(), failed(undefined, { app: 'cart' })]));
  feed.report(aCycle([failed()], { partial: true }));
  feed.losesLead();
  await feed.idle();
  expect(given).toEqual([
    ['alerts', ['shop', 'cart']],
    ['chat', ['cart#cart']],
    ['mail', []],
    ['alerts', []],
    ['chat', []],
    ['mail', []],
  ]);
});
