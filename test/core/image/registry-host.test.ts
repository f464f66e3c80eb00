import { describe, expect, it } from 'vitest';
import { canonicalHost, canonicalPrefix } from '../../../src/core/image/registry-host.ts';

describe('canonicalHost', () => {
  it.each([
    ['GHCR.io', 'ghcr.io'],
    ['ghcr.io:443', 'ghcr.io'],
    ['ghcr.io:80', 'ghcr.io:80'],
    ['ghcr.io:8443', 'ghcr.io:8443'],
    ['index.docker.io', 'docker.io'],
    ['Registry-1.Docker.io:443', 'docker.io'],
    ['docker.io:5000', 'docker.io:5000'],
    ['localhost:443', 'localhost'],
    ['localhost:05000', 'localhost:5000'],
    ['myhost:443', 'myhost:443'],
    ['[0:0::1]:443', '[::1]'],
    ['', ''],
    ['no host', 'no host'],
  ])('spells %j as %j', (host, expected) => {
    expect(canonicalHost(host)).toBe(expected);
    expect(canonicalHost(canonicalHost(host))).toBe(canonicalHost(host));
  });
});

describe('canonicalPrefix', () => {
  it.each([
    ['GHCR.io', 'ghcr.io'],
    ['GHCR.io:443/Acme/web', 'ghcr.io/Acme/web'],
    ['index.docker.io/acme', 'docker.io/acme'],
    ['', ''],
  ])('spells %j as %j', (prefix, expected) => {
    expect(canonicalPrefix(prefix)).toBe(expected);
  });
});
