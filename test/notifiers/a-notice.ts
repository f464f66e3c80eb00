import { onTestFinished } from 'vitest';
import type { Notice } from '../../src/core/notices/notice.ts';
import { createNotifier } from '../../src/notifiers/create-notifier.ts';
import type { NotifierParts } from '../../src/notifiers/notifier-parts.ts';
import type { Notifier, OutgoingNotice } from '../../src/ports/notifier.ts';
import type { NotificationServiceRow } from '../../src/settings/notification-service.ts';
import { load } from '../config/given.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

export const NOON = Date.parse('2026-01-01T12:00:00Z');

/** `argocd/shop` was updated. */
export function aNotice(changes: Partial<Notice> = {}): Notice {
  return {
    kind: 'updated',
    key: 'updated:0123456789abcdef',
    subject: 'argocd/shop',
    at: NOON,
    severity: 'info',
    application: { namespace: 'argocd', name: 'shop' },
    project: 'default',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', outcome: 'updated', from: '1.4.1', to: '1.4.2' }],
    code: 'newer-version',
    reason: '1.4.2 is newer than 1.4.1',
    commit: {
      sha: '0123456789abcdef0123456789abcdef01234567',
      branch: 'main',
      remote: 'https://github.com/acme/shop',
      url: 'https://github.com/acme/shop/commit/0123456789abcdef0123456789abcdef01234567',
    },
    ...changes,
  };
}

/** The notice with foreign texts escaped by the service. */
export function outgoing(
  { markup }: Pick<Notifier, 'markup'>,
  changes: Partial<Notice> = {},
  others: Partial<OutgoingNotice> = {},
): OutgoingNotice {
  const notice = aNotice(changes);
  const name = markup.escape(notice.application?.name ?? '');
  return { notice, title: `${name} was updated`, text: markup.escape(notice.reason), ...others };
}

/** An entry of `notifications.services` as it is written. */
export function serviceRow(written: Readonly<Record<string, unknown>>): NotificationServiceRow {
  const { notifications } = load({
    fileText: JSON.stringify({ notifications: { services: [{ name: 'ops', ...written }] } }),
  });
  const [row] = notifications.services;
  if (row === undefined) throw new Error('there is no service');
  return row;
}

/** A service that is closed with the test. Secrets by their places: `env:TOKEN`. */
export async function theNotifier(
  written: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = {},
  parts: Partial<NotifierParts> = {},
): Promise<Notifier> {
  const notifier = await createNotifier(serviceRow(written), {
    clock: createVirtualClock(NOON),
    userAgent: 'lynceus/test',
    proxyFor: () => undefined,
    readSecret: async (place) => await Promise.resolve(secrets[place] ?? ''),
    ...parts,
  });
  onTestFinished(() => notifier.close());
  return notifier;
}
