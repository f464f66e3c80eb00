import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startFence } from './fence-world.ts';
import { ADDRESSES } from './tenant-addresses.ts';

describe('a tenant who names addresses', () => {
  let observed: Observed;

  beforeAll(async () => {
    observed = await observe(await startFence(applicationsOf(ADDRESSES)));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(ADDRESSES, () => observed);

  test('nothing was asked of an address that only the attacker named', () => {
    expect(observed.world.bait.lines()).toEqual([]);
    expect(
      observed.world.kube.requests.map(({ query, resource }) => `${resource} ${query.toString()}`).join('\n'),
    ).not.toContain('service=git');
  });

  test('what a tenant is told of a host does not depend on what listens there', () => {
    const events = observed.world.kube.objects.list({ group: '', plural: 'events' }, 'team-hostile');
    const told = events.map(({ message }) => String(message));
    expect(
      told.filter((line) => /ECONNREFUSED|refused the connection|ETIMEDOUT|socket hang up/.test(line)),
    ).toEqual([]);
  });
});
