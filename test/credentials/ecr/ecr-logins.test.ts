import { describe, expect, test } from 'vitest';
import { createEcrLogins } from '../../../src/credentials/ecr/ecr-logins.ts';
import { withOwnIdentities } from '../../../src/credentials/own-identity.ts';
import { createRegistryLogins } from '../../../src/credentials/registry-logins.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { Login } from '../../../src/ports/logins.ts';
import { NO_APP_TOKENS } from '../no-app-tokens.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const REPOSITORY = { registry: HOST, path: 'acme/api' };
const ROLES: Readonly<Record<string, string>> = {
  'other/api': 'arn:aws:iam::123456789012:role/other',
};
const HOUR = 3_600_000;
const signal = new AbortController().signal;

function tokenOf(password: string): string {
  return Buffer.from(`AWS:${password}`).toString('base64');
}

describe('the login of Amazon ECR', () => {
  function tokens(life: number | undefined = 12 * HOUR) {
    let now = 0;
    let asked = 0;
    let failing = false;
    const authorizationToken = () => {
      asked += 1;
      if (failing) return Promise.reject(new LynceusError('credentials-failed', 'no identity'));
      return Promise.resolve({
        text: tokenOf(`secret-${asked}`),
        expiresAt: life === undefined ? undefined : now + life,
      });
    };
    const none = createRegistryLogins({
      appTokens: NO_APP_TOKENS,
      endpointOf: () => undefined,
      dockerConfigFile: undefined,
      env: { LOGIN: 'me:mine' },
      clock: { now: () => now },
    });
    const ecr = createEcrLogins({
      clock: { now: () => now },
      api: { authorizationToken },
      entryOf: ({ path }) => ({ awsRoleArn: ROLES[path] }),
    });
    const logins = withOwnIdentities(none, { identities: [ecr], apiUrlOf: () => undefined });
    return {
      logins,
      asked: () => asked,
      fail: (whether: boolean) => (failing = whether),
      pass: (milliseconds: number) => (now += milliseconds),
    };
  }

  function passwordOf(login: Login | undefined): string | undefined {
    return login?.kind === 'basic' ? login.password : undefined;
  }

  test('is asked for once for all images of an account and region', async () => {
    const { logins, asked } = tokens();

    const found = await Promise.all(
      ['a', 'b', 'c'].map((path) => logins.find({ registry: HOST, path }, undefined, signal)),
    );

    expect(found.map(passwordOf)).toEqual(['secret-1', 'secret-1', 'secret-1']);
    expect(asked()).toBe(1);
  });

  test('is asked for again at 80 % of its life', async () => {
    const { logins, pass } = tokens();
    await logins.find(REPOSITORY, undefined, signal);

    pass(9.5 * HOUR);
    const before = await logins.find(REPOSITORY, undefined, signal);
    pass(0.2 * HOUR);
    const after = await logins.find(REPOSITORY, undefined, signal);

    expect([passwordOf(before), passwordOf(after)]).toEqual(['secret-1', 'secret-2']);
  });

  test('is renewed once when it is refused, whichever image reports it first', async () => {
    const { logins, asked } = tokens();
    const refused = await logins.find(REPOSITORY, undefined, signal);

    const one = await logins.renew(REPOSITORY, refused, signal);
    const other = await logins.renew(REPOSITORY, refused, signal);

    expect([passwordOf(one), passwordOf(other), asked()]).toEqual(['secret-2', 'secret-2', 2]);
  });

  test('gives way to a login that somebody named, and to other registries', async () => {
    const { logins, asked } = tokens();

    const named = await logins.find(REPOSITORY, { kind: 'env', variable: 'LOGIN' }, signal);
    const elsewhere = await logins.find({ registry: 'ghcr.io', path: 'acme/api' }, undefined, signal);

    expect([passwordOf(named), elsewhere.kind, asked()]).toEqual(['mine', 'anonymous', 0]);
  });

  test('is not renewed for every image that its identity may not read', async () => {
    const { logins, asked, pass } = tokens();
    await logins.find(REPOSITORY, undefined, signal);
    const refused = await logins.renew(REPOSITORY, await logins.find(REPOSITORY, undefined, signal), signal);
    if (refused === undefined) throw new Error('the first refusal is answered with a new one');

    expect(await logins.renew(REPOSITORY, refused, signal)).toBeUndefined();
    pass(60_000);
    expect(passwordOf(await logins.renew(REPOSITORY, refused, signal))).toBe('secret-3');
    expect(asked()).toBe(3);
  });

  test('of a role is another one, and named after it', async () => {
    const { logins } = tokens();

    const own = await logins.find(REPOSITORY, undefined, signal);
    const other = await logins.find({ ...REPOSITORY, path: 'other/api' }, undefined, signal);

    expect([passwordOf(own), passwordOf(other)]).toEqual(['secret-1', 'secret-2']);
    expect([own.identity, other.identity]).toEqual([
      `ecr:${HOST}`,
      `ecr:${HOST} as arn:aws:iam::123456789012:role/other`,
    ]);
  });

  test('that cannot be had is not asked for again by every image, but in the next cycle', async () => {
    const { logins, asked, fail, pass } = tokens();
    fail(true);
    const find = () => logins.find(REPOSITORY, undefined, signal);

    await expect(find()).rejects.toMatchObject({ code: 'credentials-failed' });
    await expect(find()).rejects.toMatchObject({ code: 'credentials-failed' });
    expect(asked()).toBe(1);

    fail(false);
    pass(30_000);
    expect(passwordOf(await find())).toBe('secret-2');
  });
});
