import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOverrides } from '../../src/app/apply-overrides.ts';
import { createRegistryAnswers, decideImages, type Evaluation } from '../../src/app/decide-images.ts';
import { passGates } from '../../src/app/pass-gates.ts';
import type { Present } from '../../src/app/read-present.ts';
import type { RegistryServices } from '../../src/app/services.ts';
import type { PresentImage, TrackedImage } from '../../src/core/policy.ts';
import { describeReason } from '../../src/core/reasons/describe-reason.ts';
import type { TagFacts } from '../../src/core/tags/facts.ts';
import { LynceusError } from '../../src/errors.ts';
import type { Signatures } from '../../src/ports/signatures.ts';
import { createAgeStore } from '../../src/registries/cache/age-store.ts';
import { createRecords } from '../../src/registries/cache/records.ts';
import { SILENT } from '../helpers/logs.ts';
import {
  aDigest,
  aListing,
  aTracked,
  LINUX_AMD64,
  someFacts,
  type TrackedParts,
} from '../helpers/policies.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AGED = { minimumAge: DAY } as const;
const LIVE = { method: 'application', at: 'spec.source', format: 'helm' } as const;
const SECRET = { namespace: 'shop', name: 'cosign', field: 'cosign.pub' };

/** What the registry has: tags, and the words of which their digests are made. */
type Tags = Record<string, string>;

interface Registry {
  tags: Tags;
  /** Hours after the start, by tag; `undefined`: it tells no times. */
  pushes?: Record<string, number> | undefined;
  /** It fails when times are asked for. */
  broken?: boolean;
  order?: 'latest-first';
}

interface World {
  readonly registry: Registry;
  /** What was asked since it was looked at last. */
  readonly asked: string[];
  /** One cycle, so many hours after the last one. Each image as `alias outcome code version`. */
  cycle(
    hours: number,
    ...wishes: readonly (readonly [
      alias: string,
      parts: TrackedParts,
      now?: Partial<PresentImage> & { readonly hold?: string },
    ])[]
  ): Promise<readonly string[]>;
  /** Of the last cycle. */
  evaluations(): readonly Evaluation[];
  /** The process ends and begins again, with what its cache file has. */
  restart(cache: 'with its cache' | 'without'): void;
  setBack(hours: number): void;
}

function aWorld(registry: Registry, cacheBytes = 1_000_000): World {
  const clock = createVirtualClock();
  const start = clock.now();
  const asked: string[] = [];
  let records = createRecords(cacheBytes);
  let ages = { store: createAgeStore(records), facts: new Map<string, TagFacts>() };
  let last: readonly Evaluation[] = [];

  function services(): RegistryServices & { readonly signatures: Signatures } {
    return {
      logins: { find: () => Promise.resolve({ kind: 'anonymous', identity: 'nobody' }) },
      registry: {
        listTags({ detail = 'facts' }) {
          asked.push(`list ${detail}`);
          const { tags, pushes, broken, order = 'unordered' } = registry;
          if (detail === 'facts' && broken)
            return Promise.reject(new LynceusError('registry-failed', 'the registry answered 500'));
          const facts = Object.entries(detail === 'facts' && pushes !== undefined ? tags : {}).map(
            ([tag, word]) => {
              const hours = pushes?.[tag];
              const pushed = hours === undefined ? {} : { pushed: start + hours * HOUR };
              return [tag, { digest: aDigest(word), images: undefined, ...pushed }] as const;
            },
          );
          return Promise.resolve(aListing(Object.keys(tags), { facts: new Map(facts), order }));
        },
        describe({ reference, needs }) {
          asked.push(`${reference} ${needs.images ? 'images' : 'digest'}`);
          return Promise.resolve(someFacts(registry.tags[reference] ?? reference));
        },
      },
      sightings: { of: () => new Map(), keep: () => undefined },
      ages,
      platformDefaults: LINUX_AMD64,
      revalidate: HOUR,
      signatures: {
        criteriaOf: (policy) => Promise.resolve({ id: 'a', policy, keys: { id: 'a', pem: [] } }),
        verify({ digest }) {
          asked.push(`signature ${digest.slice(0, 12)}`);
          return Promise.resolve({ kind: 'signed' });
        },
      },
    };
  }

  return {
    registry,
    asked,
    async cycle(hours, ...wishes) {
      clock.advance(hours * HOUR);
      const { signal } = new AbortController();
      const run = { clock, log: SILENT, concurrency: 2, onProgress: () => undefined, signal };
      const images = new Map<TrackedImage, Present>(
        wishes.map(([alias, parts, { hold, ...now } = {}]) => {
          const image = { name: undefined, tag: '1.0.0', digest: undefined, ...now };
          const presence = { kind: 'present', image, ...(hold === undefined ? {} : { hold }) } as const;
          return [aTracked({ alias, target: LIVE, ...parts }), { kind: 'read', presence, path: undefined }];
        }),
      );
      const answers = createRegistryAnswers([...images.keys()], services(), run);
      const decideHolds = (evaluations: readonly Evaluation[]) =>
        applyOverrides(evaluations, { history: () => Promise.reject(new Error('there is none')) }, run);
      const decided = await decideImages(images, answers, run);
      const options = { ...run, decideHolds, writesDigest: true, projects: { kind: 'none' } as const };
      last = (await passGates(await decideHolds(decided), answers, options)).evaluations;
      return last.map(({ tracked, decision }) => {
        const to = decision.outcome === 'update' ? decision.to : decision.candidate;
        const digest = decision.outcome === 'update' && to?.digest !== undefined ? '@' : '';
        return `${tracked.alias} ${decision.outcome} ${decision.code} ${to?.tag}${digest}`;
      });
    },
    evaluations: () => last,
    restart(cache) {
      if (cache === 'without') records = createRecords(cacheBytes);
      ages = { store: createAgeStore(records), facts: new Map() };
    },
    setBack: (hours) => clock.advance(-hours * HOUR),
  };
}

