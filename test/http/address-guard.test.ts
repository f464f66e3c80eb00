import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { addressKind } from '../../src/http/address-kind.ts';
import {
  AddressRefusal,
  createAddressGuard,
  hostAndPort,
  type AddressGuardOptions,
  type NamedBy,
} from '../../src/http/address-guard.ts';
import { createHttpClient } from '../../src/http/client.ts';
import { startStandIn, type Handler, type StandIn } from '../helpers/registry-stand-in.ts';

const started: StandIn[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

describe('what an address is for', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b:1::a9fe:a9fe', 'link-local'],
    ['64:ff9b:1:a9fe:a9:fe00::', 'link-local'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a9fe:a9fe::1', 'link-local'],
    ['2001:0:7f00:1::', 'loopback'],
    ['2001:0:808:808:0:0:5601:5601', 'link-local'],
    ['2001:db8::5efe:127.0.0.1', 'loopback'],
    ['2001:db8::200:5efe:a9fe:a9fe', 'link-local'],
    ['169.254.169.254', 'link-local'],
    ['169.254.170.2', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['100.128.0.1', 'public'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['2002:a00:1::', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['2002:808:808::', 'public'],
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
  ])('%s: %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });
});

const OPTIONS: AddressGuardOptions = {
  privateAddresses: true,
  exceptions: [],
  trusted: [],
  env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' },
  ownAddresses: () => ['10.244.1.7', '2001:db8:7::1'],
};

/** What comes of an URL whose name has these addresses: who is connected to, or why nobody is. */
async function outcomeOf(
  url: string,
  addresses: readonly string[],
  { namedBy = 'stranger', ...changes }: Partial<AddressGuardOptions> & { readonly namedBy?: NamedBy } = {},
): Promise<string> {
  const target = new URL(url);
  const guard = createAddressGuard({ ...OPTIONS, ...changes, lookup: resolvingTo(addresses) });
  const rule = guard.ruleFor(hostAndPort(target), namedBy);
  if (rule === undefined) return 'trusted';
  try {
    rule.checkWritten(target.hostname);
    return await new Promise((resolve, reject) => {
      rule.lookup('name', { all: true }, (error, found) => {
        if (error !== null) return reject(error);
        return resolve(Array.isArray(found) ? found.map(({ address }) => address).join(' ') : found);
      });
    });
  } catch (error) {
    if (error instanceof AddressRefusal) return error.kind;
    throw error;
  }
}

function resolvingTo(addresses: readonly string[]): LookupFunction {
  return (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

describe('where a stranger may lead us', () => {
  test.each([
    ['https://reg.example', ['93.184.216.34'], {}, '93.184.216.34'],
    ['https://reg.example', ['10.1.2.3', 'fd12::1'], {}, '10.1.2.3 fd12::1'],
    ['https://reg.example', ['10.1.2.3'], { privateAddresses: false }, 'private'],
    ['https://reg.example', ['100.64.1.1'], { privateAddresses: false }, 'private'],
    ['https://reg.example', ['127.0.0.1'], {}, 'loopback'],
    ['https://reg.example', ['93.184.216.34', '127.0.0.1'], {}, '93.184.216.34'],
    ['https://reg.example', ['169.254.169.254', '::1'], {}, 'link-local'],
    ['https://reg.example', ['10.96.0.1'], {}, 'api-server'],
    ['https://reg.example', ['::ffff:10.96.0.1'], {}, 'api-server'],
    ['https://reg.example', ['64:ff9b::10.96.0.1'], {}, 'api-server'],
    ['https://reg.example', ['10.244.1.7'], {}, 'own'],
    ['https://reg.example', ['2001:DB8:7:0::1'], {}, 'own'],
    ['https://localhost', [], {}, 'loopback'],
    ['https://LOCALHOST.:5000', [], {}, 'loopback'],
    ['https://app.localhost', [], {}, 'loopback'],
    ['https://2130706433', [], {}, 'loopback'],
    ['https://0x7f.1', [], {}, 'loopback'],
    ['https://0251.0376.0251.0376', [], {}, 'link-local'],
    ['https://127.0.0.1.', [], {}, 'loopback'],
    ['https://[::ffff:7f00:1]', [], {}, 'loopback'],
    ['https://[fe80::1]', [], {}, 'link-local'],
    ['https://0', [], {}, 'unspecified'],
    ['https://①②⑦.0.0.1', [], {}, 'loopback'],
    ['https://10.96.0.1:6443', [], {}, 'api-server'],
    ['https://reg.example', ['20.1.2.3'], { env: { KUBERNETES_SERVICE_HOST: 'kube.example' } }, 'api-server'],
    ['https://kube.example', [], { env: { KUBERNETES_SERVICE_HOST: 'kube.example' } }, 'api-server'],
  ] as const)('%s at %j with %o: %s', async (url, addresses, options, outcome) => {
    expect(await outcomeOf(url, addresses, options)).toBe(outcome);
  });

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['10.244.1.7', '10.244.1.7'],
    ['10.1.2.3', '10.1.2.3'],
    ['169.254.169.254', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['10.96.0.1', 'api-server'],
  ])('a source at %s is held to less: %s', async (address, outcome) => {
    expect(
      await outcomeOf('https://git.example', [address], { namedBy: 'source', privateAddresses: false }),
    ).toBe(outcome);
  });

  test.each([
    ['http://reg.example:5000', ['reg.example:5000'], 'trusted'],
    ['http://REG.example.:5000', ['reg.example:5000'], 'trusted'],
    ['http://reg.example:5001', ['reg.example:5000'], 'loopback'],
    ['https://reg.example', ['reg.example:443'], 'trusted'],
    ['https://reg.example:8443', ['reg.example'], 'trusted'],
    ['https://sub.reg.example', ['reg.example'], 'loopback'],
    ['https://reg.example', ['127.0.0.0/8'], '127.0.0.1'],
    ['https://reg.example', ['127.0.0.1'], '127.0.0.1'],
    ['https://reg.example', ['127.0.0.2'], 'loopback'],
    ['https://127.0.0.1:5000', ['0x7f.1:5000'], 'trusted'],
    ['https://[::1]:5000', ['[::1]:5000'], 'trusted'],
    ['https://[::1]:5000', ['::1'], 'trusted'],
  ])('%s with the exceptions %j: %s', async (url, exceptions, outcome) => {
    expect(await outcomeOf(url, ['127.0.0.1'], { exceptions })).toBe(outcome);
  });

  test.each([
    ['http://reg.example:5000/v2/', 'trusted'],
    ['http://reg.example:6000', 'loopback'],
    ['https://reg.example', 'loopback'],
  ])('an administrator named http://reg.example:5000; %s: %s', async (url, outcome) => {
    const trusted = [new URL('http://reg.example:5000')];
    expect(await outcomeOf(url, ['127.0.0.1'], { trusted })).toBe(outcome);
  });
});

describe('a client with a guard', () => {
  const NAMES: Readonly<Record<string, string>> = {
    'inside.example': '127.0.0.1',
    localhost: '127.0.0.1',
  };

  async function aServer(handler: Handler): Promise<StandIn> {
    const server = await startStandIn(handler);
    started.push(server);
    return server;
  }

  function ask(url: string, options: Partial<AddressGuardOptions> = {}) {
    const lookup: LookupFunction = (hostname, _options, callback) =>
      callback(null, [{ address: NAMES[hostname] ?? '192.0.2.1', family: 4 }]);
    const guard = createAddressGuard({ ...OPTIONS, lookup, ...options });
    const client = createHttpClient({
      userAgent: 'lynceus/test',
      codes: { unreachable: 'registry-unreachable', tooLarge: 'registry-failed', invalid: 'registry-failed' },
      guard: {
        ruleFor: (target) => guard.ruleFor(hostAndPort(target)),
        hint: ({ host }) => `write ${host} into network.exceptions`,
      },
    });
    onTestFinished(() => client.close());
    const request = { method: 'GET', url: new URL(url), headers: {}, maxBytes: 1_000 } as const;
    return client.send(request, new AbortController().signal);
  }

  test.each([
    ['written', (port: string) => `http://127.0.0.1:${port}/`],
    ['in another spelling', (port: string) => `http://0x7f000001:${port}/`],
    ['behind a name', (port: string) => `http://inside.example:${port}/`],
    ['behind localhost', (port: string) => `http://localhost:${port}/`],
  ])('sends nothing to an address that is refused, %s', async (_how, urlOf) => {
    const asked: string[] = [];
    const server = await aServer(({ url }) => {
      asked.push(url.pathname);
      return { status: 200 };
    });
    const { port } = new URL(server.url);
    await expect(ask(urlOf(port))).rejects.toMatchObject({
      code: 'address-refused',
      retryable: false,
      message: expect.stringMatching(/^nothing was sent to http:.* is an address of this machine itself/),
      hint: expect.stringContaining(`:${port} into network.exceptions`),
    });
    expect(asked).toEqual([]);
    // The same server, when an administrator allows its address.
    expect((await ask(urlOf(port), { exceptions: ['127.0.0.0/8', '::1'] })).status).toBe(200);
  });

  test.each([
    ['http://169.254.169.254/latest/meta-data/', /a link-local address/],
    ['http://[fe80::1]/', /a link-local address/],
    ['http://inside.example:1/', /127\.0\.0\.1 is an address of this machine/],
  ])('follows no redirect to %s', async (location, why) => {
    const server = await aServer(() => ({ status: 307, headers: { location } }));
    const { port } = new URL(server.url);
    const there = `http://127.0.0.1:${port}/`;
    await expect(ask(there, { trusted: [new URL(there)] })).rejects.toMatchObject({
      code: 'address-refused',
      message: expect.stringMatching(why),
    });
  });

  test('connects to the address that was checked, whatever the name has the next time', async () => {
    const server = await aServer(() => ({ status: 204 }));
    const { port } = new URL(server.url);
    const answers = ['127.0.0.1', '127.0.0.2'];
    const asked: string[] = [];
    const lookup: LookupFunction = (hostname, _options, callback) => {
      asked.push(hostname);
      callback(null, [{ address: answers[asked.length - 1] ?? '', family: 4 }]);
    };
    const options = { lookup, exceptions: ['127.0.0.1'] };
    expect((await ask(`http://turns.example:${port}/`, options)).status).toBe(204);
    expect(asked).toEqual(['turns.example']);
    await expect(ask(`http://turns.example:${port}/`, options)).rejects.toMatchObject({
      code: 'address-refused',
    });
    expect(asked).toEqual(['turns.example', 'turns.example']);
  });
});
