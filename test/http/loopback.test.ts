import { describe, expect, test } from 'vitest';
import { isLoopbackHost, isSafeForSecrets } from '../../src/http/loopback.ts';

describe('whether a host is this machine', () => {
  test.each([
    ['localhost', true],
    ['LocalHost.', true],
    ['localhost:8080', true],
    ['127.0.0.1', true],
    ['127.1.2.3:3000', true],
    ['::1', true],
    ['[::1]', true],
    ['[::1]:8443', true],
    ['[::ffff:127.0.0.1]', true],
    ['[::ffff:7f00:1]', true],
    ['', false],
    ['128.0.0.1', false],
    ['10.0.0.1', false],
    ['[::2]', false],
    ['[::ffff:a00:1]', false],
    ['app.localhost', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['git.example', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});

describe('whether a secret may be sent to a URL', () => {
  test.each([
    ['https://git.example/', true],
    ['http://127.0.0.1:3000/', true],
    ['http://[::1]/', true],
    ['http://localhost/', true],
    ['http://git.example/', false],
    ['ftp://localhost/', false],
  ])('%s: %s', (url, expected) => {
    expect(isSafeForSecrets(new URL(url))).toBe(expected);
  });
});
