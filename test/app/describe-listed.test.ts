import { expect, test } from 'vitest';
import { NO_LIMITS } from '../../src/app/cycle-limits.ts';
import { createRegistryTurns } from '../../src/app/registry-turns.ts';
import { createDescriber } from '../../src/app/describe-listed.ts';
import { queriesFor } from '../../src/core/queries.ts';
import type { TagFacts, TagNeeds } from '../../src/core/tags/facts.ts';
import { LynceusError } from '../../src/errors.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { aTracked } from '../helpers/policies.ts';

const OLD = `sha256:${'1'.repeat(64)}`;
const NEW = `sha256:${'2'.repeat(64)}`;
const DATES: TagNeeds = { images: true, created: [] };
const IMAGES: TagNeeds = { images: true, created: undefined };

/** A registry whose tag has moved from OLD to NEW since it was listed. */
async function described(needs: TagNeeds, { listed = OLD, gone = false } = {}) {
  const asked: string[] = [];
  const registry: Registry = {
    listTags: () => Promise.reject(new Error('nobody lists here')),
    describe({ reference }) {
      asked.push(reference);
      if (gone && reference === OLD)
        return Promise.reject(new LynceusError('registry-not-found', 'the manifest is not there'));
      return Promise.resolve({ digest: reference === OLD ? OLD : NEW, images: [] });
    },
  };
  const facts = new Map<string, TagFacts>([['1.0', { digest: listed, images: undefined, pushed: 5 }]]);
  const [query] = queriesFor([aTracked()]);
  if (query === undefined) throw new Error('no query');
  const found = {
    kind: 'listed' as const,
    query,
    listing: { tags: ['1.0', '2.0'], order: 'unordered' as const, facts },
    listedAt: 1,
    login: { kind: 'anonymous' as const, identity: 'anonymous' },
  };
  const ask = createDescriber({ registry }, createRegistryTurns({ concurrency: 2, limits: NO_LIMITS }));
  const waiting = {
    application: { namespace: 'argocd', name: 'shop' },
    signal: new AbortController().signal,
  };
  const describe = async (tag: string) => {
    const knowledge = await ask(found, { tag, needs, known: facts.get(tag) }, waiting);
    if (knowledge.kind === 'unknown') throw knowledge.error;
    return knowledge.facts;
  };
  return { asked, one: await describe('1.0'), describe };
}

test('dates are those of the digest that was listed, which is asked for by itself', async () => {
  const { asked, one } = await described(DATES);

  expect(asked).toEqual([OLD]);
  expect(one).toEqual({ digest: OLD, images: [], pushed: 5 });
});

test('what may be written is what the tag has now, whatever was listed', async () => {
  const { asked, one } = await described(IMAGES);

  expect(asked).toEqual(['1.0']);
  expect(one).toMatchObject({ digest: NEW, images: [] });
});

test('the time of push is kept: what the tag has now was pushed at least as late', async () => {
  const kept = { digest: NEW, images: [], pushed: 5 };
  expect((await described(IMAGES, { listed: NEW })).one).toEqual(kept);
  expect((await described(IMAGES)).one).toEqual(kept);
});

test('a tag is asked once for the same, however many want it', async () => {
  const { asked, one, describe } = await described(DATES);

  expect(await Promise.all([describe('1.0'), describe('1.0')])).toEqual([one, one]);
  expect(asked).toEqual([OLD]);
});

test('a manifest that was deleted meanwhile is asked for by its tag', async () => {
  const { asked, one } = await described(DATES, { gone: true });

  expect(asked).toEqual([OLD, '1.0']);
  expect(one.digest).toBe(NEW);
});

test('a tag that was listed without facts is asked for by its name', async () => {
  const { asked, describe } = await described(DATES);
  await describe('2.0');

  expect(asked.at(-1)).toBe('2.0');
});
