import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatform, platformSatisfies } from '../../../src/core/image/platform.ts';
import { BROKEN_PLATFORMS, PLATFORMS, SATISFACTION } from '../../fixtures/core/platforms.ts';
import { caught, refusal } from '../../helpers/thrown.ts';
import { anyText } from './arbitraries.ts';

const RUNS = { numRuns: 1000 };

const platforms = fc.record(
  {
    os: fc.constantFrom('linux', 'windows', 'freebsd'),
    architecture: fc.constantFrom('amd64', 'arm64', 'arm', 's390x', '386'),
    variant: fc.constantFrom('v1', 'v6', 'v7', 'v8'),
  },
  { requiredKeys: ['os', 'architecture'] },
);

describe('parsePlatform', () => {
  it.each(PLATFORMS.map((row) => [row] as const))('reads %j', ([text, os, architecture, variant]) => {
    expect(parsePlatform(text)).toEqual(
      variant === undefined ? { os, architecture } : { os, architecture, variant },
    );
  });

  it.each(BROKEN_PLATFORMS)('refuses %j', (text) => {
    const error = caught(() => parsePlatform(text));
    expect(error.code).toBe('config-invalid');
    expect(error.line).toMatch(/expected a platform OS\/ARCHITECTURE\[\/VARIANT\], found ".*linux\/amd64/);
  });

  it('reads back every platform that it formats', () => {
    fc.assert(
      fc.property(platforms, (platform) => {
        expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
      }),
      RUNS,
    );
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          const platform = parsePlatform(text);
          expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
        });
        expect([undefined, 'config-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});

describe('platformSatisfies', () => {
  it.each(SATISFACTION)('answers whether %s is satisfied by %s: %j', (wanted, offered, satisfied) => {
    expect(platformSatisfies(parsePlatform(wanted), parsePlatform(offered))).toBe(satisfied);
  });

  it('takes an empty variant, as some indexes write it, for none', () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    expect(platformSatisfies({ ...arm64, variant: 'v8' }, { ...arm64, variant: '' })).toBe(true);
    expect(platformSatisfies({ ...arm64, variant: '' }, { ...arm64, variant: 'v9' })).toBe(true);
    expect(formatPlatform({ ...arm64, variant: '' })).toBe('linux/arm64');
  });

  it('holds for every platform and itself', () => {
    fc.assert(
      fc.property(platforms, (platform) => {
        expect(platformSatisfies(platform, platform)).toBe(true);
      }),
      RUNS,
    );
  });
});
