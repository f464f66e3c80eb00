import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startFence, type FenceWorld } from './fence-world.ts';
import { GIT_SERVER, gitAnswerOf } from './server-git.ts';

const MEBIBYTE = 1024 * 1024;

describe('a Git server that is hostile', () => {
  let observed: Observed;

  beforeAll(async () => {
    const made: { world?: FenceWorld } = {};
    const remotes = { 'good/private.git': { 'values.yaml': 'image:\n  tag: 1.0.0\n' } };
    made.world = await startFence(applicationsOf(GIT_SERVER), {
      remotes,
      config: { limits: { remoteTime: '20s', gitMiB: 64 }, git: { loginFor: ['<git>'] } },
      evil: (seen) =>
        made.world === undefined
          ? undefined
          : gitAnswerOf(seen, {
              company: new URL(made.world.places.git).host,
              api: made.world.places.api,
              own: `${made.world.root}/good/private.git/objects`,
            }),
    });
    observed = await observe(made.world, Object.keys(remotes));
  });

  afterAll(() => observed.world.stop());

  expectAttempts(GIT_SERVER, () => observed);

  test('no other server is asked what it named, and nothing is left of what it sent', () => {
    const { http, kube, flow } = observed.world;
    expect(http.requests.filter(({ line }) => line.includes('private'))).toEqual([]);
    expect(kube.requests.filter(({ headers }) => String(headers['user-agent']).startsWith('git'))).toEqual(
      [],
    );
    expect(bytesOf(join(flow.folder, 'cache')) / MEBIBYTE).toBeLessThan(8);
  });
});

function bytesOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
