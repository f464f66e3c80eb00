import { describe, expect, test } from 'vitest';
import type { FindTags } from '../../src/app/find-tags.ts';
import { listAhead } from '../../src/app/list-ahead.ts';
import { queryKey } from '../../src/core/queries.ts';
import { aTracked } from '../helpers/policies.ts';

const { signal } = new AbortController();
const OPEN = { enforced: false };
const web = aTracked({ alias: 'web', image: 'ghcr.io/acme/web' });
const sameWeb = aTracked({ alias: 'web', image: 'ghcr.io/acme/web:1.0.0' });
const api = aTracked({ alias: 'api', image: 'ghcr.io/acme/api' });
const live = {
  ...aTracked({ alias: 'live', image: 'ghcr.io/acme/live' }),
  destination: { ...web.destination, target: { method: 'application', at: '', format: 'helm' } as const },
};

/** A finder that never answers, and what it was asked for. */
function finder(): { readonly find: FindTags; readonly asked: string[]; readonly signals: AbortSignal[] } {
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  return {
    asked,
    signals,
    find: ({ repository }, waiting) => {
      asked.push(repository.path);
      signals.push(waiting.signal);
      return new Promise((_resolve, reject) => {
        waiting.signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    },
  };
}

describe('listing ahead', () => {
  test.each([
    ['each query once', [web, sameWeb, api], OPEN, ['acme/web', 'acme/api']],
    ['no image that is in no Git', [live, api], OPEN, ['acme/api']],
    ['nothing where rules count', [web, api], { enforced: true }, []],
  ])('asks %s', (_what, images, fence, expected) => {
    const { find, asked } = finder();
    listAhead(images, { find, fence, inVain: new Set(), signal }).end();
    expect(asked).toEqual(expected);
  });

  test('asks for nothing that nobody wanted the last time, until somebody does', () => {
    const inVain = new Set<string>();
    function cycle(wanted: typeof web | undefined): readonly string[] {
      const { find, asked } = finder();
      const ahead = listAhead([web, api], { find, fence: OPEN, inVain, signal });
      const before = [...asked];
      const waiting = { application: api.application, signal: AbortSignal.abort() };
      for (const one of [api, ...(wanted === undefined ? [] : [wanted])])
        ahead.find(one, waiting).catch(() => undefined);
      ahead.end();
      return before;
    }

    expect(cycle(undefined)).toEqual(['acme/web', 'acme/api']);
    expect([...inVain]).toEqual([queryKey(web)]);
    expect(cycle(web)).toEqual(['acme/api']);
    expect(cycle(web)).toEqual(['acme/web', 'acme/api']);
  });

  test.each([
    ['the batch has all answers', (_: AbortController, end: () => void) => end()],
    ['the cycle is stopped', (stop: AbortController) => stop.abort()],
  ])('ends once %s', (_when, stopIt) => {
    const { find, signals } = finder();
    const stop = new AbortController();
    const ahead = listAhead([web, api], { find, fence: OPEN, inVain: new Set(), signal: stop.signal });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);

    stopIt(stop, () => ahead.end());

    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
