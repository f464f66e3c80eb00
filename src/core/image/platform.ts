import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';

/** A platform as the OCI image index names it, for example `linux/arm64/v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const LONGEST_PLATFORM = 128;
const PART = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

/** Other names of operating systems, and the name in an image index. */
const SYSTEMS: ReadonlyMap<string, string> = new Map([['macos', 'darwin']]);

/** Other names of architectures (those of `uname` and Debian too); a variant goes with some of them. */
const ARCHITECTURES: ReadonlyMap<string, Pick<Platform, 'architecture' | 'variant'>> = new Map([
  ['x86_64', { architecture: 'amd64' }],
  ['x86-64', { architecture: 'amd64' }],
  ['aarch64', { architecture: 'arm64' }],
  ['i386', { architecture: '386', variant: '' }],
  ['armhf', { architecture: 'arm', variant: 'v7' }],
  ['armel', { architecture: 'arm', variant: 'v6' }],
]);

/** Variants that are also written without their `v`. */
const BARE_VARIANT = /^[5-8]$/;

/** The variant that an architecture has when it names none. `linux/arm` is not here: it may be v5, v6 or v7. */
const BASE_VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64', 'v1'],
  ['arm64', 'v8'],
]);

/**
 * Reads `OS/ARCHITECTURE[/VARIANT]`, in any case. Throws `config-invalid`, which a problem of an annotation
 * replaces by `annotation-invalid`. Neither `linux` nor `linux/arm/v7/hard` is one.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.length > LONGEST_PLATFORM ? [] : text.trim().toLowerCase().split('/');
  const [os, architecture, variant, ...rest] = parts;
  if (
    os === undefined ||
    architecture === undefined ||
    rest.length > 0 ||
    !parts.every((part) => PART.test(part))
  ) {
    throw new LynceusError(
      'config-invalid',
      `expected a platform OS/ARCHITECTURE[/VARIANT], found ${quoted(text)}`,
      {
        hint: 'write for example linux/amd64 or linux/arm/v7',
      },
    );
  }
  return normalPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/**
 * One spelling for all names of a platform, as containerd has it (`normalizeOS` and `normalizeArch` of its package
 * `platforms`): `Linux/x86_64` is `linux/amd64`, `linux/armhf` and `linux/arm/7` are `linux/arm/v7`. Unlike there,
 * `linux/arm` stays without a variant: it may be any.
 */
export function normalPlatform({ os, architecture, variant = '' }: Platform): Platform {
  const system = os.trim().toLowerCase();
  const name = architecture.trim().toLowerCase();
  const known = { architecture: name, variant: variant.trim().toLowerCase(), ...ARCHITECTURES.get(name) };
  const isArm = known.architecture === 'arm' || known.architecture === 'arm64';
  const full = isArm && BARE_VARIANT.test(known.variant) ? `v${known.variant}` : known.variant;
  const named = { os: SYSTEMS.get(system) ?? system, architecture: known.architecture };
  return full === '' ? named : { ...named, variant: full };
}

/** `linux/arm64/v8`. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined || platform.variant === '' ? '' : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

/**
 * Whether an image for `offered` runs on `required`. Without a variant in `required` any matches; with one it must be that
 * one. `linux/arm64` and `linux/arm64/v8` are the same platform. `linux/arm/v7` is not satisfied by `linux/arm/v6`, nor
 * by `linux/arm`.
 */
export function platformSatisfies(required: Platform, offered: Platform): boolean {
  if (required.os !== offered.os || required.architecture !== offered.architecture) return false;
  if (required.variant === undefined || required.variant === '') return true;
  return required.variant === (offered.variant || BASE_VARIANTS.get(offered.architecture));
}
