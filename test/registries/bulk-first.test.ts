import { describe, expect, test } from 'vitest';
import type { TagListing } from '../../src/core/tags/facts.ts';
import { bulkFirst } from '../../src/registries/bulk-first.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { ANONYMOUS, basicLogin } from './asking.ts';

const REPOSITORY = { registry: 'ghcr.io', path: 'acme/api' };

function listing(...tags: string[]): TagListing {
  return { tags, order: 'unordered', facts: new Map() };
}

function setUp(answer: TagListing | undefined) {
  const asked: string[] = [];
  const inner: Registry = {
    listTags: () => {
      asked.push('distribution');
      return Promise.resolve(listing('plain'));
    },
    describe: () => Promise.resolve({ digest: `sha256:${'0'.repeat(64)}`, images: undefined }),
  };
  const bulk = {
    listTags: () => {
      asked.push('bulk');
      return Promise.resolve(answer);
    },
  };
  let now = 1;
  const registry = bulkFirst(inner, bulk, { now: () => now });
  const list = (login = basicLogin('u', 'p')) =>
    registry.listTags({ repository: REPOSITORY, login }, new AbortController().signal);
  return { asked, list, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('a registry with an interface that lists in bulk', () => {
  test('is asked there alone when it tells', async () => {
    const { asked, list } = setUp(listing('1.0', '2.0'));

    expect((await list()).tags).toEqual(['1.0', '2.0']);
    expect(asked).toEqual(['bulk']);
  });

  test('is asked by the distribution API when it does not, and there alone for an hour', async () => {
    const { asked, list, pass } = setUp(undefined);

    expect((await list()).tags).toEqual(['plain']);
    await list();
    expect(asked).toEqual(['bulk', 'distribution', 'distribution']);
    pass(3_600_001);
    await list();
    expect(asked.slice(3)).toEqual(['bulk', 'distribution']);
  });

  test('is asked anew for another login', async () => {
    const { asked, list } = setUp(undefined);
    await list();
    await list(ANONYMOUS);

    expect(asked).toEqual(['bulk', 'distribution', 'bulk', 'distribution']);
  });
});
