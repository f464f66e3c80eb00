import { parseMailAddress, type MailAddress } from '../core/notices/mail-address.ts';
import { alternatives, Group, key } from './keys.ts';
import { SERVER_ACCESS } from './server-access.ts';
import {
  choiceOf,
  listOfValues,
  parsed,
  RefusedValue,
  textLine,
  wholeNumber,
  type ValueType,
} from './value-type.ts';

/** `starttls`: what does not become TLS is given up; `implicit`: TLS from the first byte. */
const SMTP_ENCRYPTIONS = ['starttls', 'implicit', 'none'] as const;

export type SmtpEncryption = (typeof SMTP_ENCRYPTIONS)[number];

const SMTP_HOST = textLine(
  'the name or address of a host, without its port',
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/,
);

const ADDRESS: ValueType<string, MailAddress> = parsed(
  textLine('an e-mail address such as jane@acme.example or Jane <jane@acme.example>'),
  (text): MailAddress | RefusedValue => parseMailAddress(text) ?? new RefusedValue(),
);

const { usernameFrom, passwordFrom, caFile, clientCertFile, clientKeyFile, timeout } = SERVER_ACCESS;

/** How mail is sent. */
// prettier-ignore
export const EMAIL_SERVICE = new Group({
  host: key('Host of the SMTP server', SMTP_HOST, { required: true }),
  port: key('Its port; without it 587, with implicit TLS 465, without TLS 25', wholeNumber(1, 65_535)),
  encryption: key(`How the connection is encrypted: ${alternatives(SMTP_ENCRYPTIONS)}`, choiceOf(SMTP_ENCRYPTIONS), { default: 'starttls' }),
  from: key('The sender', ADDRESS, { required: true }),
  to: key('Who is written to where a route names nobody', listOfValues(ADDRESS), { default: [] }),
  usernameFrom,
  passwordFrom,
  caFile,
  clientCertFile,
  clientKeyFile,
  timeout,
}, true);
