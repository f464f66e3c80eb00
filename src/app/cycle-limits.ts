import type { Paces } from '../async/fair-queue.ts';
import { formatDuration } from '../core/duration.ts';
import { LynceusError } from '../errors.ts';

/** How long a cycle waits, in milliseconds, and how those who wait share. */
export interface CycleLimits {
  /** For the tags of one image repository. */
  readonly listingTime: number;
  /** For everything with one Git remote. */
  readonly remoteTime: number;
  /**
   * For one Application at one registry host, for a registry host without an answer, and for one remote at its host of
   * pull requests.
   */
  readonly hostTime: number;
  /** For the whole cycle. */
  readonly cycleTime: number;
  /** Part of a registry host, and of the work with Git remotes, that one namespace may have while others wait. */
  readonly namespaceShare: number;
}

/** For work that a person waits for, and can end. */
export const NO_LIMITS: CycleLimits = {
  listingTime: Infinity,
  remoteTime: Infinity,
  hostTime: Infinity,
  cycleTime: Infinity,
  namespaceShare: 1,
};

/** Work that takes longer, in milliseconds, makes room for others and goes on until its time is up. */
export const LENT_SLOT = 2_000;

/** How long the work of each asker took the last time, by what it was for. Kept from one cycle to the next. */
export type KeptPaces = Map<string, Paces>;

/**
 * Queries whose answers nobody wanted when they were last asked ahead, by `queryKey`: their images could not be read, or needed
 * no tags. Kept from one cycle to the next.
 */
export type AskedInVain = Set<string>;

export function pacesFor(kept: KeptPaces, key: string): Paces {
  const paces = kept.get(key) ?? new Map<string, number>();
  kept.set(key, paces);
  return paces;
}

/** `what` was waited for: `the tags of ghcr.io/acme/web`. */
export function lateListing(what: string, { listingTime }: CycleLimits): LynceusError {
  return new LynceusError('deadline', `${what} were not listed within ${formatDuration(listingTime)}`, {
    hint: 'see why the registry is slow, or raise limits.listingTime',
  });
}

/** `place`: a host, and the owner of image repositories there. */
export function silentHost(place: string, what: string, { hostTime }: CycleLimits): LynceusError {
  return new LynceusError(
    'deadline',
    `${place} answered nothing for ${formatDuration(hostTime)} of this cycle; the last that was asked for was ${what}`,
    { hint: 'see why the registry is slow, or raise limits.hostTime' },
  );
}

export function lateAtHost(host: string, what: string, { hostTime }: CycleLimits): LynceusError {
  return new LynceusError(
    'deadline',
    `${host} had ${formatDuration(hostTime)} of this cycle for what this Application asks; the last was ${what}`,
    { hint: 'let fewer tags be looked at with allow-tags, or raise limits.hostTime' },
  );
}

/** `what` completes "git was to". */
export function lateRemote(remote: string, what: string, { remoteTime }: CycleLimits): LynceusError {
  return new LynceusError(
    'deadline',
    `${remote} was not done within ${formatDuration(remoteTime)} of this cycle; git was to ${what}`,
    { hint: 'see why the remote is slow, or raise limits.remoteTime' },
  );
}

export function lateRequests(remote: string, { hostTime }: CycleLimits): LynceusError {
  return new LynceusError(
    'deadline',
    `the host of ${remote} had ${formatDuration(hostTime)} of this cycle for its pull requests, which were not done`,
    { hint: 'see why the host is slow, or raise limits.hostTime; the next cycle goes on' },
  );
}

export function lateCycle({ cycleTime }: CycleLimits): LynceusError {
  return new LynceusError('deadline', `the cycle was not done within ${formatDuration(cycleTime)}`, {
    hint: 'see which other images failed with the code deadline, or raise limits.cycleTime',
  });
}
