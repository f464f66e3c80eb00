import { readFileSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GitPlace } from '../../../src/core/policy.ts';
import { createAddressGuard, type AddressGuardOptions } from '../../../src/http/address-guard.ts';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import { pinsOf, type RemoteGuard } from '../../../src/writers/git/remote-guard.ts';
import { startGitHttpServer, startGitSshServer } from '../../helpers/git-servers.ts';
import { readAt } from '../../helpers/git-world.ts';
import { errorOf } from '../../helpers/thrown.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, NO_LOGIN, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000 });

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'git.example': ['93.184.216.34', '2606:2800::1'],
  'inside.example': ['127.0.0.1'],
  'both.example': ['169.254.169.254', '93.184.216.34'],
  'private.example': ['10.1.2.3'],
  'cloud.example': ['169.254.169.254'],
  'kube.example': ['10.96.0.1'],
  'proxy.example': ['10.1.2.9'],
  '127.0.0.1': ['127.0.0.1'],
  '169.254.169.254': ['169.254.169.254'],
  '0x7f.1': ['127.0.0.1'],
};

const lookup: LookupFunction = (hostname, _options, callback) => {
  const found = ADDRESSES[hostname];
  if (found === undefined) return callback(Object.assign(new Error(), { code: 'ENOTFOUND' }), '', 0);
  return callback(
    null,
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};

function aGuard(changes: Partial<AddressGuardOptions> = {}): RemoteGuard {
  return {
    addresses: createAddressGuard({
      privateAddresses: true,
      exceptions: [],
      trusted: [],
      env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' },
      ownAddresses: () => [],
      lookup,
      ...changes,
    }),
    allowsFolder: ({ isOwnSource = false }) => isOwnSource,
  };
}

type Own = Pick<GitPlace, 'isOwnSource'>;
const OWN: Own = { isOwnSource: true };
const NAMED: Own = {};

describe('what git does not resolve by itself', () => {
  it.each<[string, Own, string]>([
    ['https://git.example/x', NAMED, 'git.example 443 93.184.216.34 2606:2800::1'],
    ['https://GIT.example.:8443/x', NAMED, 'git.example 8443 93.184.216.34 2606:2800::1'],
    ['http://git.example/x', NAMED, 'git.example 80 93.184.216.34 2606:2800::1'],
    ['git@git.example:x', NAMED, 'git.example 22 93.184.216.34 2606:2800::1'],
    ['ssh://git@git.example:2222/x', NAMED, 'git.example 2222 93.184.216.34 2606:2800::1'],
    ['https://both.example/x', NAMED, 'both.example 443 93.184.216.34'],
    ['https://private.example/x', NAMED, 'private.example 443 10.1.2.3'],
    ['https://inside.example/x', OWN, 'inside.example 443 127.0.0.1'],
    ['/srv/git/x', NAMED, ''],
  ])('%s, %o: %s', async (url, own, expected) => {
    const pins = await pinsOf(aPlaceAt(url, own), NO_LOGIN, { guard: aGuard(), env: {}, signal: LASTING });
    expect(pins.map(({ hostname, port, addresses }) => [hostname, port, ...addresses].join(' ')).join()).toBe(
      expected,
    );
  });

  it.each<[string, Own, string, RegExp]>([
    ['https://inside.example/x', NAMED, 'address-refused', /127\.0\.0\.1 is an address of this machine/],
    ['git@inside.example:x', NAMED, 'address-refused', /this machine/],
    ['http://127.0.0.1:9/x', NAMED, 'address-refused', /this machine/],
    ['http://0177.1:9/x', NAMED, 'address-refused', /this machine/],
    ['git@0x7f.1:x', NAMED, 'address-refused', /this machine/],
    ['ssh://localhost:2222/x', NAMED, 'address-refused', /this machine/],
    ['https://cloud.example/x', NAMED, 'address-refused', /link-local/],
    ['https://cloud.example/x', OWN, 'address-refused', /link-local/],
    ['http://169.254.169.254/latest/api', OWN, 'address-refused', /link-local/],
    ['ssh://git@kube.example/x', OWN, 'address-refused', /API server/],
    ['https://kube.example/x', NAMED, 'address-refused', /API server/],
    ['https://nobody.example/x', NAMED, 'git-unreachable', /no such host name/],
    ['ssh://git@%6cocalhost/x', NAMED, 'git-unreachable', /no such host name/],
  ])('%s, %o, is refused with %s', async (url, own, code, message) => {
    const error = await errorOf(
      pinsOf(aPlaceAt(url, own), NO_LOGIN, { guard: aGuard(), env: {}, signal: LASTING }),
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('is nothing where an administrator named the host', async () => {
    const guard = aGuard({ trusted: [new URL('https://inside.example')] });
    expect(
      await pinsOf(aPlaceAt('https://inside.example/x'), NO_LOGIN, { guard, env: {}, signal: LASTING }),
    ).toEqual([]);
  });

  it.each<[string, Partial<GitLogin>, Record<string, string>]>([
    ['of the process', {}, { https_proxy: 'http://proxy.example:3128' }],
    ['of a Secret', { proxy: { url: 'http://proxy.example:3128', except: '' } }, {}],
  ])('has no address behind a proxy %s that may resolve it', async (_whose, changes, env) => {
    const login = { ...NO_LOGIN, ...changes } as GitLogin;
    const pins = await pinsOf(aPlaceAt('https://nobody.example/x'), login, {
      guard: aGuard(),
      env,
      signal: LASTING,
    });
    expect(pins.at(-1)).toEqual({ hostname: 'nobody.example', port: '443', addresses: ['255.255.255.255'] });
    await expect(
      pinsOf(aPlaceAt('https://localhost/x'), login, { guard: aGuard(), env, signal: LASTING }),
    ).rejects.toMatchObject({ code: 'address-refused' });
  });

  it('is not waited for once the cycle is over', async () => {
    const stop = new AbortController();
    // A name server that never answers.
    const guard = aGuard({ lookup: () => stop.abort() });
    const options = { guard, env: {}, signal: stop.signal };
    await expect(pinsOf(aPlaceAt('https://git.example/x'), NO_LOGIN, options)).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('is not asked for when the cycle is over before, and no timer is left', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const options = { guard: aGuard(), env: {}, signal: AbortSignal.abort() };
    await expect(pinsOf(aPlaceAt('https://git.example/x'), NO_LOGIN, options)).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['http://proxy.example:3128', 'proxy.example 3128 10.1.2.9'],
    ['http://user:s3cret@proxy.example', 'proxy.example 80 10.1.2.9'],
    ['socks5://proxy.example', 'proxy.example 1080 10.1.2.9'],
    ['http://127.0.0.1:3128', 'address-refused'],
    ['http://cloud.example', 'address-refused'],
    ['localhost:8080', 'address-refused'],
  ])('is the proxy %s of a Secret: %s', async (url, expected) => {
    const login: GitLogin = { kind: 'none', caFile: undefined, proxy: { url, except: '' } };
    const found = pinsOf(aPlaceAt('https://git.example/x'), login, {
      guard: aGuard(),
      env: {},
      signal: LASTING,
    });
    if (expected === 'address-refused') {
      const error = await errorOf(found);
      expect(error.code).toBe('address-refused');
      expect(error.line).not.toContain('s3cret');
      return;
    }
    const [pin] = await found;
    expect(pin && [pin.hostname, pin.port, ...pin.addresses].join(' ')).toBe(expected);
  });
});

describe('git itself', () => {
  let world: WriterWorld;
  beforeEach(() => {
    world = createWriterWorld();
  });
  afterEach(() => world.remove());

  async function update(place: GitPlace, login: GitLogin = NO_LOGIN) {
    const session = world.writer({ login, guard: aGuard() }).open();
    try {
      const commit = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));
      const [result] = await session.apply(aSet(place, commit), LASTING);
      return result === undefined ? 'nothing' : outcomeOf(result);
    } finally {
      await session.close();
    }
  }

  it('connects over HTTP to the address that was looked at', async () => {
    const remote = world.remote();
    const server = await startGitHttpServer({ root: world.root });
    onTestFinished(() => server.stop());
    // No name server knows this name: only the pin can lead there.
    const url = `${server.url.replace('127.0.0.1', 'inside.example')}/deploy.git`;

    expect(await update(aPlaceAt(url))).toBe('address-refused');
    expect(server.requests).toEqual([]);
    expect(await update(aPlaceAt(url, OWN))).toBe('pushed');
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it('connects over SSH to the address that was looked at, and knows the key of the host by its name', async () => {
    const remote = world.remote();
    const server = await startGitSshServer();
    onTestFinished(() => server.stop());
    const knownHostsFile = join(world.root, 'known_hosts');
    writeFileSync(
      knownHostsFile,
      readFileSync(server.knownHostsFile, 'utf8').replace('127.0.0.1', 'inside.example'),
    );
    const login: GitLogin = { kind: 'ssh', privateKeyFile: server.privateKeyFile, knownHostsFile };
    const url = server.urlOf(remote).replace('127.0.0.1', 'inside.example');

    expect(await update(aPlaceAt(url), login)).toBe('address-refused');
    expect(await update(aPlaceAt(url, OWN), { ...login, knownHostsFile: server.knownHostsFile })).toBe(
      'git-unreachable',
    );
    expect(await update(aPlaceAt(url, OWN), login)).toBe('pushed');
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it('takes a folder of this machine only from somebody trusted', async () => {
    const remote = world.remote();
    expect(await update(aPlaceAt(remote))).toBe('address-refused');
    expect(await update(aPlaceAt(`file://${remote}`))).toBe('address-refused');
    expect(await update(aPlaceAt(remote, OWN))).toBe('pushed');
  });
});
