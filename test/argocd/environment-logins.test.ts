import { describe, expect, test } from 'vitest';
import type { PolicyContext } from '../../src/argocd/policy-input.ts';
import { parseRegistryPrefix } from '../../src/core/image/registry-prefix.ts';
import { policyOf, readWeb } from './an-application.ts';

function listed(variables: Readonly<Record<string, readonly string[]>>): Partial<PolicyContext> {
  return {
    environmentLogins: Object.entries(variables).map(([name, registries]) => ({
      name,
      registries: registries.flatMap((text) => parseRegistryPrefix(text) ?? []),
    })),
  };
}

const read = (image: string, spec: string, variables: Parameters<typeof listed>[0]) =>
  readWeb({ 'image-list': `web=${image}`, 'pull-secret': spec }, {}, listed(variables));

describe('a variable of the environment', () => {
  test.each([
    ['ghcr.io/acme/api', { GHCR: ['ghcr.io'] }],
    ['ghcr.io/acme/api', { GHCR: ['quay.io', 'GHCR.io:443/acme'] }],
    ['nginx', { GHCR: ['index.docker.io/library'] }],
    ['reg.corp:5000/team/api', { GHCR: ['reg.corp:5000'] }],
  ])('may be named for %s with %j', (image, variables) => {
    const reading = read(image, 'env:GHCR', variables);

    expect(policyOf(reading).policy.pullSecret).toEqual({ kind: 'env', variable: 'GHCR' });
  });

  // prettier-ignore
  test.each<[image: string, spec: string, variables: Readonly<Record<string, readonly string[]>>, why: string, line: string]>([
    ['ghcr.io/acme/api', 'env:GHCR', {}, 'an administrator has not listed it', '{name: GHCR, registries: [ghcr.io/acme]}'],
    ['ghcr.io/acme/api', 'env:GIT_PASSWORD', { GHCR: ['ghcr.io'] }, 'has not listed it', '{name: GIT_PASSWORD, '],
    ['ghcr.io/acme/api', 'env:ghcr', { GHCR: ['ghcr.io'] }, 'has not listed it', '{name: ghcr, '],
    ['ghcr.io/acme/api', 'ENV: GHCR2', { GHCR: ['ghcr.io'] }, 'has not listed it', '{name: GHCR2, '],
    ['ghcr.io/acme/api', 'quay.io=env:PATH', { GHCR: ['ghcr.io'] }, 'has not listed it', '{name: PATH, '],
    ['evil.test/acme/api', 'env:GHCR', { GHCR: ['ghcr.io', 'quay.io/acme'] }, 'it is for ghcr.io, quay.io/acme', '[evil.test/acme]'],
    ['evil.test/acme/api', 'ghcr.io=env:GHCR', { GHCR: ['ghcr.io'] }, 'it is for ghcr.io', '[evil.test/acme]'],
    ['ghcr.io/acmex/api', 'env:GHCR', { GHCR: ['ghcr.io/acme'] }, 'it is for ghcr.io/acme', '[ghcr.io/acmex]'],
    ['ghcr.io:8443/acme/api', 'env:GHCR', { GHCR: ['ghcr.io/acme'] }, 'it is for ghcr.io/acme', '[ghcr.io:8443/acme]'],
    ['ghcr.io.evil.test/acme/api', 'env:GHCR', { GHCR: ['ghcr.io'] }, 'it is for ghcr.io', '[ghcr.io.evil.test/acme]'],
    ['acme/api', 'env:GHCR', { GHCR: ['ghcr.io'] }, 'it is for ghcr.io', '[docker.io/acme]'],
  ])('may not be named for %s as %s with %j', (image, spec, variables, why, line) => {
    const { problems, refused } = read(image, spec, variables);

    expect(refused).toHaveLength(1);
    expect(problems).toMatchObject([{ code: 'credentials-denied', alias: 'web' }]);
    expect(problems[0]?.message).toContain(why);
    expect(problems[0]?.message).toContain('an administrator may add to permissions.environment: ');
    expect(problems[0]?.message).toContain(line);
  });
});
