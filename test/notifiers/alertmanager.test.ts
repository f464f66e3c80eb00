import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../src/core/notices/notice.ts';
import { alertsOf } from '../../src/notifiers/alertmanager/alert.ts';
import { ALERTMANAGER_MARKUP } from '../../src/notifiers/alertmanager/markup.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import { startAlertmanager, type Alertmanager, type ListedAlert } from '../helpers/alertmanager.ts';
import { serve, type Received } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from './a-notice.ts';

const NEVER = new AbortController().signal;
const MINUTE = 60_000;

let manager: Alertmanager;
let other: Alertmanager;
let names = 0;

beforeAll(async () => {
  manager = await startAlertmanager();
  other = await startAlertmanager({ user: { name: 'lynceus', password: 'pa:ss wörd' } });
});

afterAll(async () => {
  await manager.stop();
  await other.stop();
});

/** Real time, or some minutes behind it, in which a minute passes when it is let. */
function aClock(behind = 0) {
  const sleepers: (() => void)[] = [];
  let later = -behind;
  const clock: Clock = {
    now: () => Date.now() + later,
    random: () => 0.5,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
        sleepers.push(() => {
          later += milliseconds;
          resolve();
        });
      }),
  };
  return { clock, sleepers, pass: () => sleepers.shift()?.() };
}

/** An Application of its own for a test, so that each sees nothing but its alerts. */
function anApplication(changes: Partial<Notice> = {}): Partial<Notice> {
  const name = `app-${(names += 1)}`;
  return {
    kind: 'failing',
    severity: 'error',
    subject: name,
    application: { namespace: 'argocd', name },
    at: Date.now() - 10 * MINUTE,
    images: [
      { alias: 'api', image: 'ghcr.io/acme/api', from: '1.4.1' },
      { alias: 'web', image: 'ghcr.io/acme/web', from: '2.0.0' },
    ],
    code: 'registry-unreachable',
    ...changes,
  };
}

function firingOf(changes: Partial<Notice>, from = manager): readonly ListedAlert[] {
  return from.firing().filter(({ labels }) => labels['application'] === changes.application?.name);
}

async function aNotifier(urls = [manager.url], changes: object = {}, clock = aClock().clock) {
  const secrets = { 'env:USER': 'lynceus', 'env:PASSWORD': 'pa:ss wörd' };
  return await theNotifier({ alertmanager: { urls, ...changes } }, secrets, { clock });
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 10_000, interval: 5 }).toBe(true);
}

