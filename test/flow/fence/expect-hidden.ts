import { expect, test } from 'vitest';
import type { Observed } from './attempt.ts';

/** Neither a login nor an answer tells anything of the addresses that only the attacker named. */
export function expectAddressesHidden(observed: () => Observed): void {
  test('nothing was asked of an address that only the attacker named', () => {
    const { bait, kube } = observed().world;
    expect(bait.lines()).toEqual([]);
    expect(
      kube.requests.map(({ query, resource }) => `${resource} ${query.toString()}`).join('\n'),
    ).not.toContain('service=git');
  });

  test('what a tenant is told of a host does not depend on what listens there', () => {
    const events = observed().world.kube.objects.list({ group: '', plural: 'events' }, 'team-hostile');
    const told = events.map(({ message }) => String(message));
    expect(
      told.filter((line) => /ECONNREFUSED|refused the connection|ETIMEDOUT|socket hang up/.test(line)),
    ).toEqual([]);
  });
}
