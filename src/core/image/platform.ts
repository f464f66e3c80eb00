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

/** Common names (those of `uname` too), and the name in an image index (containerd's normalisation). */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
]);

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
  const known = ARCHITECTURES.get(architecture) ?? architecture;
  return variant === undefined ? { os, architecture: known } : { os, architecture: known, variant };
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
