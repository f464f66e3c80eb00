import { expect, test } from 'vitest';
import type { Registry } from '../../src/ports/registry.ts';
import type { TagEntry } from '../../src/registries/tag-entries.ts';
import { withFacts } from '../../src/registries/with-facts.ts';
import { ANONYMOUS, basicLogin } from './asking.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;
const REPOSITORY = { registry: 'quay.io', path: 'acme/api' };

function entry(tag: string, digest = ONE): TagEntry {
  return { tag, digest, pushed: 5 };
}

/** A registry with these tags, beside an interface that gives one answer after the other, and the last one for ever. */
function aRegistry(tags: readonly string[], ...answers: readonly (readonly TagEntry[] | undefined)[]) {
  const asked: boolean[] = [];
  const inner: Registry = {
    listTags: () => Promise.resolve({ tags, order: 'latest-first', facts: new Map() }),
    describe: () => Promise.reject(new Error('nobody describes here')),
  };
  const registry = withFacts(
    inner,
    {
      read({ hasAnswered }) {
        asked.push(hasAnswered);
        return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1]);
      },
    },
    { now: () => 1 },
  );
  const list = async (login = ANONYMOUS) => {
    const listing = await registry.listTags({ repository: REPOSITORY, login }, new AbortController().signal);
    return { ...listing, known: [...listing.facts.keys()] };
  };
  return { asked, list };
}

test('the names and their order are those of the registry', async () => {
  const { list } = aRegistry(['2.0', '1.0'], [entry('1.0'), entry('9.9'), entry('2.0')]);

  expect(await list()).toMatchObject({ tags: ['2.0', '1.0'], order: 'latest-first', known: ['2.0', '1.0'] });
});

test('a tag that slipped through the pages is found by reading them once more', async () => {
  const { asked, list } = aRegistry(['2.0', '1.0'], [entry('1.0')], [entry('2.0'), entry('1.0')]);

  expect((await list()).known).toEqual(['2.0', '1.0']);
  expect(asked).toHaveLength(2);
});

test('a tag that moved while the pages were read is read once more, and has no facts as long as it is unclear', async () => {
  const { asked, list } = aRegistry(['1.0', '2.0'], [entry('1.0'), entry('2.0'), entry('1.0', TWO)]);

  expect((await list()).known).toEqual(['2.0']);
  expect(asked).toHaveLength(2);
});

test('tags that never have an entry do not make every list be read twice', async () => {
  const { asked, list } = aRegistry(['1.0', 'hidden'], [entry('1.0')]);
  await list();
  await list();

  expect((await list()).known).toEqual(['1.0']);
  expect(asked).toHaveLength(4);
});

test('a tag without a digest has an entry, and no facts', async () => {
  const { asked, list } = aRegistry(['1.0', 'old'], [entry('1.0'), entry('old', '')]);

  expect((await list()).known).toEqual(['1.0']);
  expect(asked).toHaveLength(1);
});

test('the interface is told whether it has served this list to this login before', async () => {
  const { asked, list } = aRegistry(['1.0'], [entry('1.0')]);
  await list();
  await list(basicLogin('u', 'p'));
  await list();

  expect(asked).toEqual([false, false, true]);
});

test('a refusal is remembered, whatever was answered before', async () => {
  const { asked, list } = aRegistry(['1.0'], [entry('1.0')], undefined);
  await list();

  expect((await list()).known).toEqual([]);
  expect((await list()).tags).toEqual(['1.0']);
  expect(asked).toHaveLength(2);
});
