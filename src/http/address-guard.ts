import { lookup as lookupName, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseUrl } from '../parse-url.ts';
import { addressKind, addressSpellings, type AddressKind } from './address-kind.ts';
import { bareHost, isInside, isLoopbackHost } from './loopback.ts';

/** Why a connection to an address is refused. */
export type RefusedAddressKind = Exclude<AddressKind, 'public'> | 'own' | 'api-server';

/** An address that what is asked for must not lead to. `exchange.ts` and the writer make a `LynceusError` of it. */
export class AddressRefusal extends Error {
  readonly kind: RefusedAddressKind;
  readonly address: string;

  constructor(kind: RefusedAddressKind, address: string) {
    super(`${address}: ${kind}`);
    this.name = 'AddressRefusal';
    this.kind = kind;
    this.address = address;
  }
}

/** A host and the port that is connected to. */
export interface HostAndPort {
  /** A name or an address, as in a URL. */
  readonly hostname: string;
  readonly port: string;
}

/** Who named a host: only somebody who may write annotations, or who runs a server; or a source, to which Argo CD connects too. */
export type NamedBy = 'stranger' | 'source';

/** What a connection to a host that nobody trusted chose is held to. */
export interface AddressRule {
  /** Throws `AddressRefusal` for an address that is written out, or a name that means this machine: without a question to DNS. */
  checkWritten(hostname: string): void;
  /**
   * Instead of that of Node.js: gives only addresses that may be connected to, so that what is checked is what is connected
   * to. Fails with `AddressRefusal` when there is none.
   */
  readonly lookup: LookupFunction;
}

/** Which addresses may be connected to, for hosts that an annotation, a Secret, or the answer of a server names. */
export interface AddressGuard {
  /** `undefined` for a host that an administrator named: it may be anywhere. */
  ruleFor(host: HostAndPort, namedBy?: NamedBy): AddressRule | undefined;
}

/** The guard of a client. */
export interface ClientGuard {
  /** `undefined` for a host that may be anywhere. */
  readonly ruleFor: (url: URL) => AddressRule | undefined;
  /** What an administrator writes to allow a host that was refused. */
  readonly hint: (url: URL) => string;
}

export interface AddressGuardOptions {
  /** Whether addresses of private networks may be connected to. */
  readonly privateAddresses: boolean;
  /** What may be connected to all the same: an address, a range such as `10.0.0.0/8`, or a host, perhaps with a port. */
  readonly exceptions: readonly string[];
  /** URLs that an administrator named. */
  readonly trusted: readonly URL[];
  /** Where the address of the API server is: `KUBERNETES_SERVICE_HOST`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How names are resolved; that of Node.js unless set. */
  readonly lookup?: LookupFunction;
  /** The addresses of this machine or pod; those of its network interfaces unless set. */
  readonly ownAddresses?: () => readonly string[];
}

export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const { trusted, exceptions, lookup = lookupName as LookupFunction } = options;
  const hosts = new Set([
    ...trusted.map((url) => hostKey(hostAndPort(url))),
    ...exceptions.filter((text) => !text.includes('/')).map(exceptionKey),
  ]);
  const ranges = rangesOf(exceptions);
  const apiServer = bareHost(options.env['KUBERNETES_SERVICE_HOST'] ?? '');

  /** Some clouds give it a name there, whose address may change. */
  let apiAddresses: readonly string[] = isIP(apiServer) === 0 ? [] : [apiServer];

  function learnApiServer(then: () => void): void {
    if (apiServer === '' || isIP(apiServer) !== 0) return then();
    lookup(apiServer, { all: true }, (error, found) => {
      if (error === null && Array.isArray(found)) apiAddresses = found.map(({ address }) => address);
      then();
    });
  }

  function refusalOf(address: string, namedBy: NamedBy): AddressRefusal | undefined {
    if (addressSpellings(address).some((spelling) => isInside(spelling, ranges))) return undefined;
    if (isInside(address, ranges)) return undefined;
    const kind = refusedKind(address, namedBy, { ...options, apiAddresses });
    return kind === undefined ? undefined : new AddressRefusal(kind, address);
  }

  /** Names whose address needs no question: a proxy that answers it is another machine. */
  function refusalOfName(host: string, namedBy: NamedBy): AddressRefusal | undefined {
    if (host !== '' && host === apiServer) return new AddressRefusal('api-server', host);
    const isThisMachine = isLoopbackHost(host) || host.endsWith('.localhost');
    const refusal = isThisMachine ? refusalOf('127.0.0.1', namedBy) : undefined;
    return refusal && new AddressRefusal(refusal.kind, host);
  }

  function ruleOf(namedBy: NamedBy): AddressRule {
    return {
      checkWritten(hostname) {
        const host = bareHost(hostname);
        const refusal = isIP(host) === 0 ? refusalOfName(host, namedBy) : refusalOf(host, namedBy);
        if (refusal !== undefined) throw refusal;
      },
      lookup(hostname, wanted, callback) {
        const checked = checkedLookup(lookup, (address) => refusalOf(address, namedBy));
        learnApiServer(() => checked(hostname, wanted, callback));
      },
    };
  }

  const rules = { stranger: ruleOf('stranger'), source: ruleOf('source') };
  return {
    ruleFor({ hostname, port }, namedBy = 'stranger') {
      const host = bareHost(hostname);
      const isNamed =
        hosts.has(hostKey({ hostname: host, port })) || hosts.has(hostKey({ hostname: host, port: '' }));
      return isNamed ? undefined : rules[namedBy];
    },
  };
}

