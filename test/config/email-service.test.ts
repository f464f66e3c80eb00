import { expect, it } from 'vitest';
import { faultsOf, load } from './given.ts';

const LEAST = { host: 'smtp.acme.example', from: 'updates@acme.example' };

function mailOf(email: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ notifications: { services: [{ name: 'mail', email: { ...LEAST, ...email } }] } });
}

it('needs a host and a sender, and encrypts unless it is said otherwise', () => {
  expect(load({ fileText: mailOf({ port: undefined }) }).notifications.services[0]).toMatchObject({
    email: { encryption: 'starttls', to: [], timeout: 30_000, from: { address: 'updates@acme.example' } },
  });
});

it.each<[Readonly<Record<string, unknown>>, string]>([
  [{ host: undefined }, 'host: is missing'],
  [{ from: undefined }, 'from: is missing'],
  [{ host: 'smtp.acme.example:587' }, 'host: expected the name or address of a host, without its port'],
  [{ host: 'https://smtp.acme.example' }, 'host: expected the name or address of a host'],
  [{ host: 'a b' }, 'host: expected the name or address of a host'],
  [{ port: 0 }, 'port: expected a whole number from 1 to 65535'],
  [{ encryption: 'ssl' }, 'encryption: expected starttls or implicit or none'],
  [{ from: 'updates' }, 'from: expected an e-mail address'],
  [{ from: 'A <a@acme.example>, B <b@acme.example>' }, 'from: expected an e-mail address'],
  [{ to: ['ops@acme.example', 'ops'] }, 'to[1]: expected an e-mail address'],
  [{ usernameFrom: 'env:USERNAME' }, 'passwordFrom: is missing'],
  [{ passwordFrom: 'env:PASSWORD' }, 'usernameFrom: is missing'],
  [{ usernameFrom: 'env:USERNAME', passwordFrom: 'hunter2' }, 'passwordFrom: expected env:NAME'],
  [{ clientCertFile: '/tls/mail.pem' }, 'clientKeyFile: is missing'],
  [
    { encryption: 'none', usernameFrom: 'env:USERNAME', passwordFrom: 'env:PASSWORD' },
    'passwordFrom: would be sent without encryption',
  ],
])('%j is refused', (email, fault) => {
  const faults = faultsOf({ fileText: mailOf(email) });

  expect(faults.join('\n')).toContain(`notifications.services[0].email.${fault}`);
  expect(faults.join('\n')).not.toContain('hunter2');
});

it.each(['smtp', 'smtp.infra.svc.cluster.local', '10.1.2.3', '2001:db8::25', 'mail_relay.infra'])(
  'takes %s for a host',
  (host) => {
    expect(load({ fileText: mailOf({ host }) }).notifications.services[0]?.email?.host).toBe(host);
  },
);
