import { afterAll, beforeAll, describe } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { expectAddressesHidden } from './expect-hidden.ts';
import { startFence } from './fence-world.ts';
import { ADDRESSES } from './tenant-addresses.ts';

describe('a tenant who names addresses', () => {
  let observed: Observed;

  beforeAll(async () => {
    observed = await observe(await startFence(applicationsOf(ADDRESSES)));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(ADDRESSES, () => observed);

  expectAddressesHidden(() => observed);
});
