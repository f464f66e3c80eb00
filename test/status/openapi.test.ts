import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { createStatusStore } from '../../src/status/status-store.ts';
import { OPENAPI } from '../../src/status/openapi.ts';
import { statusRoutes } from '../../src/status/status-routes.ts';

describe('the OpenAPI document', () => {
  test('is one of version 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(OPENAPI)) as Record<string, unknown>);
    expect([result.errors, result.valid, validator.version]).toEqual([undefined, true, '3.1']);
  });

  test('has every route, and no other', () => {
    const { reader } = createStatusStore({
      clock: { now: () => 0 },
      version: '1',
      process: 'p',
      shard: undefined,
      commitPageOf: () => undefined,
    });
    const clock = { now: () => 0, sleep: () => Promise.resolve(), random: () => 0 };
    const routes = statusRoutes({ readerFor: () => reader, clock, document: OPENAPI });
    const served = Object.keys(routes).map((path) => path.replace('/api/v1', ''));
    const own = ['/openapi.json', '/{rest...}'];
    expect(served.filter((path) => !own.includes(path)).toSorted()).toEqual(
      Object.keys(OPENAPI.paths).toSorted(),
    );
  });

  test('names only schemas that are there, and all that are', () => {
    const inOrder = (names: readonly (string | undefined)[]) =>
      [...new Set(names)].map(String).toSorted((a, b) => a.localeCompare(b));
    const named = [...JSON.stringify(OPENAPI).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(inOrder(named)).toEqual(inOrder(Object.keys(OPENAPI.components.schemas)));
  });
});
