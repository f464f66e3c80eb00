import { afterAll, beforeAll, describe } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startFence } from './fence-world.ts';
import { KEYS } from './tenant-keys.ts';

describe('a tenant who names keys', () => {
  let observed: Observed;

  beforeAll(async () => {
    observed = await observe(await startFence(applicationsOf(KEYS)));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(KEYS, () => observed);
});
