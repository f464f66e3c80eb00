import { expect, test } from 'vitest';
import { LynceusError, type ErrorCode } from '../../src/errors.ts';
import { withholdNetwork } from '../../src/registries/withhold-network.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';

const ENTRIES = [anEndpoint('https://registry.corp', { prefix: 'registry.corp' })];

test.each<[host: string, code: ErrorCode, withheld: boolean]>([
  ['10.0.0.7:22', 'registry-unreachable', true],
  ['10.0.0.7:22', 'registry-response-invalid', true],
  ['10.0.0.7:22', 'registry-response-too-large', true],
  ['10.0.0.7:22', 'registry-failed', true],
  ['registry.corp:8443', 'registry-unreachable', true],
  // Only a registry, with a certificate that is trusted, says these.
  ['other.example', 'registry-denied', false],
  ['other.example', 'registry-not-found', false],
  ['other.example', 'address-refused', false],
  ['registry.corp', 'registry-unreachable', false],
  ['ghcr.io', 'registry-unreachable', false],
  ['docker.io', 'registry-failed', false],
])('of %s, %s is withheld from tenants: %s', (registry, code, withheld) => {
  const error = new LynceusError(code, 'connection refused', { hint: 'a hint', trail: 'a trail' });
  const thrown = withholdNetwork(error, ENTRIES, { registry, path: 'acme/api' });

  expect(thrown).toMatchObject({ code, message: 'connection refused', hint: 'a hint', trail: 'a trail' });
  expect((thrown as LynceusError).forTenants?.message).toBe(
    withheld ? `${registry} gives no answer of a registry; the log of Lynceus has the reason` : undefined,
  );
});
