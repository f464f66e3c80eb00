import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
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
