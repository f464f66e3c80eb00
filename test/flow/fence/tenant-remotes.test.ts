import { afterAll, beforeAll, describe } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { expectAddressesHidden } from './expect-hidden.ts';
import { anAppProject, PROJECTS, startFence } from './fence-world.ts';
import { REMOTES } from './tenant-remotes.ts';

const RULE = { projects: ['anywhere'], remotes: ['*'], branches: ['**'], paths: ['**'] };

const API_SERVER = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('a tenant who names remotes', () => {
  let observed: Observed;

  beforeAll(async () => {
    const remotes = { 'good/private.git': { 'values.yaml': 'image:\n  tag: 1.0.0\n' } };
    const anywhere = anAppProject('anywhere', { sourceNamespaces: ['team-hostile'], sourceRepos: ['*'] });
    const world = await startFence(applicationsOf(REMOTES), {
      remotes,
      projects: [...PROJECTS, anywhere],
      config: { permissions: { rules: [RULE] } },
      env: API_SERVER,
    });
    observed = await observe(world, Object.keys(remotes));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(REMOTES, () => observed);

  expectAddressesHidden(() => observed);
});
