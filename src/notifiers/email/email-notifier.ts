import { parseMailAddress } from '../../core/notices/mail-address.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import { accessCertificates, type ReadPlace } from '../../http/server-access.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { explainSmtpError, refusedRecipients } from './explain-smtp-error.ts';
import { mailOf } from './mail.ts';
import { EMAIL_MARKUP } from './markup.ts';
import { createTransporter, type SmtpLogin, type SmtpServer } from './transporter.ts';

type EmailSettings = ServiceSettings<'email'>;

/** RFC 6409, RFC 8314, RFC 5321. */
const PORTS: Readonly<Record<EmailSettings['encryption'], number>> = {
  starttls: 587,
  implicit: 465,
  none: 25,
};

/** Sends each notice as a mail. There are few, and servers end connections that wait, so each has its own. */
export function createEmailNotifier(
  settings: EmailSettings,
  { name, readSecret }: Pick<NotifierParts, 'name' | 'readSecret'>,
): Notifier {
  const { host, encryption, from, timeout, port = PORTS[encryption] } = settings;
  const certificates = accessCertificates(settings, {
    code: 'notifier-failed',
    whose: `the service ${name}`,
  });
  /** Of a mail that some took and others did not, so that another attempt is for the others. */
  const taken = new WeakMap<OutgoingNotice, ReadonlySet<string>>();
  const closed = new AbortController();

  async function mailTo(
    recipients: readonly string[],
    outgoing: OutgoingNotice,
    signal: AbortSignal,
  ): Promise<void> {
    const login = await readLogin(settings, readSecret, signal);
    const server: SmtpServer = { host, port, encryption, login, secureContext: certificates(), timeout };
    const ends = AbortSignal.any([signal, closed.signal, AbortSignal.timeout(timeout)]);
    const transporter = await createTransporter(server, ends);
    try {
      const { accepted, rejectedErrors = [] } = await transporter.sendMail({
        ...mailOf(outgoing, from.domain),
        from: { name: from.name ?? '', address: from.address },
        to: recipients.map((address) => ({ name: '', address })),
        signal: ends,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const refused = refusedRecipients(rejectedErrors, server);
      if (refused === undefined) return;
      taken.set(outgoing, new Set([...(taken.get(outgoing) ?? []), ...accepted]));
      throw refused;
    } catch (thrown) {
      if (signal.aborted || closed.signal.aborted)
        throw new LynceusError('aborted', 'stopped before the mail was sent');
      if (ends.aborted)
        throw new LynceusError('notifier-unreachable', `${host}:${port} did not take the mail in time`);
      throw explainSmtpError(thrown, server);
    } finally {
      transporter.close();
    }
  }

  return {
    name,
    markup: EMAIL_MARKUP,
    async send(outgoing, signal) {
      const done = taken.get(outgoing);
      const left = recipientsOf(outgoing, name, settings).filter((address) => done?.has(address) !== true);
      if (left.length > 0) await mailTo(left, outgoing, signal);
    },
    close: () => closed.abort(),
  };
}

async function readLogin(
  { usernameFrom, passwordFrom }: EmailSettings,
  readSecret: ReadPlace,
  signal: AbortSignal,
): Promise<SmtpLogin | undefined> {
  if (usernameFrom === undefined || passwordFrom === undefined) return undefined;
  return {
    username: await readSecret(usernameFrom, signal),
    password: await readSecret(passwordFrom, signal),
  };
}

function recipientsOf(
  { recipient }: OutgoingNotice,
  name: string,
  { to }: Pick<EmailSettings, 'to'>,
): readonly string[] {
  if (recipient === undefined) {
    if (to.length > 0) return to.map(({ address }) => address);
    throw new LynceusError('notifier-denied', `nobody is named whom the service ${name} writes to`, {
      hint: 'set to in its settings, or a recipient in the route: docs/notifications.md',
    });
  }
  const parsed = parseMailAddress(recipient);
  if (parsed !== undefined) return [parsed.address];
  throw new LynceusError(
    'notifier-denied',
    `expected an e-mail address for the service ${name}, found ${quoted(recipient)}`,
    { hint: 'one address such as jane@acme.example' },
  );
}
