import { describe, expect, test } from 'vitest';
import { unifyLogins, type LoginSession } from '../../src/app/unify-logins.ts';
import { connectionKey } from '../../src/core/identity/branch.ts';
import type { GitPlace } from '../../src/core/policy.ts';
import { LynceusError } from '../../src/errors.ts';
import type { GitLogin } from '../../src/ports/git-logins.ts';
import { keyOfLogin } from '../../src/writers/git/login-key.ts';
import { aPlaceAt, aTracked } from '../helpers/policies.ts';

const REMOTE = 'https://git.example/acme/deploy.git';
const OPTIONS = { concurrency: 2, signal: new AbortController().signal };
const token = (password: string): GitLogin => ({
  kind: 'basic',
  username: 'bot',
  password,
  caFile: undefined,
});

type Source = GitPlace['credentials'];
const project = (name: string): Source => ({ kind: 'repocreds', project: name });
const named = (namespace: string): Source => ({ kind: 'secret', namespace, name: 'git' });

interface Row {
  readonly when: string;
  /** By source, as text: the login that is found; `undefined` for none that can be used. */
  readonly logins: readonly (readonly [Source, GitLogin | undefined])[];
  /** How many sources are left. */
  readonly left: number;
}

// prettier-ignore
const ROWS: readonly Row[] = [
  { when: 'two projects find one login', logins: [[project('a'), token('x')], [project('b'), token('x')]], left: 1 },
  { when: 'two Secrets hold one token', logins: [[named('a'), token('x')], [named('b'), token('x')]], left: 1 },
  { when: 'a project and a Secret hold one token', logins: [[project('a'), token('x')], [named('b'), token('x')]], left: 1 },
  { when: 'two projects have logins of their own', logins: [[project('a'), token('x')], [project('b'), token('y')]], left: 2 },
  { when: 'two of three find one login', logins: [[project('a'), token('x')], [project('b'), token('y')], [project('c'), token('x')]], left: 2 },
  { when: 'one of two finds none', logins: [[project('a'), token('x')], [project('b'), undefined]], left: 2 },
  { when: 'neither needs a login', logins: [[project('a'), { kind: 'none', caFile: undefined, lookedAt: 'for a' }], [project('b'), { kind: 'none', caFile: undefined, lookedAt: 'for b' }]], left: 1 },
  { when: 'the authority differs', logins: [[project('a'), token('x')], [project('b'), { kind: 'basic', username: 'bot', password: 'x', caFile: '/ca.pem' }]], left: 2 },
];

describe('the credentials of a remote', () => {
  test.each(ROWS)('$when: $left', async ({ logins, left }) => {
    const images = logins.map(([credentials]) => aTracked({ place: aPlaceAt(REMOTE, { credentials }) }));
    const other = aTracked({
      place: aPlaceAt('https://git.example/acme/other.git', { credentials: project('z') }),
    });
    const unified = await unifyLogins([...images, other], sessionOf(logins), OPTIONS);
    const sources = unified.map(({ destination: { target } }) =>
      target.method === 'git' ? JSON.stringify(target.place.credentials) : '',
    );
    expect(new Set(sources.slice(0, -1)).size).toBe(left);
    expect(unified.at(-1)).toBe(other);
    // Whatever the order of the images is.
    const reversed = await unifyLogins(images.toReversed(), sessionOf(logins), OPTIONS);
    expect(reversed.toReversed()).toEqual(unified.slice(0, -1));
  });

  test.each([
    ['one login', 'x', 1],
    ['logins of their own', 'y', 2],
  ])('of a source and of an annotation that find %s', async (_what, password, left) => {
    const own = aTracked({ place: aPlaceAt(REMOTE, { isOwnSource: true }) });
    const named = aTracked({ place: aPlaceAt(REMOTE) });
    const session: LoginSession = {
      loginKey: ({ isOwnSource }) =>
        Promise.resolve(keyOfLogin(token(isOwnSource === true ? 'x' : password))),
    };
    const unified = await unifyLogins([named, own], session, OPTIONS);
    const keys = unified.map(({ destination: { target } }) =>
      target.method === 'git' ? connectionKey(target.place) : '',
    );
    expect(new Set(keys).size).toBe(left);
  });

  test('are not asked for where there is one source', async () => {
    const asked: string[] = [];
    const session: LoginSession = {
      loginKey({ remote }) {
        asked.push(remote.url);
        return Promise.resolve('x');
      },
    };
    const images = ['a.git', 'b.git'].map((name) =>
      aTracked({ place: aPlaceAt(`https://git.example/${name}`) }),
    );
    expect(await unifyLogins(images, session, OPTIONS)).toEqual(images);
    expect(asked).toEqual([]);
  });
});

function sessionOf(logins: Row['logins']): LoginSession {
  const byName = new Map(logins.map(([source, login]) => [JSON.stringify(source), login]));
  return {
    loginKey({ credentials }) {
      const login = byName.get(JSON.stringify(credentials));
      if (login === undefined) return Promise.reject(new LynceusError('credentials-missing', 'none'));
      return Promise.resolve(keyOfLogin(login));
    },
  };
}
