import { afterAll, describe, expect, test } from 'vitest';
import { aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';

const WARNING = 'the login of a registry goes over the network without TLS';
const credentials = { kind: 'env', variable: 'LOGIN' } as const;

describe('an entry for a registry', () => {
  const world = createFlowWorld();

  afterAll(() => world.remove());

  test.each([
    ['without TLS and with a login', 'http://registry.corp:5000', { credentials }, true],
    ['without TLS and without a login', 'http://registry.corp:5000', {}, false],
    ['with TLS and with a login', 'https://registry.corp', { credentials }, false],
    ['without TLS on this machine', 'http://127.0.0.1:5000', { credentials }, false],
    ['without TLS on localhost', 'http://localhost:5000', { credentials }, false],
    [
      'with a token server without TLS',
      'https://registry.corp',
      { tokenServers: ['https://a.corp', 'http://auth.corp:5001'] },
      true,
    ],
    ['with a token server with TLS', 'https://registry.corp', { tokenServers: ['https://auth.corp'] }, false],
    ['with one on this machine', 'https://registry.corp', { tokenServers: ['http://[::1]:5001'] }, false],
  ])('%s is warned of: %s', async (_which, apiUrl, changes, expected) => {
    const before = world.logged.length;

    await world.compose({ registries: [aRegistryConfig(apiUrl, 'registry.corp', changes)] }).close();

    const warned = world.logged.slice(before).some((line) => line.includes(WARNING));
    expect(warned).toBe(expected);
  });
});