describe('alerts in a real Alertmanager', () => {
  test('fire for each image that fails, and end when it is well again', async () => {
    const notifier = await aNotifier();
    const [failing, neighbour] = [anApplication(), anApplication()];
    await notifier.send(outgoing(notifier, failing, { title: 'it fails', text: 'no\nanswer' }), NEVER);
    await notifier.send(outgoing(notifier, neighbour), NEVER);
    const found = firingOf(failing);
    expect(
      found
        .map(({ labels }) => labels)
        .toSorted((a, b) => (a['alias'] ?? '').localeCompare(b['alias'] ?? '')),
    ).toEqual([
      {
        alertname: 'LynceusFailing',
        severity: 'warning',
        namespace: 'argocd',
        application: failing.application?.name,
        project: 'default',
        image: 'ghcr.io/acme/api',
        alias: 'api',
      },
      expect.objectContaining({ image: 'ghcr.io/acme/web', alias: 'web' }),
    ]);
    expect(found[0]).toMatchObject({
      annotations: { summary: 'it fails', description: 'no\nanswer', code: 'registry-unreachable' },
      generatorURL: expect.stringMatching(/^https:\/\/github\.com\/acme\/shop\/commit\//),
      startsAt: new Date(failing.at ?? 0).toISOString(),
    });
    await notifier.send(
      outgoing(notifier, { ...failing, kind: 'recovered', severity: 'info', code: 'recovered' }),
      NEVER,
    );
    expect(firingOf(failing)).toEqual([]);
    expect(firingOf(neighbour)).toHaveLength(2);
  });

  test('end also when another process sees the recovery', async () => {
    const failing = anApplication();
    const first = await aNotifier();
    await first.send(outgoing(first, failing), NEVER);
    expect(firingOf(failing)).toHaveLength(2);
    first.close();
    const second = await aNotifier();
    await second.send(outgoing(second, { ...failing, kind: 'recovered' }), NEVER);
    expect(firingOf(failing)).toEqual([]);
  });

  test('are sent again every minute while they last, and not after', async () => {
    const { clock, pass, sleepers } = aClock(2 * MINUTE);
    const notifier = await aNotifier(undefined, {}, clock);
    const failing = anApplication();
    await notifier.send(outgoing(notifier, failing), NEVER);
    const [{ endsAt: first, startsAt } = { endsAt: '', startsAt: '' }] = firingOf(failing);
    pass();
    await until(() => sleepers.length === 1);
    const [again] = firingOf(failing);
    expect(Date.parse(again?.endsAt ?? '') - Date.parse(first)).toBeGreaterThanOrEqual(MINUTE);
    expect(again?.startsAt).toBe(startsAt);
    const neighbour = anApplication();
    await notifier.send(outgoing(notifier, neighbour), NEVER);
    await notifier.send(outgoing(notifier, { ...failing, kind: 'recovered' }), NEVER);
    pass();
    await until(() => sleepers.length === 1);
    expect(firingOf(failing)).toEqual([]);
    expect(firingOf(neighbour)).toHaveLength(2);
  });

  test('last as the cycles say: what stands is sent at once, what does not is left to end', async () => {
    const { clock, pass, sleepers } = aClock(2 * MINUTE);
    const notifier = await aNotifier(undefined, {}, clock);
    const [first, second] = [anApplication(), anApplication()];
    notifier.keep?.([outgoing(notifier, first), outgoing(notifier, second)]);
    await until(() => sleepers.length === 1);
    const endsOf = (changes: Partial<Notice>): number => Date.parse(firingOf(changes)[0]?.endsAt ?? '');
    const before = [endsOf(first), endsOf(second)] as const;
    notifier.keep?.([outgoing(notifier, second)]);
    pass();
    await until(() => sleepers.length === 1);
    expect(endsOf(first)).toBe(before[0]);
    expect(endsOf(second)).toBeGreaterThanOrEqual(before[1] + MINUTE);
    const after = endsOf(second);
    const third = anApplication();
    notifier.keep?.([]);
    notifier.keep?.([outgoing(notifier, third)]);
    pass();
    await until(() => sleepers.length === 1);
    expect(endsOf(second)).toBe(after);
    expect(firingOf(third)).toHaveLength(2);
  });

  test('of what happens once fire for a while', async () => {
    const notifier = await aNotifier(undefined, { fireFor: '30m' });
    const updated = anApplication({
      kind: 'rolled-back',
      severity: 'warning',
      pullRequest: 'javascript:alert(1)',
    });
    const before = Date.now();
    await notifier.send(outgoing(notifier, updated), NEVER);
    const [alert] = firingOf(updated);
    expect(alert?.labels).toMatchObject({ alertname: 'LynceusRolledBack', severity: 'warning' });
    expect(Date.parse(alert?.endsAt ?? '') - before).toBeGreaterThanOrEqual(30 * MINUTE - 1);
    expect(Date.parse(alert?.endsAt ?? '') - before).toBeLessThan(31 * MINUTE);
    expect(alert?.annotations).not.toHaveProperty('pull_request');
  });

  test.each(['failing', 'updated', 'recovered'] as const)(
    'do not begin by a test of the kind %s',
    async (kind) => {
      const { clock, sleepers } = aClock();
      const notifier = await aNotifier(undefined, {}, clock);
      const tried = anApplication({ kind });
      await notifier.send(outgoing(notifier, tried, { isTest: true }), NEVER);
      expect(firingOf(tried)).toEqual([]);
      expect(sleepers).toHaveLength(0);
    },
  );

  test('have labels and annotations of whatever others wrote', async () => {
    const notifier = await aNotifier();
    const text = `"}\\{{ $x }}\n<!channel> @everyone \u202e\u001b[1m ${'9'.repeat(10_000)}`;
    const hostile = anApplication({
      images: [
        { alias: text, image: text, from: text, to: text },
        { alias: `${text}2`, image: `${text}2` },
      ],
      project: text,
      reason: text,
    });
    const escaped = notifier.markup.escape(text);
    await notifier.send(
      outgoing(notifier, hostile, { title: escaped, text: `${escaped}\n${escaped}` }),
      NEVER,
    );
    const found = firingOf(hostile);
    expect(found).toHaveLength(2);
    for (const { labels, annotations } of found) {
      expect(Object.values(labels).join('')).toMatch(/^[^\p{Cc}\p{Cf}]{100,1500}$/u);
      const all = Object.values(annotations).join('').replaceAll('\n', '');
      expect(all.match(/[<>\p{Cc}\p{Cf}]|@everyone/u)).toBeNull();
      expect(annotations['description']).toMatch(/… \(cut\)$/);
    }
  });

  test('reach every one of a cluster, with its login, and are taken when one of them takes them', async () => {
    const login = { usernameFrom: 'env:USER', passwordFrom: 'env:PASSWORD' };
    const notifier = await aNotifier([`${manager.url}/`, 'http://127.0.0.1:9', other.url], login);
    const failing = anApplication();
    await notifier.send(outgoing(notifier, failing), NEVER);
    expect(firingOf(failing)).toHaveLength(2);
    expect(firingOf(failing, other)).toHaveLength(2);
  });

  test.each<[string, () => readonly string[], object]>([
    ['nobody answers', () => ['http://127.0.0.1:9'], { code: 'notifier-unreachable', retryable: true }],
    ['there is no login', () => [other.url], { code: 'notifier-denied', retryable: false }],
    ['one may answer later', () => [other.url, 'http://127.0.0.1:9'], { retryable: true }],
  ])('are not taken when %s', async (_why, urls, expected) => {
    const notifier = await aNotifier([...urls()]);
    expect(await errorOf(notifier.send(outgoing(notifier, anApplication()), NEVER))).toMatchObject(expected);
  });

  test('are what it notifies of, once for the beginning and once for the end', async () => {
    const received: Received[] = [];
    const { url } = await serve((request, response) => {
      received.push(request);
      response.end();
    });
    const notifying = await startAlertmanager({ webhook: url });
    onTestFinished(() => notifying.stop());
    const notifier = await aNotifier([notifying.url]);
    const failing = anApplication({ images: [{ alias: 'api', image: 'ghcr.io/acme/api' }] });
    await notifier.send(outgoing(notifier, failing), NEVER);
    await until(() => received.length === 1);
    await notifier.send(outgoing(notifier, { ...failing, kind: 'recovered' }), NEVER);
    await until(() => received.length === 2);
    expect(received.map(({ body }) => (JSON.parse(body) as { status: string }).status)).toEqual([
      'firing',
      'resolved',
    ]);
  });
});

describe('an alert', () => {
  const TIMES = { startsAt: 0, endsAt: 1 };
  const made = (changes: Partial<Notice>, others: Partial<OutgoingNotice> = {}) =>
    alertsOf(outgoing({ markup: ALERTMANAGER_MARKUP }, changes, others), TIMES);

  test('is one for what concerns many', () => {
    const many = made({
      kind: 'failing',
      application: undefined as never,
      subject: 'registry down',
      extent: { applications: 40, images: 70 },
      images: Array.from({ length: 10 }, (_, index) => ({
        alias: `${index}`,
        image: `ghcr.io/acme/${index}`,
      })),
    });
    expect(many).toHaveLength(1);
    expect(many[0]?.labels).toEqual({
      alertname: 'LynceusFailing',
      severity: 'warning',
      project: 'default',
      condition: 'registry down',
    });
  });

  test('is one where several images are the same to Alertmanager', () => {
    const image = { alias: 'api', image: 'ghcr.io/acme/api' };
    expect(made({ images: [image, image] })).toHaveLength(1);
    expect(made({ images: [] })).toHaveLength(1);
  });

  test('has another label for another name, however long', () => {
    const long = 'x'.repeat(1_000);
    const names = [`${long}1`, `${long}2`].map(
      (image) => made({ images: [{ alias: '', image }] })[0]?.labels['image'],
    );
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name?.length).toBeLessThan(330);
  });

  test('has the labels of its beginning at its end, whatever was found', () => {
    const failing = {
      kind: 'failing',
      severity: 'error',
      code: 'registry-unreachable',
      reason: 'a',
    } as const;
    const recovered = { kind: 'recovered', severity: 'info', code: 'recovered', reason: 'b', at: 5 } as const;
    expect(made(recovered).map(({ labels }) => labels)).toEqual(made(failing).map(({ labels }) => labels));
  });
});
