import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readKeys } from '../../src/signatures/read-keys.ts';
import { fixtureKey } from '../helpers/signature-fixtures.ts';
import { caught } from '../helpers/thrown.ts';

const P256 = fixtureKey('p256');
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SMALL_RSA = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
const SECP256K1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
const PRIVATE = RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const CERTIFICATE = P256.replaceAll('PUBLIC KEY', 'CERTIFICATE');
const spki = (key: typeof SMALL_RSA) => key.export({ type: 'spki', format: 'pem' }).toString();

describe('readKeys', () => {
  test.each<[string, string, number]>([
    ['ECDSA on P-256', P256, 1],
    ['ECDSA on P-384', fixtureKey('p384'), 1],
    ['ECDSA on P-521', fixtureKey('p521'), 1],
    ['RSA', fixtureKey('rsa'), 1],
    ['RSA in PKCS #1', RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 1],
    ['Ed25519', fixtureKey('ed25519'), 1],
    ['line breaks of Windows', P256.replaceAll('\n', '\r\n'), 1],
    ['text around it', `# our key\n${P256}\n\n`, 1],
    ['several', P256 + fixtureKey('rsa') + fixtureKey('ed25519'), 3],
  ])('takes %s', (_, text, count) => {
    expect(readKeys(text, 'here').pem).toHaveLength(count);
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /found no PEM text/],
    ['base64 without its frame', P256.split('\n').slice(1, -2).join(''), /found no PEM text/],
    ['half of it', P256.slice(0, 60), /found no PEM text/],
    ['a private key', PRIVATE, /found a private key/],
    ['a private key behind a public one', P256 + PRIVATE, /found a private key/],
    ['a certificate', CERTIFICATE, /found a PEM block CERTIFICATE/],
    ['X25519', fixtureKey('x25519'), /found a key of the type x25519/],
    ['ECDSA on another curve', spki(SECP256K1), /found an ECDSA key on secp256k1/],
    ['RSA of 1024 bits', spki(SMALL_RSA), /found an RSA key of 1024 bits/],
    [
      'a block that is no key',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      /cannot be read/,
    ],
    ['a good key beside a bad one', P256 + spki(SMALL_RSA), /1024 bits/],
    ['too many', P256.repeat(21), /21 PEM blocks/],
  ])('refuses %s', (_, text, message) => {
    const error = caught(() => readKeys(text, 'Secret shop/cosign, field cosign.pub'));
    expect(error.code).toBe('signature-key-invalid');
    expect(error.line).toMatch(message);
    expect(error.line).toMatch(/^Secret shop\/cosign, field cosign\.pub: expected public keys/);
    const [, first = 'nothing'] = text.split('\n');
    if (first.length > 20) expect(error.line).not.toContain(first);
  });

  test('knows the same keys in another order', () => {
    const [a, b] = [P256, fixtureKey('rsa')];
    expect(readKeys(a + b, 'here').id).toBe(readKeys(b + a, 'there').id);
    expect(readKeys(a, 'here').id).not.toBe(readKeys(b, 'here').id);
  });
});
