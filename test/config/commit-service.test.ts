import { expect, it } from 'vitest';
import { faultsOf, load } from './given.ts';

function textOf(kind: string, changes: Readonly<Record<string, unknown>>): string {
  const at = { url: 'https://git.acme.example/acme', tokenFrom: 'env:TOKEN', ...changes };
  return JSON.stringify({ notifications: { services: [{ name: 'commits', [kind]: at }] } });
}

it.each(['github', 'gitlab'] as const)(
  '%s sets statuses and makes deployments unless told otherwise',
  (kind) => {
    expect(load({ fileText: textOf(kind, {}) }).notifications.services[0]?.[kind]).toMatchObject({
      statuses: true,
      deployments: true,
      context: 'lynceus',
    });
  },
);

it.each<[Readonly<Record<string, unknown>>, string]>([
  [{ url: undefined }, 'url: is missing'],
  [{ url: 'acme/deploy' }, 'url: expected the start of an https, http or ssh URL'],
  [{ url: 'https://jane:hunter2@git.acme.example/' }, 'url: expected the start of an https, http or ssh URL'],
  [{ apiUrl: 'https://git.acme.example/api/v3/' }, 'apiUrl: expected an https or http URL without a slash'],
  [{ tokenFrom: 'hunter2' }, 'tokenFrom: expected env:NAME'],
  [{ context: 'a b' }, 'context: expected a name such as lynceus'],
  [{ environmentPrefix: '/north' }, 'environmentPrefix: expected the beginning of a name'],
  [
    { statuses: false, deployments: false },
    'statuses: is false, and so is deployments: nothing would be said',
  ],
  [{ clientCertFile: '/tls/client.pem' }, 'clientKeyFile: is missing'],
])('%j is refused', (changes, fault) => {
  for (const kind of ['github', 'gitlab']) {
    const faults = faultsOf({ fileText: textOf(kind, changes) }).join('\n');

    expect(faults).toContain(`notifications.services[0].${kind}.${fault}`);
    expect(faults).not.toContain('hunter2');
  }
});
