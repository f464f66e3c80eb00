import { expect, test } from 'vitest';
import type { LoginAnswer } from '../../src/credentials/chosen-login.ts';
import { withOwnIdentities, type OwnIdentity } from '../../src/credentials/own-identity.ts';
import type { BasicLogin } from '../../src/credentials/read-login.ts';
import type { RegistryLogins } from '../../src/credentials/registry-logins.ts';
import type { Login } from '../../src/ports/logins.ts';

const { signal } = new AbortController();
const CLOUD = { registry: 'acme.cloud.example', path: 'api' };
const NAMED: BasicLogin = { kind: 'basic', identity: 'env:X', username: 'a', password: 'b' };
const OWN: BasicLogin = { kind: 'basic', identity: 'cloud:own', username: 'c', password: 'd' };
const NOBODY: Login = { kind: 'anonymous', identity: 'anonymous', why: 'nothing named a login' };

function setUp(found: Login, answer: LoginAnswer = { kind: 'login', login: OWN }, apiUrl?: string) {
  const asked: string[] = [];
  const inner: RegistryLogins = {
    find: async () => found,
    renew: async () => NAMED,
  };
  const identity: OwnIdentity = {
    prefix: 'cloud:',
    at: ({ registry }) =>
      registry.endsWith('.cloud.example')
        ? {
            find: async () => {
              asked.push(registry);
              return answer;
            },
            renew: async () => answer,
          }
        : undefined,
  };
  const logins = withOwnIdentities(inner, { identities: [identity], apiUrlOf: () => apiUrl });
  return { asked, logins };
}

test('an image of the cloud without a named login is asked for with the login of the process', async () => {
  const { logins } = setUp(NOBODY);

  expect(await logins.find(CLOUD, undefined, signal)).toEqual(OWN);
});

test.each([
  ['whose login was named', CLOUD, NAMED],
  ['of another registry', { registry: 'ghcr.io', path: 'a/b' }, NOBODY],
])('an image %s asks nobody in the cloud', async (_what, image, found) => {
  const { logins, asked } = setUp(found);

  expect(await logins.find(image, undefined, signal)).toEqual(found);
  expect(asked).toEqual([]);
});

test('a process without an identity stays nobody, and it is said why', async () => {
  const { logins } = setUp(NOBODY, { kind: 'nothing', why: 'no identity' });

  expect(await logins.find(CLOUD, undefined, signal)).toEqual({
    ...NOBODY,
    why: 'nothing named a login, no identity',
  });
});

test.each([
  ['https://mirror.example', OWN.identity],
  ['http://127.0.0.1:5000', OWN.identity],
  ['http://mirror.example', 'anonymous'],
])('an entry that leads to %s gets the login %s', async (apiUrl, identity) => {
  const { logins } = setUp(NOBODY, undefined, apiUrl);

  expect((await logins.find(CLOUD, undefined, signal)).identity).toBe(identity);
});

test('a login that was refused is renewed by whose it is', async () => {
  const { logins } = setUp(NOBODY);

  expect(await logins.renew(CLOUD, OWN, signal)).toEqual(OWN);
  expect(await logins.renew(CLOUD, NAMED, signal)).toEqual(NAMED);
});
