import type { Attempt } from './attempt.ts';

function image(host: string): Attempt {
  return {
    what: `a registry at ${host}`,
    by: { annotations: { 'image-list': `a=${host}/probe/<own>:^1` } },
    ends: 'address-refused|reference-invalid|annotation-invalid',
    says: /registries|network\.exceptions|expected/,
  };
}

/** Where the daemon is to connect to, although the attacker could not. `<port>` is that of a server on loopback. */
export const ADDRESSES: readonly Attempt[] = [
  image('localhost:<port>'),
  image('LOCALHOST:<port>'),
  image('localhost.:<port>'),
  image('127.0.0.1:<port>'),
  image('127.1:<port>'),
  image('127.0.0.2:<port>'),
  image('2130706433:<port>'),
  image('0x7f000001:<port>'),
  image('0177.0.0.1:<port>'),
  image('0.0.0.0:<port>'),
  image('0:<port>'),
  image('[::1]:<port>'),
  image('[::]:<port>'),
  image('[0:0:0:0:0:0:0:1]:<port>'),
  image('[::ffff:127.0.0.1]:<port>'),
  image('[::ffff:7f00:1]:<port>'),
  image('[::127.0.0.1]:<port>'),
  image('[64:ff9b::7f00:1]:<port>'),
  image('[2002:7f00:1::]:<port>'),
  image('169.254.169.254'),
  image('169.254.169.254:80'),
  image('169.254.170.23:80'),
  image('[fe80::1]:80'),
  image('[::ffff:169.254.169.254]:80'),
  image('[64:ff9b::a9fe:a9fe]:80'),
  image('[fd00:ec2::254]:80'),
  image('224.0.0.1:80'),
  image('255.255.255.255:80'),
  image('[ff02::1]:80'),
  image('<api>'),
];
