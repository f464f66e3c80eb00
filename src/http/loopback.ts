import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a host is this machine itself: `localhost` or an address of the loopback interface, in whatever form, with or
 * without a port. `*.localhost` is not: some resolvers send that name to a server (musl does).
 */
export function isLoopbackHost(host: string): boolean {
  const name = bareHost(isIP(host) === 0 ? host.replace(/:\d+$/, '') : host);
  return name === 'localhost' || isInside(name, LOOPBACK);
}

/** Whether a secret may be sent to a URL: over TLS, or without leaving this machine. */
export function isSafeForSecrets({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

/** A host name in lower case, without the brackets of an IPv6 address and without the dot at its end. */
export function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** Whether a host is an address in the list. */
export function isInside(host: string, list: BlockList): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
