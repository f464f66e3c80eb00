import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface SelfSignedOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly days: number;
  /** DNS names and IPv4 addresses; the first is the common name. */
  readonly names: readonly [string, ...string[]];
}

const DAY = 86_400_000;
/** Clocks of clients may be a little behind. */
const EARLIER = 300_000;

/**
 * A P-256 certificate that vouches for itself, for servers only. Node.js makes the key and the signature; what is between them
 * is one fixed form of RFC 5280, section 4.1, so no package is needed for it.
 */
export function createSelfSignedPair({ now, days, names }: SelfSignedOptions): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(set(sequence(oid(OIDS.commonName), utf8(names[0]))));
  const validity = sequence(time(now - EARLIER), time(now + days * DAY));
  const toSign = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    SIGNATURE_ALGORITHM,
    subject,
    validity,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions(names)),
  );
  const signature = sign('sha256', toSign, privateKey);
  const certificate = sequence(toSign, SIGNATURE_ALGORITHM, bitString(signature));
  return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** As they are encoded: X.690, section 8.19. */
const OIDS = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  basicConstraints: [0x55, 0x1d, 0x13],
  keyUsage: [0x55, 0x1d, 0x0f],
  extendedKeyUsage: [0x55, 0x1d, 0x25],
  serverAuthentication: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const;

const SIGNATURE_ALGORITHM = sequence(oid(OIDS.ecdsaWithSha256));

function extensions(names: readonly string[]): Buffer {
  const critical = tagged(0x01, Buffer.from([0xff]));
  const digitalSignature = tagged(0x03, Buffer.from([7, 0x80]));
  return sequence(
    sequence(oid(OIDS.basicConstraints), critical, octets(sequence())),
    sequence(oid(OIDS.keyUsage), critical, octets(digitalSignature)),
    sequence(oid(OIDS.extendedKeyUsage), octets(sequence(oid(OIDS.serverAuthentication)))),
    sequence(oid(OIDS.subjectAltName), octets(sequence(...names.map(generalName)))),
  );
}

/** RFC 5280, section 4.2.1.6: `dNSName` is [2], `iPAddress` is [7]. */
function generalName(name: string): Buffer {
  return isIPv4(name)
    ? tagged(0x87, Buffer.from(name.split('.').map(Number)))
    : tagged(0x82, Buffer.from(name, 'ascii'));
}

/** Positive, not zero, at most 20 bytes. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes;
}

/** Two digits of the year until 2049, four from then on: RFC 5280, section 4.1.2.5. */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

function oid(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content);
}

function bitString(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
}

/** Tag, length, content: X.690, section 8.1. */
function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
