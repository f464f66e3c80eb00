import { describe, expect, test } from 'vitest';
import type { HttpRequest, Send } from '../../src/http/message.ts';
import { createHostPauses, pausing } from '../../src/pull-requests/host-pauses.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const { signal } = new AbortController();
const HOUR = { 'retry-after': '3600' };

/** A host on which projects below `evil` ask for a pause. */
function aHost(headers: Readonly<Record<string, string>> = HOUR) {
  const clock = createVirtualClock();
  const pauses = createHostPauses();
  const asked: string[] = [];
  const send: Send = (request) => {
    asked.push(request.url.pathname);
    const isEvil = request.url.pathname.startsWith('/evil');
    const answer = isEvil ? { status: 429, headers } : { status: 200, headers: {} };
    return Promise.resolve({ ...answer, body: Buffer.alloc(0), url: request.url });
  };
  return {
    clock,
    asked,
    async ask(path: string, key = 'https://git.example token'): Promise<number> {
      const url = new URL(`https://git.example/${path}`);
      const request: HttpRequest = { method: 'GET', url, headers: {}, maxBytes: 1 };
      return (await pausing(send, { pauses: pauses.of(key), path, clock })(request, signal)).status;
    },
  };
}

describe('a pause that a project asks for', () => {
  test.each([
    ['with a time', HOUR],
    ['for years', { 'retry-after': '315360000' }],
    ['by a limit that is used up', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7200' }],
  ])('%s is for no other, of its owner or of another one', async (_how, headers) => {
    const { ask, asked } = aHost(headers);

    expect([await ask('evil/app'), await ask('evil/app')]).toEqual([429, 429]);

    expect(asked).toEqual(['/evil/app']);
    expect([await ask('acme/deploy'), await ask('corp/evil/deploy')]).toEqual([200, 200]);
  });

  test('is for the host once projects of two owners are answered so, and the host is asked again soon', async () => {
    const { ask, clock } = aHost();
    await ask('evil/app');
    await ask('evil-too/app');

    expect(await ask('acme/deploy')).toBe(429);
    clock.advance(300_000);
    expect(await ask('acme/deploy')).toBe(200);
    expect(await ask('evil/app')).toBe(429);
  });

  test('is for no other login, and over after a day', async () => {
    const { ask, asked, clock } = aHost({ 'retry-after': '315360000' });
    await ask('evil/app');
    await ask('evil/app', 'https://git.example other');
    expect(asked).toHaveLength(2);

    clock.advance(86_400_000);
    await ask('evil/app');
    expect(asked).toHaveLength(3);
  });
});