/** A daemon that knows the version in force for long. */
async function settled(changes: Partial<Registry> = {}): Promise<World> {
  const world = aWorld({ tags: { '1.0.0': 'a' }, ...changes });
  await world.cycle(0, ['a', AGED]);
  await world.cycle(100, ['a', AGED]);
  world.asked.length = 0;
  return world;
}

describe('a minimum age', () => {
  test('holds a version until it is old enough', async () => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    expect(await world.cycle(1, ['a', AGED], ['free', {}])).toEqual([
      'a held too-young 1.1.0',
      'free update newer-version 1.1.0',
    ]);
    expect(await world.cycle(23.9, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(0.1, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
  });

  test('takes the next best that is old enough, and tells why', async () => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    await world.cycle(1, ['a', AGED]);
    world.registry.tags['1.2.0'] = 'c';
    await world.cycle(20, ['a', AGED]);
    expect(await world.cycle(4, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
    const [{ decision, notes }] = world.evaluations() as [Evaluation];
    expect(describeReason(decision)).toMatch(
      /^1\.1\.0 is the highest .* \(passed over: 1\.2\.0 \(sha256:63\w+…\) is 4h0m0s old \(first seen 2026-.*Z\), and 24h0m0s are asked\); the target has 1\.0\.0$/,
    );
    // That a version is young is nobody's fault.
    expect(notes).toBeUndefined();
  });

  test('asks the registry nothing of a version that waits, nor for its signature', async () => {
    const world = await settled();
    const verified = { ...AGED, verification: { secret: SECRET } };
    await world.cycle(1, ['a', verified]);
    const quiet = [...world.asked];
    world.registry.tags['1.1.0'] = 'b';
    await world.cycle(1, ['a', verified]);
    world.asked.length = 0;
    expect(await world.cycle(20, ['a', verified])).toEqual(['a held too-young 1.1.0']);
    expect(world.asked).toEqual(quiet);
    expect(quiet).toEqual(['list names']);
    world.asked.length = 0;
    expect(await world.cycle(4, ['a', verified])).toEqual(['a update newer-version 1.1.0@']);
    expect(world.asked).toEqual(['list names', '1.1.0 images', '1.1.0 digest', 'signature sha256:62000']);
  });

  test('of an image without one costs nothing', async () => {
    const world = aWorld({ tags: { '1.0.0': 'a', '1.1.0': 'b' }, pushes: {} });
    expect(await world.cycle(0, ['a', {}])).toEqual(['a update newer-version 1.1.0']);
    expect(world.asked).toEqual(['list names', '1.1.0 images']);
  });

  test.each([
    [
      '1.1.0 was pushed long ago',
      { '1.0.0': -900, '1.1.0': -30 },
      'a update newer-version 1.1.0',
      'registry',
    ],
    ['1.1.0 was pushed lately', { '1.0.0': -900, '1.1.0': -3 }, 'a held too-young 1.1.0', 'registry'],
    ['1.1.0 is yet to be pushed', { '1.1.0': 900 }, 'a held too-young 1.1.0', 'ours'],
    ['1.1.0 was pushed in 1970', { '1.1.0': -490_000 }, 'a held too-young 1.1.0', 'ours'],
    ['nothing has a time', {}, 'a held too-young 1.1.0', 'ours'],
    ['there are no times', undefined, 'a held too-young 1.1.0', 'ours'],
  ])(
    'goes by what the registry tells when it is listed for the first time: %s',
    async (_, pushes, expected, clock) => {
      const world = aWorld({ tags: { '1.0.0': 'a', '1.1.0': 'b' }, pushes });
      expect(await world.cycle(0, ['a', AGED])).toEqual([expected]);
      expect(world.asked.filter((one) => one === 'list facts')).toHaveLength(1);
      const [{ decision }] = world.evaluations() as [Evaluation];
      if (decision.code === 'too-young') expect(decision.facts.clock).toBe(clock);
      world.asked.length = 0;
      await world.cycle(1, ['a', AGED]);
      expect(world.asked).not.toContain('list facts');
    },
  );

  test('believes no push that is older than what was seen, and does not ask for it', async () => {
    const world = await settled({ pushes: { '1.0.0': -900, '1.1.0': -900 } });
    world.registry.tags['1.1.0'] = 'b';
    expect(await world.cycle(0.1, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(world.asked).not.toContain('list facts');
    expect(await world.cycle(23.8, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(0.2, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
  });

  test('holds while the times cannot be asked for, and writes nothing older', async () => {
    const world = aWorld({
      tags: { '1.0.0': 'a', '1.1.0': 'b', '1.2.0': 'c' },
      pushes: { '1.2.0': -99 },
      broken: true,
    });
    expect(await world.cycle(0, ['a', AGED], ['free', { image: 'ghcr.io/acme/web' }])).toEqual([
      'a held gate-unavailable 1.2.0',
      'free update newer-version 1.2.0',
    ]);
    world.registry.broken = false;
    expect(await world.cycle(1, ['a', AGED])).toEqual(['a update newer-version 1.2.0']);
  });

  test.each([
    ['with its cache', 'a update newer-version 1.1.0'],
    ['without', 'a held too-young 1.1.0'],
  ] as const)('after a restart %s', async (cache, expected) => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    await world.cycle(1, ['a', AGED]);
    world.restart(cache);
    expect(await world.cycle(24, ['a', AGED])).toEqual([expected]);
  });

  test('what was pushed while the daemon was down has the age that the registry tells', async () => {
    const world = await settled({ pushes: {} });
    world.restart('with its cache');
    world.registry.tags['1.1.0'] = 'b';
    world.registry.pushes = { '1.1.0': 110 };
    expect(await world.cycle(60, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
  });

  test('begins anew when a tag is moved', async () => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    await world.cycle(1, ['a', AGED]);
    world.registry.tags['1.1.0'] = 'evil';
    expect(await world.cycle(24, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(23, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(1, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
  });

  test('of a tag that is followed is that of its digest', async () => {
    const followed = { ...AGED, strategy: { kind: 'digest', tag: 'main' } } as const;
    const world = aWorld({ tags: { main: 'a' }, pushes: { main: -900 } });
    const now = { tag: 'main', digest: aDigest('a') };
    expect(await world.cycle(0, ['a', followed, now])).toEqual(['a current up-to-date main']);
    world.registry.tags['main'] = 'b';
    expect(await world.cycle(1, ['a', followed, now])).toEqual(['a held too-young main']);
    expect(await world.cycle(24, ['a', followed, now])).toEqual(['a update digest-moved main@']);
  });

  test('is that of the digest under whatever tag it was seen first', async () => {
    const world = await settled();
    world.registry.tags['1.1.0-rc.1'] = 'b';
    const any = { ...AGED, strategy: { kind: 'semver', constraint: '>=1.0.0-0' } } as const;
    expect(await world.cycle(1, ['a', any])).toEqual(['a held too-young 1.1.0-rc.1']);
    world.registry.tags['1.1.0'] = 'b';
    expect(await world.cycle(24, ['a', any])).toEqual(['a update newer-version 1.1.0']);
  });

  test('a clock that was set back makes nothing older', async () => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    await world.cycle(1, ['a', AGED]);
    world.setBack(50);
    expect(await world.cycle(1, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(23.5, ['a', AGED])).toEqual(['a held too-young 1.1.0']);
    expect(await world.cycle(0.5, ['a', AGED])).toEqual(['a update newer-version 1.1.0']);
  });

  test('is not known where nothing can be remembered', async () => {
    const world = aWorld({ tags: { '1.0.0': 'a', '1.1.0': 'b', '1.2.0': 'c' } }, 10);
    expect(await world.cycle(0, ['a', AGED], ['free', {}])).toEqual([
      'a held age-unknown 1.2.0',
      'free update newer-version 1.2.0',
    ]);
    expect(await world.cycle(99, ['a', AGED])).toEqual(['a held age-unknown 1.2.0']);
  });

  test('is that which each image asks for', async () => {
    const world = await settled();
    world.registry.tags['1.1.0'] = 'b';
    const both = [
      ['hour', { minimumAge: HOUR }],
      ['day', AGED],
    ] as const;
    await world.cycle(0, ...both);
    expect(await world.cycle(2, ...both)).toEqual([
      'hour update newer-version 1.1.0',
      'day held too-young 1.1.0',
    ]);
  });

  test('steps down for no youth, and leaves what people hold to them', async () => {
    const world = await settled();
    Object.assign(world.registry.tags, { '1.1.0': 'b', '1.2.0': 'c' });
    await world.cycle(1, ['a', AGED]);
    world.registry.tags['1.3.0'] = 'd';
    expect(
      await world.cycle(
        30,
        ['down', { ...AGED, allowDowngrade: true }, { tag: '1.2.5' }],
        ['comment', AGED, { hold: '' }],
        ['annotation', { ...AGED, hold: '' }],
        ['paused', { ...AGED, paused: { by: 'annotation', reason: '' } }],
      ),
    ).toEqual([
      'down held too-young 1.3.0',
      'comment held pinned 1.3.0',
      'annotation held pinned 1.3.0',
      'paused held paused 1.3.0',
    ]);
  });

  test('finds an old version behind any number of young ones', async () => {
    const world = await settled();
    const built = { ...AGED, strategy: { kind: 'semver', constraint: '' } } as const;
    // Two an hour, for 30 hours.
    for (let build = 1; build <= 60; build += 1) {
      world.registry.tags[`1.${build}.0`] = `build ${build}`;
      await world.cycle(0.5, ['a', built]);
    }
    expect(await world.cycle(0, ['a', built])).toEqual(['a update newer-version 1.12.0']);
  });

  test('of many versions that are new at once some are looked at in each cycle, until one is old', async () => {
    const tags = Array.from({ length: 70 }, (_, at) => `1.${at}.0`);
    const pushes = Object.fromEntries(tags.map((tag, at) => [tag, -69.5 + at]));
    const world = aWorld({ tags: Object.fromEntries(tags.map((tag) => [tag, tag])), pushes });
    expect(await world.cycle(0, ['a', AGED])).toEqual(['a held too-young 1.69.0']);
    expect(await world.cycle(0, ['a', AGED])).toEqual(['a update newer-version 1.45.0']);
  });

  const STRATEGIES = [
    { kind: 'semver', constraint: '' },
    { kind: 'alphabetical' },
    { kind: 'newest-build' },
    { kind: 'newest-pushed' },
  ] as const;

  test('writes nothing younger, whatever is pushed, moved and deleted, and by whatever strategy', async () => {
    const step = fc.record({
      hours: fc.integer({ min: 0, max: 20 }),
      tag: fc.constantFrom('1.1.0', '1.2.0', '1.3.0', '1.4.0'),
      word: fc.constantFrom(undefined, 'b', 'c', 'd', 'e'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.constantFrom(...STRATEGIES),
        fc.option(
          fc.dictionary(fc.constantFrom('1.1.0', '1.2.0', '1.3.0'), fc.integer({ min: -900, max: 900 })),
          {
            nil: undefined,
          },
        ),
        async (steps, strategy, pushes) => {
          const world = aWorld({ tags: { '1.0.0': 'a' }, pushes });
          const image = ['a', { ...AGED, strategy }] as const;
          await world.cycle(0, image);
          let now = 0;
          /** Of each digest that was pushed, the last cycle before that. */
          const since = new Map<string, number>();
          for (const { hours, tag, word } of steps) {
            now += hours;
            if (word === undefined) delete world.registry.tags[tag];
            else world.registry.tags[tag] = word;
            if (word !== undefined && !since.has(word)) since.set(word, now - hours);
            await world.cycle(hours, image);
            const [{ decision }] = world.evaluations() as [Evaluation];
            if (decision.outcome !== 'update') continue;
            const chosen = world.registry.tags[decision.to.tag] ?? '';
            expect(now - (since.get(chosen) ?? now)).toBeGreaterThanOrEqual(24);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
