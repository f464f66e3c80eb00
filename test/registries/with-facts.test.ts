import { expect, test } from 'vitest';
import type { Registry } from '../../src/ports/registry.ts';
import type { ToldTag } from '../../src/registries/told-tags.ts';
import { withFacts } from '../../src/registries/with-facts.ts';
import { ANONYMOUS, basicLogin } from './asking.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;
const REPOSITORY = { registry: 'quay.io', path: 'acme/api' };

function told(tag: string, digest = ONE): ToldTag {
  return { tag, digest, pushed: 5 };
}

/** A registry with these tags, beside an interface that gives one answer after the other, and the last one for ever. */
function aRegistry(tags: readonly string[], ...answers: readonly (readonly ToldTag[] | undefined)[]) {
  const asked: boolean[] = [];
  const inner: Registry = {
    listTags: () => Promise.resolve({ tags, order: 'latest-first', facts: new Map() }),
    describe: () => Promise.reject(new Error('nobody describes here')),
  };
  const registry = withFacts(
    inner,
    {
      tell({ hasTold }) {
        asked.push(hasTold);
        return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1]);
      },
    },
    { now: () => 1 },
  );
  const list = async (login = ANONYMOUS) => {
    const listing = await registry.listTags(REPOSITORY, login, new AbortController().signal);
    return { ...listing, told: [...listing.facts.keys()] };
  };
  return { asked, list };
}

test('the names and their order are those of the registry', async () => {
  const { list } = aRegistry(['2.0', '1.0'], [told('1.0'), told('9.9'), told('2.0')]);

  expect(await list()).toMatchObject({ tags: ['2.0', '1.0'], order: 'latest-first', told: ['2.0', '1.0'] });
});

test('a tag that slipped through the pages is found by reading them once more', async () => {
  const { asked, list } = aRegistry(['2.0', '1.0'], [told('1.0')], [told('2.0'), told('1.0')]);

  expect((await list()).told).toEqual(['2.0', '1.0']);
  expect(asked).toHaveLength(2);
});

test('a tag that moved while the pages were read is read once more, and has no facts as long as it is unclear', async () => {
  const { asked, list } = aRegistry(['1.0', '2.0'], [told('1.0'), told('2.0'), told('1.0', TWO)]);

  expect((await list()).told).toEqual(['2.0']);
  expect(asked).toHaveLength(2);
});

test('tags that are never told do not make every list be read twice', async () => {
  const { asked, list } = aRegistry(['1.0', 'hidden'], [told('1.0')]);
  await list();
  await list();

  expect((await list()).told).toEqual(['1.0']);
  expect(asked).toHaveLength(4);
});

test('a tag without a digest is told of, and has no facts', async () => {
  const { asked, list } = aRegistry(['1.0', 'old'], [told('1.0'), told('old', '')]);

  expect((await list()).told).toEqual(['1.0']);
  expect(asked).toHaveLength(1);
});

test('the interface knows whether it has told this list to this login before', async () => {
  const { asked, list } = aRegistry(['1.0'], [told('1.0')]);
  await list();
  await list(basicLogin('u', 'p'));
  await list();

  expect(asked).toEqual([false, false, true]);
});

test('a refusal is remembered, whatever was told before', async () => {
  const { asked, list } = aRegistry(['1.0'], [told('1.0')], undefined);
  await list();

  expect((await list()).told).toEqual([]);
  expect((await list()).tags).toEqual(['1.0']);
  expect(asked).toHaveLength(2);
});
