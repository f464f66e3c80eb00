import { afterAll, beforeAll, describe } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { PASSWORDS, startFence } from './fence-world.ts';
import { askingRegistry, LOGINS, SECRETS_THERE } from './tenant-logins.ts';

const PRIVATE = { 'values.yaml': 'image:\n  tag: 1.0.0\n' };

describe('a tenant who names logins', () => {
  let observed: Observed;

  beforeAll(async () => {
    const remotes = { 'good/private.git': PRIVATE };
    const world = await startFence(applicationsOf(LOGINS), {
      remotes,
      secrets: SECRETS_THERE,
      evil: askingRegistry,
      config: { secrets: { allowedNamespaces: ['argocd'] }, git: { loginFor: ['<git>'] } },
      env: { REGISTRY_LOGIN: `puller:${PASSWORDS.registry}` },
    });
    observed = await observe(world, Object.keys(remotes));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(LOGINS, () => observed);
});
