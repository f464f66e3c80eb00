import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startStandIn, type Seen, type StandIn } from '../../helpers/registry-stand-in.ts';
import { anonymousRegistry, aSecret, startFence, type FenceWorld } from './fence-world.ts';
import { answerOf, HOSTS, REGISTRY } from './server-registry.ts';

const AUTH = { auth: Buffer.from('mallory:her-own').toString('base64') };
const OWN = aSecret(
  'own',
  { '.dockerconfigjson': JSON.stringify({ auths: Object.fromEntries(HOSTS.map((host) => [host, AUTH])) }) },
  { namespace: 'team-hostile', type: 'kubernetes.io/dockerconfigjson' },
);

/** No entry names this machine so. */
function otherName(url: string): string {
  return `localhost:${new URL(url).port}`;
}

describe('a registry that is hostile', () => {
  let observed: Observed;
  let memory = 0;
  let others: readonly StandIn[] = [];

  beforeAll(async () => {
    const made: { world?: FenceWorld } = {};
    const answer = (seen: Seen) =>
      made.world === undefined
        ? undefined
        : answerOf(seen, { company: otherName(made.world.places.git), api: otherName(made.world.kube.url) });
    others = await Promise.all(
      HOSTS.map(() =>
        startStandIn((seen) => answer(seen) ?? anonymousRegistry(seen, made.world?.places.registry ?? '')),
      ),
    );
    made.world = await startFence(applicationsOf(REGISTRY), {
      secrets: [OWN],
      config: {
        limits: { listingTime: '10s', hostTime: '20s' },
        registries: HOSTS.map((host, index) => ({
          name: host,
          prefix: host,
          apiUrl: others[index]?.url,
          limit: 10_000,
        })),
      },
    });
    const before = process.memoryUsage.rss();
    observed = await observe(made.world);
    memory = process.memoryUsage.rss() - before;
  });

  afterAll(() => Promise.all([observed.world.stop(), ...others.map((one) => one.stop())]));

  expectAttempts(REGISTRY, () => observed);

  test('no other server is asked what it named, and it costs no more memory than its answers may', () => {
    const { http, kube } = observed.world;
    expect(http.requests.filter(({ line }) => /stolen|token/.test(line))).toEqual([]);
    expect(kube.requests.filter(({ headers }) => String(headers['user-agent']).startsWith('git'))).toEqual(
      [],
    );
    expect(
      kube.requests.filter(
        ({ verb, resource, namespace }) => verb === 'list' && resource === 'secrets' && namespace === '',
      ),
    ).toEqual([]);
    expect(memory / 1024 / 1024).toBeLessThan(500);
  });
});
