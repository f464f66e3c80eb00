import { asLynceusError, LynceusError } from '../../errors.ts';
import { accessHeaders } from '../../http/server-access.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';
import { alertsOf, type Alert } from './alert.ts';
import { createFiringAlerts, ENDS_AFTER } from './firing-alerts.ts';
import { ALERTMANAGER_MARKUP } from './markup.ts';

/** In alerts of one request. */
const MOST_AT_ONCE = 500;

/**
 * Sends alerts to every Alertmanager of a cluster of them. `failing` fires until `recovered`, and is sent again every minute, so that it ends
 * by itself when nobody knows any more. What happens once fires for `fireFor`. A test is an alert that has ended already.
 */
export function createAlertmanagerNotifier(
  settings: ServiceSettings<'alertmanager'>,
  { name, clock, readSecret, ...parts }: NotifierParts,
): Notifier {
  const client = createServiceClient(settings, { name, ...parts });
  const firing = createFiringAlerts(clock, async (lasting, signal) => {
    const endsAt = clock.now() + ENDS_AFTER;
    const alerts = lasting.flatMap((one) => alertsOf(one, { startsAt: one.notice.at, endsAt }));
    for (let from = 0; from < alerts.length; from += MOST_AT_ONCE)
      await postToAll(alerts.slice(from, from + MOST_AT_ONCE), signal);
  });

  /** It is enough that one took them: whoever missed them gets what lasts a minute later. */
  async function postToAll(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const headers = {
      ...(await accessHeaders(settings, readSecret, signal)),
      'content-type': 'application/json',
    };
    const body = JSON.stringify(alerts);
    const posts = settings.urls.map(async (base) => {
      const url = new URL(`${base.replace(/\/+$/, '')}/api/v2/alerts`);
      const answer = await client.send({ method: 'POST', url, headers, body }, signal);
      const refusal = refusedByStatus(answer, { now: clock.now() });
      if (refusal !== undefined) throw refusal;
    });
    const ended = await Promise.allSettled(posts);
    if (ended.some(({ status }) => status === 'fulfilled')) return;
    throw hopefulOf(ended.flatMap((one) => (one.status === 'rejected' ? [asLynceusError(one.reason)] : [])));
  }

  function alertsFor(outgoing: OutgoingNotice): readonly Alert[] {
    const now = clock.now();
    const { kind, subject, at } = outgoing.notice;
    if (outgoing.isTest === true) return alertsOf(outgoing, { startsAt: now, endsAt: now });
    switch (kind) {
      case 'failing':
        return alertsOf(outgoing, {
          startsAt: Math.min(firing.add(outgoing), now),
          endsAt: now + ENDS_AFTER,
        });
      case 'recovered':
        return endedBy(outgoing, firing.remove(subject), now);
      default:
        return alertsOf(outgoing, { startsAt: Math.min(at, now), endsAt: now + settings.fireFor });
    }
  }

  return {
    name,
    markup: ALERTMANAGER_MARKUP,
    // It groups alerts itself, and the end of each must find its beginning.
    takesEach: true,
    send: async (outgoing, signal) => await postToAll(alertsFor(outgoing), signal),
    keep: (standing) => firing.replace(standing),
    close() {
      firing.close();
      client.close();
    },
  };
}

/** Of what is known to fail the labels are those that were sent: its AppProject may be gone since. */
function endedBy(
  outgoing: OutgoingNotice,
  failing: OutgoingNotice | undefined,
  now: number,
): readonly Alert[] {
  const { kind, code } = outgoing.notice;
  const notice = failing === undefined ? outgoing.notice : { ...failing.notice, kind, code };
  const startsAt = Math.min(failing?.notice.at ?? now, now);
  return alertsOf({ ...outgoing, notice }, { startsAt, endsAt: now });
}

/** Of several errors one that may pass, where there is one. */
function hopefulOf(errors: readonly LynceusError[]): LynceusError {
  const [first] = errors;
  return (
    errors.find(({ retryable }) => retryable) ??
    first ??
    new LynceusError('internal', 'no Alertmanager was asked')
  );
}
