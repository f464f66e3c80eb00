import { parseUrl } from '../parse-url.ts';
import { parsed, RefusedValue, textLine } from './value-type.ts';

const IPV6 = /^[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*$/;
const HOST = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

/** A host, an address or a range that may be connected to, whatever its address is. */
export const NETWORK_EXCEPTION = parsed(
  textLine('a host, host:port, an address, or a range such as 10.1.0.0/16'),
  (text) => {
    const [address = '', bits, ...more] = text.split('/');
    const isIpv6 = IPV6.test(address);
    const host =
      isIpv6 || HOST.test(address) ? parseUrl(`http://${isIpv6 ? `[${address}]` : address}/`) : undefined;
    if (host === undefined || more.length > 0) return new RefusedValue();
    if (bits === undefined) return text;
    // Of an IPv4 address, URLs also take other spellings, which a range has not.
    const isAddress = isIpv6 || (/^[\d.]+$/.test(address) && host.hostname === address);
    return isAddress && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIpv6 ? 128 : 32)
      ? text
      : new RefusedValue();
  },
);
