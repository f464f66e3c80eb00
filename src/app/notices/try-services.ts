import { didYouMean } from '../../core/did-you-mean.ts';
import { testNotice } from '../../core/notices/example-notice.ts';
import type { NoticeKind } from '../../core/notices/notice-kind.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { QueuedNotice } from './send-queue.ts';

/** What a person tries. */
export interface NoticeTrial {
  /** Names of services; none means all. */
  readonly services: readonly string[];
  /** Where at them; absent means where they send by default. */
  readonly recipient?: string;
  readonly kind: NoticeKind;
}

/** How one service took it. */
export interface TriedService {
  readonly service: string;
  readonly recipient?: string;
  /** Absent when it was taken. */
  readonly error?: LynceusError;
}

export interface TrialParts {
  readonly names: readonly string[];
  readonly open: (name: string) => Promise<Notifier>;
  readonly render: (queued: QueuedNotice, notifier: Notifier) => OutgoingNotice;
  readonly clock: Pick<Clock, 'now'>;
}

/** Sends a notice that says that it is a test, once to each service. Throws `usage-invalid` where there is no such service. */
export async function tryServices(
  { services, recipient, kind }: NoticeTrial,
  { names, open, render, clock }: TrialParts,
  signal: AbortSignal,
): Promise<readonly TriedService[]> {
  const unknown = services.find((name) => !names.includes(name));
  if (names.length === 0)
    throw new LynceusError('usage-invalid', 'there is no service in notifications.services', {
      hint: 'docs/notifications.md has an example',
    });
  if (unknown !== undefined) throw unknownService(unknown, names);
  const to = recipient === undefined ? {} : { recipient };
  const queued: QueuedNotice = { notice: testNotice(kind, clock.now()), texts: {}, subjects: [], ...to };
  const tried = (services.length === 0 ? names : services).map(async (service): Promise<TriedService> => {
    try {
      const notifier = await open(service);
      await notifier.send({ ...render(queued, notifier), isTest: true }, signal);
      return { service, ...to };
    } catch (thrown) {
      return { service, ...to, error: asLynceusError(thrown) };
    }
  });
  return await Promise.all(tried);
}

function unknownService(name: string, names: readonly string[]): LynceusError {
  const near = didYouMean(name, names);
  const message = `there is no service ${name}; there are ${names.join(', ')}`;
  return new LynceusError('usage-invalid', message, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}
