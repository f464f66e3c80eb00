import { BlockList, isIP } from 'node:net';

/** What an address is for. `metadata` is a cloud's server of identities outside of the link-local range. */
export type AddressKind =
  'loopback' | 'link-local' | 'metadata' | 'unspecified' | 'multicast' | 'broadcast' | 'private' | 'public';

/** By the registries of IANA for special-purpose addresses (RFC 6890) and multicast; the first row that fits counts. */
const RANGES: readonly (readonly [AddressKind, BlockList])[] = [
  ['loopback', ranges('127.0.0.0/8', '::1/128')],
  // Alibaba Cloud, Azure, Oracle Cloud; Amazon with IPv6, Google with IPv6.
  [
    'metadata',
    ranges('100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', 'fd00:ec2::/32', 'fd20:ce::/32'),
  ],
  ['link-local', ranges('169.254.0.0/16', 'fe80::/10')],
  ['unspecified', ranges('0.0.0.0/8', '::/128')],
  ['multicast', ranges('224.0.0.0/4', 'ff00::/8')],
  ['broadcast', ranges('255.255.255.255/32')],
  // Also carriers, benchmarks, and class E, which clouds give to pods; site-local.
  [
    'private',
    ranges(
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '198.18.0.0/15',
      '240.0.0.0/4',
      'fc00::/7',
      'fec0::/10',
    ),
  ],
];

/** The kind of an IP address, which may hold an IPv4 address in any of the ways that IPv6 has for it. */
export function addressKind(address: string): AddressKind {
  const own = kindOf(address);
  if (own !== 'public') return own;
  return (
    embeddedAddresses(address)
      .map(kindOf)
      .find((kind) => kind !== 'public') ?? 'public'
  );
}

/** The address and the IPv4 addresses in it, each in one spelling. */
export function addressSpellings(address: string): readonly string[] {
  const bytes = bytesOf(address);
  return bytes === undefined ? [address] : [bytes.join('.'), ...embeddedAddresses(address)];
}

function kindOf(address: string): AddressKind {
  const plain = withoutZone(address);
  const version = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
  return RANGES.find(([, list]) => list.check(plain, version))?.[0] ?? 'public';
}

function ranges(...texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits = ''] = text.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** IPv4 addresses to which a gateway, a tunnel or the system itself may carry what is sent to an IPv6 address. */
function embeddedAddresses(address: string): readonly string[] {
  const bytes = bytesOf(address);
  if (bytes?.length !== 16) return [];
  const at = (start: number): string => bytes.slice(start, start + 4).join('.');
  const begins = (...start: readonly number[]): boolean =>
    start.every((byte, index) => bytes[index] === byte);
  const zeros = (from: number, to: number): boolean => bytes.slice(from, to).every((byte) => byte === 0);
  // IPv4-mapped, -translated and -compatible (RFC 4291, RFC 7915).
  if (zeros(0, 8)) return [at(12)];
  // NAT64 (RFC 6052), and its local range (RFC 8215), where the address is at one of two places.
  if (begins(0x00, 0x64, 0xff, 0x9b))
    return zeros(4, 12) ? [at(12)] : [at(12), nat64At48(bytes)].filter(isUsed);
  // 6to4 (RFC 3056).
  if (begins(0x20, 0x02)) return [at(2)];
  // Teredo (RFC 4380): the server, and the client with all bits turned.
  if (begins(0x20, 0x01, 0x00, 0x00))
    return [
      at(4),
      bytes
        .slice(12)
        .map((byte) => byte ^ 0xff)
        .join('.'),
    ];
  // ISATAP (RFC 5214).
  const isatap = [0x00, 0x02].some((first) => [first, 0x00, 0x5e, 0xfe].join('.') === at(8));
  return isatap ? [at(12)] : [];
}

/** A prefix of 48 bits, and a byte of zeros in the middle of the address. */
function nat64At48(bytes: readonly number[]): string {
  return [bytes[6], bytes[7], bytes[9], bytes[10]].join('.');
}

function isUsed(address: string): boolean {
  return address !== '0.0.0.0';
}

/** 4 or 16 bytes; `undefined` for text that is no address. */
function bytesOf(address: string): readonly number[] | undefined {
  const plain = withoutZone(address);
  switch (isIP(plain)) {
    case 4:
      return plain.split('.').map(Number);
    case 6:
      return bytesOfIpv6(plain);
    default:
      return undefined;
  }
}

function bytesOfIpv6(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const start = groupsOf(head);
  const end = tail === undefined ? [] : groupsOf(tail);
  const middle = Array.from({ length: Math.max(0, 16 - start.length - end.length) }, () => 0);
  return [...start, ...middle, ...end];
}

function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (part.includes('.')) return part.split('.').map(Number);
    const group = Number.parseInt(part, 16);
    return [group >> 8, group & 0xff];
  });
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
