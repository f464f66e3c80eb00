import { afterAll, beforeAll, describe } from 'vitest';
import { createBranch } from '../../helpers/git-world.ts';
import { pushImage } from '../../helpers/push-image.ts';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startFence } from './fence-world.ts';
import { RULED, RULED_FILES, RULED_REMOTES, RULES } from './tenant-rules.ts';

describe('a tenant with rules', () => {
  let observed: Observed;

  beforeAll(async () => {
    const world = await startFence(applicationsOf(RULED), {
      files: RULED_FILES,
      remotes: RULED_REMOTES,
      config: { permissions: { rules: RULES } },
    });
    createBranch(world.shared, 'staging');
    createBranch(world.shared, 'staging-2');
    await pushImage(world.places.registry, 'acme/other', '9.9.9');
    observed = await observe(world, Object.keys(RULED_REMOTES));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(RULED, () => observed);
});
