import { afterAll, beforeAll, describe } from 'vitest';
import { commitTo, createBranch, git } from '../../helpers/git-world.ts';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { PROJECTS, startFence } from './fence-world.ts';
import { COMPANY_FILES, FAR_PROJECT, OTHER_REMOTES, PLACES, SWAPPED } from './tenant-places.ts';

describe('a tenant who wants to write', () => {
  let observed: Observed;

  beforeAll(async () => {
    const world = await startFence(applicationsOf(PLACES), {
      files: COMPANY_FILES,
      remotes: OTHER_REMOTES,
      projects: [...PROJECTS, FAR_PROJECT],
    });
    createBranch(world.shared, 'trailing');
    createBranch(world.shared, 'production');
    createBranch(world.shared, 'feature');
    commitTo(world.shared, 'feature', { 'feature.txt': 'half done' });
    commitTo(world.shared, 'main', { 'news.txt': 'something new' });
    git(world.shared, ['tag', 'v1', 'main']);
    const link = { content: '../victim/production/values.yaml', mode: '120000' };
    const swap = () => void commitTo(world.shared, 'main', { [`${SWAPPED}/values.yaml`]: link });
    world.http.inject('receive-pack', { do: 'call', call: swap });
    observed = await observe(world, Object.keys(OTHER_REMOTES));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(PLACES, () => observed);
});
