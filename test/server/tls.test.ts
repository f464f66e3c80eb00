import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/cli/clock.ts';
import type { LynceusError } from '../../src/errors.ts';
import { createSelfSignedPair } from '../../src/server/self-signed.ts';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { openTls, type CertificateFacts, type TlsOptions } from '../../src/server/tls.ts';
import { versionOptions, type TlsVersion } from '../../src/server/tls-versions.ts';
import { createPrivateCa, issueCertificate } from '../helpers/certificates.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { caught, errorOf } from '../helpers/thrown.ts';

const DAY = 86_400_000;
const VERSIONS = { minVersion: '1.3', maxVersion: '1.3', ciphers: [] } as const;

let folder: string;
let authority: string;
const open: RunningServer[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  authority = createPrivateCa(folder);
  for (const name of ['first', 'second']) issueCertificate(folder, name);
  writeFileSync(join(folder, 'empty'), '\n');
  writeFileSync(join(folder, 'garbage'), 'no PEM\n');
});
afterAll(() => removeFolder(folder));
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function files(cert: string, key: string): Pick<TlsOptions, 'certFile' | 'keyFile'> {
  return { certFile: join(folder, cert), keyFile: join(folder, key) };
}

/** Looks at the files all the time. */
const IMPATIENT = {
  ...SYSTEM_CLOCK,
  sleep: (_: number, signal: AbortSignal) => SYSTEM_CLOCK.sleep(5, signal),
};

interface Served {
  readonly server: RunningServer;
  readonly changes: CertificateFacts[];
  readonly faults: LynceusError[];
}

async function serve(options: TlsOptions, clock = IMPATIENT): Promise<Served> {
  const changes: CertificateFacts[] = [];
  const faults: LynceusError[] = [];
  const tls = await openTls(options, clock, {
    onChange: (facts) => changes.push(facts),
    onFault: (error) => faults.push(error),
  });
  const routes = { '/healthz': () => ({ status: 200, body: 'OK\n' }) };
  const server = await startServer({ address: '127.0.0.1', port: 0, routes, tls });
  open.push(server);
  return { server, changes, faults };
}

/** What a client finds out by a handshake; a refused one is its error. */
function shake(
  port: number,
  options: ConnectionOptions,
): Promise<{ cert: X509Certificate; protocol: string; cipher: string }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', servername: 'localhost', ...options },
      () => {
        const cert = socket.getPeerX509Certificate() as X509Certificate;
        resolve({ cert, protocol: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName });
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

describe('a certificate that vouches for itself', () => {
  test('is trusted by who has it, for its names, as long as it says', () => {
    const now = Date.parse('2026-02-03T04:05:06Z');
    const { cert, key } = createSelfSignedPair({
      now,
      days: 365,
      names: ['localhost', 'a.example', '10.1.2.3'],
    });
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.subject).toBe('CN=localhost');
    expect(parsed.subjectAltName).toBe('DNS:localhost, DNS:a.example, IP Address:10.1.2.3');
    expect([Date.parse(parsed.validFrom), Date.parse(parsed.validTo)]).toEqual([
      now - 300_000,
      now + 365 * DAY,
    ]);
    expect(parsed.ca).toBe(false);
    expect(parsed.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  test.each([
    ['2026-01-01T00:00:00Z', 1],
    ['2049-12-31T12:00:00Z', 365],
    ['2050-01-01T01:00:00Z', 365],
  ])('has its dates right from %s on for %s days', (from, days) => {
    const now = Date.parse(from);
    const { cert } = createSelfSignedPair({ now, days, names: ['localhost'] });
    expect(Date.parse(new X509Certificate(cert).validTo)).toBe(now + days * DAY);
  });

  test.each([
    ['there are no files', 'none.crt', 'none.key'],
    ['both files are empty', 'empty', 'empty'],
  ])('is used when %s', async (_, cert, key) => {
    const { server } = await serve({ ...VERSIONS, ...files(cert, key) });
    const seen = await shake(server.port, { rejectUnauthorized: false });
    expect(seen.cert.subject).toBe('CN=localhost');
    await shake(server.port, { ca: seen.cert.toString() });
  });

  test('is made anew before it expires', async () => {
    let now = Date.now();
    const { changes } = await serve(
      { ...VERSIONS, ...files('none.crt', 'none.key') },
      { ...IMPATIENT, now: () => now },
    );
    now += 340 * DAY;
    await vi.waitFor(() => expect(changes).toMatchObject([{ selfSigned: true, expiresAt: now + 365 * DAY }]));
  });
});

describe('files', () => {
  const at = Date.now();

  test.each([
    ['no key', ['first.pem', 'none'], at, 'none: it is missing or empty'],
    ['an empty key', ['first.pem', 'empty'], at, 'empty: it is missing or empty'],
    ['no certificate', ['none', 'first.key'], at, 'none: it is missing or empty'],
    ['a folder', ['.', 'first.key'], at, 'it cannot be read'],
    ['no PEM', ['garbage', 'first.key'], at, 'garbage: expected a certificate in PEM'],
    ['a key that is none', ['first.pem', 'garbage'], at, 'garbage: expected a private key in PEM'],
    ['the key of another', ['first.pem', 'second.key'], at, 'the key does not belong to the certificate of'],
    ['an expired certificate', ['first.pem', 'first.key'], at + 3 * DAY, 'the certificate expired on 20'],
    ['a certificate of tomorrow', ['first.pem', 'first.key'], at - DAY, 'the certificate counts from 20'],
  ] as const)('with %s are refused', async (_, [cert, key], now, message) => {
    const error = await errorOf(
      openTls({ ...VERSIONS, ...files(cert, key) }, { ...IMPATIENT, now: () => now }),
    );
    expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining(message) });
  });

  test('that change are used by the next connection, and broken ones are not', async () => {
    const place = files('now.pem', 'now.key');
    const put = (name: string): void => {
      for (const end of ['pem', 'key']) {
        copyFileSync(join(folder, `${name}.${end}`), join(folder, `next.${end}`));
        renameSync(join(folder, `next.${end}`), join(folder, `now.${end}`));
      }
    };
    const subject = async (): Promise<string> => (await shake(server.port, { ca: authority })).cert.subject;
    put('first');
    const { server, changes, faults } = await serve({ ...VERSIONS, ...place });
    expect(await subject()).toBe('CN=first');
    put('second');
    await vi.waitFor(async () => expect(await subject()).toBe('CN=second'));
    expect(changes.at(-1)).toMatchObject({ selfSigned: false });
    const before = faults.length;
    writeFileSync(place.certFile, 'broken');
    await vi.waitFor(() => expect(faults.length).toBe(before + 1));
    expect(faults.at(-1)?.message).toContain('expected a certificate in PEM');
    expect(await subject()).toBe('CN=second');
    put('first');
    await vi.waitFor(async () => expect(await subject()).toBe('CN=first'));
    expect(faults.length).toBeGreaterThanOrEqual(before + 1);
  });

  test('that expire while they are in use are named once, and stay in use', async () => {
    let now = Date.now();
    const { server, faults } = await serve(
      { ...VERSIONS, ...files('first.pem', 'first.key') },
      { ...IMPATIENT, now: () => now },
    );
    let looks = 0;
    now += 3 * DAY;
    await vi.waitFor(() =>
      expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('expired on')]),
    );
    await vi.waitFor(async () => {
      await shake(server.port, { ca: authority });
      looks += 1;
      expect(looks).toBeGreaterThan(3);
    });
    expect(faults).toHaveLength(1);
  });

  test('hold no part of the key in a message', async () => {
    const key = readFileSync(join(folder, 'second.key'), 'utf8');
    writeFileSync(join(folder, 'cut.key'), key.slice(0, 80));
    const error = await errorOf(openTls({ ...VERSIONS, ...files('second.pem', 'cut.key') }, IMPATIENT));
    expect(JSON.stringify([error, String(error), error.line])).not.toContain(key.slice(30, 60));
  });
});

