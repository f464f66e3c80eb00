import { createHash } from 'node:crypto';
import { LynceusError } from '../errors.ts';
import { parseGitRemote } from './git-remote.ts';
import type { ApplicationId, UpdatePolicy } from './policy.ts';
import { quoted } from './quoted.ts';

/** One of several processes that share the work. */
export interface Shard {
  /** From 0 to `count` - 1, as pods of a StatefulSet are numbered. */
  readonly index: number;
  readonly count: number;
}

const MOST_SHARDS = 256;

/**
 * Reads `0/3`, the first of three. Throws `config-invalid`. Counter-example: `3/3`, because counting begins with 0, as
 * pods of a StatefulSet are numbered.
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
 * Which of `count` shards writes to a Git remote, from 0. All ways to write one remote come to the same shard, so that
 * it has one writer: the transport, a user, a port, `.git`, the case, and the forms of large hosts for SSH do not matter.
 * Two remotes that only differ in those share a shard as well, which does no harm.
 */
export function shardOf(remote: string, count: number): number {
  return shardOfKey(`git ${canonicalRemote(remote)}`, count);
}

/** Which of `count` shards writes to an Application in the cluster, from 0. */
export function shardOfApplication({ namespace, name }: ApplicationId, count: number): number {
  return shardOfKey(`application ${namespace}/${name}`, count);
}

/** Whether this shard looks after a policy: by its remote when it is written to Git, else by its Application. */
export function inShard(
  { application, target }: Pick<UpdatePolicy, 'application' | 'target'>,
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

/** What is no remote at all still has its place, so that somebody reports it. */
function canonicalRemote(text: string): string {
  let remote;
  try {
    remote = parseGitRemote(text);
  } catch {
    return text.toLowerCase();
  }
  if (remote.transport === 'local') return remote.path.replace(/\/+$/, '').replace(/\.git$/, '');
  // ssh.github.com:443, altssh.bitbucket.org:443, ssh.dev.azure.com
  const host = remote.host.replace(/:\d+$/, '').replace(/^(?:alt)?ssh\./, '');
  const path = remote.path
    .toLowerCase()
    // Azure DevOps: v3/org/project/name over SSH, org/project/_git/name over HTTPS.
    .replace(/^v3\//, '')
    .replace('/_git/', '/')
    // Bitbucket Server: project/name over SSH, scm/project/name over HTTPS.
    .replace(/^scm\//, '')
    .replace(/\.git$/, '');
  return `${host.toLowerCase()}/${path}`;
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
