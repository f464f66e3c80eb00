import type { ApplicationId } from '../core/policy.ts';
import { inShard, shardOfApplication, type Shard } from '../core/shard.ts';
import type { Ownership } from './services.ts';

/** Without shards a process owns everything. */
export const EVERYTHING: Ownership = { policy: () => true, application: () => true };

/** The share of one of several processes: each Git remote has one writer. */
export function ownershipOf(shard: Shard | undefined): Ownership {
  if (shard === undefined) return EVERYTHING;
  return {
    policy: (tracked) => inShard(tracked, shard),
    application: (application: ApplicationId) => shardOfApplication(application, shard.count) === shard.index,
  };
}