describe('versions and suites', () => {
  const ALL = ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  // OpenSSL needs its lowest level for TLS 1.1, at the client too.
  const client = (version: (typeof ALL)[number], more: ConnectionOptions = {}): ConnectionOptions => ({
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ciphers: 'ALL@SECLEVEL=0',
    ...more,
  });

  test.each<[TlsVersion, TlsVersion, readonly string[]]>([
    ['1.3', '1.3', ['TLSv1.3']],
    ['1.2', '1.3', ['TLSv1.2', 'TLSv1.3']],
    ['1.2', '1.2', ['TLSv1.2']],
    ['1.1', '1.1', ['TLSv1.1']],
    ['1.1', '1.3', ['TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ])('from %s to %s are spoken, and no others', async (minVersion, maxVersion, spoken) => {
    const { server } = await serve({ ciphers: [], minVersion, maxVersion, ...files('none', 'none') });
    for (const version of ALL) {
      const shaken = shake(server.port, client(version));
      if (spoken.includes(version)) expect((await shaken).protocol).toBe(version);
      else await expect(shaken).rejects.toThrow(/alert protocol version|unsupported protocol/);
    }
  });

  test.each([
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'],
  ])('%s is the only suite of TLS 1.2, and TLS 1.3 has its own', async (name, standardName) => {
    const ciphers = [name, 'TLS_AES_128_GCM_SHA256'];
    const { server } = await serve({
      minVersion: '1.2',
      maxVersion: '1.3',
      ciphers,
      ...files('none', 'none'),
    });
    expect((await shake(server.port, client('TLSv1.2'))).cipher).toBe(standardName);
    expect(
      (await shake(server.port, client('TLSv1.3', { ciphers: 'TLS_AES_256_GCM_SHA384' }))).protocol,
    ).toBe('TLSv1.3');
    const other = client('TLSv1.2', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    await expect(shake(server.port, other)).rejects.toThrow(/handshake failure/);
  });

  test('a suite that is not known is refused by name; with TLS 1.3 only they have no meaning', () => {
    const ciphers = ['TLS_ECDHE_RSA_WITH_RC4_128_SHA'];
    const error = caught(() => versionOptions({ minVersion: '1.2', maxVersion: '1.3', ciphers }));
    expect(error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('TLS_ECDHE_RSA_WITH_RC4_128_SHA'),
    });
    expect(versionOptions({ ...VERSIONS, ciphers })).toEqual({
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
    });
  });

  test('a least version above the highest is refused', () => {
    const error = caught(() => versionOptions({ minVersion: '1.3', maxVersion: '1.2', ciphers: [] }));
    expect(error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('the least is above'),
    });
  });
});
