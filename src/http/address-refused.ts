import { LynceusError } from '../errors.ts';
import type { AddressRefusal, RefusedAddressKind } from './address-guard.ts';

const WHAT: Readonly<Record<RefusedAddressKind, string>> = {
  loopback: 'an address of this machine itself',
  own: 'an address of this machine itself',
  'link-local': 'a link-local address, where clouds give out identities',
  metadata: 'an address where clouds give out identities',
  'api-server': 'the address of the Kubernetes API server',
  unspecified: 'an address that means this machine',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  private: 'an address of a private network, and network.privateAddresses is false',
};

/** The error for a connection that was not made: `where` would have been at an address that may not be connected to. */
export function addressRefused(
  where: string,
  { kind, address }: Pick<AddressRefusal, 'kind' | 'address'>,
  hint: string | undefined,
): LynceusError {
  const text = `nothing was sent to ${where}: ${address} is ${WHAT[kind]}, and no administrator named it`;
  return new LynceusError('address-refused', text, { hint });
}
