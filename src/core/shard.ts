import { createHash } from 'node:crypto';
import { LynceusError } from '../errors.ts';
import type { GitRemote } from './git/remote.ts';
import type { ApplicationId, TrackedImage } from './policy.ts';
import { quoted } from './quoted.ts';

/** One of several processes that share the work. */
export interface Shard {
  /** From 0 to `count` - 1, as pods of a StatefulSet are numbered. */
  readonly index: number;
  readonly count: number;
}

const MOST_SHARDS = 256;

/**
 * Reads `0/3`, the first of three. Throws `config-invalid`, also for `3/3`: counting begins with 0, as in the pods of a
 * StatefulSet.
 */
export function parseShard(text: string): Shard {
  const [, index = '', count = ''] = /^(0|[1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text.trim()) ?? [];
  const shard: Shard = { index: Number(index), count: Number(count) };
  if (index !== '' && shard.index < shard.count && shard.count <= MOST_SHARDS) return shard;
  throw new LynceusError(
    'config-invalid',
    `expected a shard such as 0/3 (the first of three; at most ${MOST_SHARDS}), found ${quoted(text)}`,
  );
}

/** `0/3`. */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * Which of `count` shards writes to a Git remote, from 0. All ways to write one remote come to the same shard, so that it has
 * one writer. Two remotes that differ only in a port, or in the `scm/` by which Bitbucket Server has its repositories over HTTP,
 * share a shard as well, which does no harm.
 */
export function shardOf({ key }: Pick<GitRemote, 'key'>, count: number): number {
  return shardOfKey(
    `git ${key.replace(/^([^/]*?)(?::\d+)?\/(?:scm\/)?/, '$1/').replace(/^file:/, '')}`,
    count,
  );
}

/** Which of `count` shards writes to an Application in the cluster, from 0. */
export function shardOfApplication({ namespace, name }: ApplicationId, count: number): number {
  return shardOfKey(`application ${namespace}/${name}`, count);
}

/** Whether this shard owns an image: by its remote when it is written to Git, else by its Application. */
export function inShard(
  { application, destination: { target } }: Pick<TrackedImage, 'application' | 'destination'>,
  { index, count }: Shard,
): boolean {
  return target.method === 'git'
    ? shardOf(target.place.remote, count) === index
    : shardOfApplication(application, count) === index;
}

/**
 * The Lease by which it is decided who leads: `lynceus`, and `lynceus-0-of-3` for a shard, since each has a leader of
 * its own. The one shard of one is no shard.
 */
export function leaseNameFor(base: string, shard: Shard | undefined): string {
  return shard === undefined || shard.count === 1 ? base : `${base}-${shard.index}-of-${shard.count}`;
}

function shardOfKey(key: string, count: number): number {
  return jump(createHash('sha256').update(key).digest().readBigUInt64BE(), count);
}

const FACTOR = 2862933555777941757n;

/**
 * Jump consistent hash (Lamping and Veach, 2014): balanced, and from 3 shards to 4 only a quarter of the keys move, all of
 * them to the new one. That keeps most clones where they are.
 */
function jump(hash: bigint, count: number): number {
  let key = hash;
  let bucket = 0;
  let next = 0;
  while (next < count) {
    bucket = next;
    key = BigInt.asUintN(64, key * FACTOR + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return bucket;
}