/** The guard of a client for hosts that somebody of this kind names. */
export function clientGuard(guard: AddressGuard, namedBy: NamedBy = 'stranger'): ClientGuard {
  return {
    ruleFor: (url) => guard.ruleFor(hostAndPort(url), namedBy),
    hint: ({ host }) => exceptionHint(host),
  };
}

/** How an administrator allows a host, whatever its address is. */
export function exceptionHint(host: string): string {
  return `if it is meant, an administrator adds it to the configuration: network.exceptions: ["${host}"]`;
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'ssh:': '22' };

/** Where a URL leads to. */
export function hostAndPort({ protocol, hostname, port }: URL): HostAndPort {
  return { hostname, port: port === '' ? (PORTS[protocol] ?? '') : port };
}

/** A host in one spelling: `0x7f.1` is `127.0.0.1`. */
function hostKey({ hostname, port }: HostAndPort): string {
  return `${bareHost(hostname)} ${port}`;
}

/** An exception without a port is for every port. */
function exceptionKey(text: string): string {
  const [, host = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(isIP(text) === 6 ? `[${text}]` : text) ?? [];
  return hostKey({ hostname: parseUrl(`http://${host}/`)?.hostname ?? host, port });
}

function rangesOf(exceptions: readonly string[]): BlockList {
  const list = new BlockList();
  for (const exception of exceptions) {
    const [address = '', bits = ''] = exception.split('/');
    const version = isIP(address);
    if (version === 0) continue;
    const type = version === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === '' ? (version === 4 ? 32 : 128) : Number(bits), type);
  }
  return list;
}

/** What Argo CD connects to as well is held to less. */
const REFUSED_OF_SOURCES: readonly RefusedAddressKind[] = ['link-local', 'metadata', 'api-server'];

interface RefusalOptions extends Pick<AddressGuardOptions, 'privateAddresses' | 'ownAddresses'> {
  readonly apiAddresses: readonly string[];
}

function refusedKind(
  address: string,
  namedBy: NamedBy,
  { privateAddresses, apiAddresses, ownAddresses = addressesOfMachine }: RefusalOptions,
): RefusedAddressKind | undefined {
  const isOneOf = (others: readonly string[]): boolean => {
    const spellings = addressSpellings(address);
    return others.some((other) => addressSpellings(other).some((spelling) => spellings.includes(spelling)));
  };
  const kind = addressKind(address);
  const found = isOneOf(apiAddresses)
    ? 'api-server'
    : ['private', 'public'].includes(kind) && isOneOf(ownAddresses())
      ? 'own'
      : kind;
  if (found === 'public') return undefined;
  if (namedBy === 'source') return REFUSED_OF_SOURCES.includes(found) ? found : undefined;
  return found === 'private' && privateAddresses ? undefined : found;
}

function addressesOfMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((one = []) => one.map(({ address }) => address));
}

/** Of several addresses those that are refused are left out, so that nobody connects to them. */
function checkedLookup(
  lookup: LookupFunction,
  refusalOf: (address: string) => AddressRefusal | undefined,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const addresses: readonly LookupAddress[] = Array.isArray(found) ? found : [];
      const judged = addresses.map((one) => ({ one, refusal: refusalOf(one.address) }));
      const allowed = judged.flatMap(({ one, refusal }) => (refusal === undefined ? [one] : []));
      const [first] = allowed;
      if (first === undefined) {
        const refusal = judged[0]?.refusal ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
        return callback(refusal, '', 0);
      }
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
