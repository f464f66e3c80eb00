import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { asLynceusError, isMissing, LynceusError, messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { createSelfSignedPair, type CertificatePair } from './self-signed.ts';
import { versionOptions, type TlsVersions } from './tls-versions.ts';

export interface TlsOptions extends TlsVersions {
  /** PEM, the server's own certificate first. Without both files, or when both are empty, the certificate vouches for itself. */
  readonly certFile: string;
  /** PEM. */
  readonly keyFile: string;
}

/** Who hears of what happens to the certificate while it is in use. */
export interface TlsNotices {
  /** Another certificate is in use now. */
  onChange?(certificate: CertificateFacts): void;
  /** What is in the files cannot be used, or has expired; the certificate in use stays. Once for each content. */
  onFault?(error: LynceusError): void;
}

export interface CertificateFacts {
  readonly selfSigned: boolean;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** SHA-256 of the certificate in hexadecimal digits. */
  readonly fingerprint: string;
}

/** TLS of a server: what it begins with, and what comes after it. */
export interface ServerTls {
  readonly context: SecureContextOptions;
  /** Of the one that is in use now. */
  certificate(): CertificateFacts;
  /** Hands over each later certificate. Returns how to stop. */
  follow(use: (context: SecureContextOptions) => void): () => void;
}

const DAY = 86_400_000;
const LIFE_OF_SELF_SIGNED = 365;
const RENEW_BEFORE = 30 * DAY;
/** A Secret that is mounted changes within a minute or two anyway. */
const LOOK_EVERY = 5_000;

/**
 * Reads the certificate. Throws `config-invalid` when it cannot be used: one of the files is missing, is no PEM, does not fit the
 * other, or the certificate has expired or does not count yet.
 */
export async function openTls(
  options: TlsOptions,
  clock: Clock,
  notices: TlsNotices = {},
): Promise<ServerTls> {
  const versions = versionOptions(options);
  const begin = await readContent(options);
  let inUse = certificateOf(begin, options, clock.now());
  let used = contentKey(begin);
  let seen = used;
  let faulty: string | undefined;

  /** The next certificate to use, or undefined when it stays the same. */
  async function look(): Promise<InUse | undefined> {
    const now = clock.now();
    const content = await readContent(options);
    const key = contentKey(content);
    // Two files are not written at once: a change counts once it has stayed the same from one look to the next.
    const isSettled = key === seen;
    seen = key;
    if (!isSettled) return undefined;
    const { selfSigned, expiresAt } = inUse.facts;
    if (key !== used || (selfSigned && now > expiresAt - RENEW_BEFORE)) {
      const next = certificateOf(content, options, now);
      used = key;
      faulty = undefined;
      return next;
    }
    if (now > expiresAt) throw expired(options, expiresAt);
    faulty = undefined;
    return undefined;
  }

  async function keepLooking(
    use: (context: SecureContextOptions) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await clock.sleep(LOOK_EVERY, signal);
      try {
        const next = await look();
        if (next === undefined) continue;
        inUse = next;
        use({ ...versions, ...next.pair });
        notices.onChange?.(next.facts);
      } catch (thrown) {
        const error = asLynceusError(thrown);
        if (faulty !== error.message) notices.onFault?.(error);
        faulty = error.message;
      }
    }
  }

  return {
    context: { ...versions, ...inUse.pair },
    certificate: () => inUse.facts,
    follow(use) {
      const stop = new AbortController();
      keepLooking(use, stop.signal).catch(() => undefined);
      return () => stop.abort();
    },
  };
}

interface InUse {
  readonly pair: CertificatePair;
  readonly facts: CertificateFacts;
}

/** What is in both files; '' where there is none. */
async function readContent({ certFile, keyFile }: TlsOptions): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readIfThere(certFile), readIfThere(keyFile)]);
  return { cert, key };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (thrown) {
    if (isMissing(thrown)) return '';
    throw unusable(path, `it cannot be read: ${messageOf(thrown)}`, thrown);
  }
}

function contentKey({ cert, key }: CertificatePair): string {
  return `${cert}\n\n${key}`;
}

function certificateOf(content: CertificatePair, options: TlsOptions, now: number): InUse {
  const { cert, key } = content;
  if (cert === '' && key === '') {
    const names = ['localhost', '127.0.0.1'] as const;
    const pair = createSelfSignedPair({ now, days: LIFE_OF_SELF_SIGNED, names });
    const fingerprint = fingerprintOf(new X509Certificate(pair.cert));
    return { pair, facts: { selfSigned: true, expiresAt: now + LIFE_OF_SELF_SIGNED * DAY, fingerprint } };
  }
  if (cert === '')
    throw unusable(options.certFile, `it is missing or empty, and ${options.keyFile} is there`);
  if (key === '') throw unusable(options.keyFile, `it is missing or empty, and ${options.certFile} is there`);
  return { pair: content, facts: factsOf(content, options, now) };
}

function factsOf(
  { cert, key }: CertificatePair,
  { certFile, keyFile }: TlsOptions,
  now: number,
): CertificateFacts {
  const parsed = readPem(certFile, 'a certificate in PEM', () => new X509Certificate(cert));
  const privateKey = readPem(keyFile, 'a private key in PEM without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!parsed.checkPrivateKey(privateKey)) {
    throw unusable(keyFile, `the key does not belong to the certificate of ${certFile}`);
  }
  const [from, expiresAt] = [Date.parse(parsed.validFrom), Date.parse(parsed.validTo)];
  if (now > expiresAt) throw expired({ certFile }, expiresAt);
  if (now < from) throw unusable(certFile, `the certificate counts from ${dateOf(from)} on`);
  return { selfSigned: false, expiresAt, fingerprint: fingerprintOf(parsed) };
}

/** Node.js writes `AB:CD:…`. */
function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

function readPem<T>(path: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    // OpenSSL's message names no content.
    throw unusable(path, `expected ${expected}`, thrown);
  }
}

function expired({ certFile }: Pick<TlsOptions, 'certFile'>, at: number): LynceusError {
  return unusable(certFile, `the certificate expired on ${dateOf(at)}`);
}

function unusable(path: string, why: string, cause?: unknown): LynceusError {
  return new LynceusError('config-invalid', `TLS with ${path}: ${why}`, {
    cause,
    hint: 'put a valid pair into server.tls.certFile and server.tls.keyFile, or remove both files for a self-signed certificate',
  });
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
