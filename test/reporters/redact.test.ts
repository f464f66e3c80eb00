import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, REDACTED } from '../../src/reporters/redact.ts';

function redactorOf(...secrets: string[]): (text: string) => string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.registerSecret(secret);
  return (text) => redactor.redact(text);
}

const TOKEN = 'ghp_Z9+/é&x "q"';

describe('a registered secret', () => {
  test.each([
    ['as it is', TOKEN],
    ['in a URL', encodeURIComponent(TOKEN)],
    [
      'in a URL with small letters',
      encodeURIComponent(TOKEN).replaceAll(/%../g, (escape) => escape.toLowerCase()),
    ],
    ['in a form', encodeURIComponent(TOKEN).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify(TOKEN).slice(1, -1)],
    ['in base64', Buffer.from(TOKEN).toString('base64')],
    ['in base64 for URLs', Buffer.from(TOKEN).toString('base64url')],
  ])('is taken out %s', (_, spelling) => {
    const text = redactorOf(TOKEN)(`before ${spelling} after`);
    expect(text).toBe(`before ${REDACTED} after`);
  });

  test.each(['', 'u:', 'me:', 'user:', 'longer-user:'])(
    'is taken out of base64 that holds %j before it',
    (prefix) => {
      const text = redactorOf('correct horse battery')(
        Buffer.from(`${prefix}correct horse battery:x`).toString('base64'),
      );
      expect(text).toContain(REDACTED);
      expect(Buffer.from(text.replace(REDACTED, ''), 'base64').toString()).not.toContain('horse');
    },
  );

  test('with line breaks is taken out line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7Zq\nYWJjZGVmZ2hpamtsbW5v\n-----END KEY-----\n';
    expect(redactorOf(key)('bad line YWJjZGVmZ2hpamtsbW5v here')).toBe(`bad line ${REDACTED} here`);
  });

  test('with a line break at the end is taken out without it, too', () => {
    expect(redactorOf('hunter22\n')('x hunter22 y')).toBe(`x ${REDACTED} y`);
  });

  test.each(['', 'a', 'abc', '  a  '])('of fewer than 4 characters, %j, is not registered', (short) => {
    expect(redactorOf(short)('a abc   a   b')).toBe('a abc   a   b');
  });

  test.each(['redacted', '[redacted]', 'acte', 'cted]', '[red'])(
    'that is a part of the placeholder, %j, does not grow',
    (secret) => {
      const redact = redactorOf(secret, 'hunter22');
      const once = redact(`x ${secret} hunter22 y`);
      expect(once).toBe(`x ${REDACTED} ${REDACTED} y`);
      expect(redact(once)).toBe(once);
    },
  );

  test('is found inside a longer one only when the longer one is not there', () => {
    expect(redactorOf('pass', 'password1')('password1 pass')).toBe(`${REDACTED} ${REDACTED}`);
  });

  test('may hold any character that means something in a pattern', () => {
    expect(redactorOf('a.*[b](c)|^$\\')('x a.*[b](c)|^$\\ y axxb')).toBe(`x ${REDACTED} y axxb`);
  });

  test('is taken out from the moment it is known', () => {
    const redactor = createRedactor();
    expect(redactor.redact('hunter22')).toBe('hunter22');
    redactor.registerSecret('hunter22');
    expect(redactor.redact('hunter22 and another1')).toBe(`${REDACTED} and another1`);
    redactor.registerSecret('another1');
    expect(redactor.redact('hunter22 and another1')).toBe(`${REDACTED} and ${REDACTED}`);
  });

  test('is forgotten only when 500 newer ones have come', () => {
    const redactor = createRedactor();
    for (const name of ['first-secret', 'kept-secret']) redactor.registerSecret(name);
    for (let i = 0; i < 499; i++) redactor.registerSecret(`secret-number-${i}-`);
    redactor.registerSecret('kept-secret');
    redactor.registerSecret('one-more-secret');
    expect(redactor.redact('first-secret kept-secret')).toBe(`first-secret ${REDACTED}`);
  });

  test('never gets through, whatever stands around it, and twice is the same as once', () => {
    const secret = fc
      .string({ minLength: 4, maxLength: 30 })
      .filter((text) => text.trim().length >= 4 && !REDACTED.includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
        const redact = redactorOf(hidden);
        const text = redact(`${before} ${hidden} ${after}`);
        expect(text.replaceAll(REDACTED, '\n')).not.toContain(hidden);
        expect(redact(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

// prettier-ignore
const SHAPES: readonly (readonly [string, string])[] = [
  ['fetch https://user:pass@github.com/acme/x failed', 'fetch https://github.com/acme/x failed'],
  ['https://token@github.com/', 'https://github.com/'],
  ['https://u:p@ss@github.com/', 'https://github.com/'],
  ['ssh://git@host/x and HTTPS://a:b@c', 'ssh://host/x and HTTPS://c'],
  ['https://github.com/acme/x@v1', 'https://github.com/acme/x@v1'],
  ['git@github.com:acme/x', 'git@github.com:acme/x'],
  ['acme/api:1.2@sha256:abc', 'acme/api:1.2@sha256:abc'],
  ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
  ['authorization: abc', 'authorization: [redacted]'],
  ['{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"[redacted]"}'],
  ['Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=abc', 'Authorization: [redacted]'],
  ['Authorization: Negotiate YII==', 'Authorization: [redacted]'],
  ['Proxy-Authorization=Basic abc', 'Proxy-Authorization=[redacted]'],
  ['PRIVATE-TOKEN: glpat-1', 'PRIVATE-TOKEN: [redacted]'],
  ['Cookie: a=b; c=d', 'Cookie: [redacted]'],
  ['sent Bearer secret to it', 'sent Bearer [redacted] to it'],
  ['sent bearer eyJhbGciOi.x to it', 'sent bearer [redacted] to it'],
  ['with Basic dXNlcjpwYXNz', 'with Basic [redacted]'],
  ['Bearer realm="https://auth.docker.io/token"', 'Bearer realm="https://auth.docker.io/token"'],
  ['Basic authentication is a basic need', 'Basic authentication is a basic need'],
  ['expected a Bearer challenge', 'expected a Bearer challenge'],
  ['https://s3/x?X-Amz-Signature=abc&b=1&token=t', 'https://s3/x?X-Amz-Signature=[redacted]&b=1&token=[redacted]'],
];

describe('what is a secret by its place', () => {
  test.each(SHAPES)('%s', (text, expected) => {
    const redact = redactorOf();
    expect(redact(text)).toBe(expected);
    expect(redact(expected)).toBe(expected);
  });

  test('is looked for in a time that grows with the text', () => {
    const redact = redactorOf('hunter22');
    // Processor time: how busy the machine is does not count.
    const begin = process.cpuUsage();
    const pieces = [
      'x',
      '9',
      ' ',
      '=',
      '://',
      'a://b',
      'Bearer ',
      'authorization:',
      'authorization ',
      '@',
      'cookie ',
      '&token',
      'basic\t',
    ];
    for (const piece of pieces) redact(piece.repeat(200_000 / piece.length));
    const { user, system } = process.cpuUsage(begin);
    expect(user + system).toBeLessThan(4_000_000);
  });
});
