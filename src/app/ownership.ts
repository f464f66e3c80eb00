import type { ApplicationId } from '../core/policy.ts';
import { inShard, shardOfApplication, type Shard } from '../core/shard.ts';
import type { Ownership } from './services.ts';

/** Without shards everything is this process's own. */
export const EVERYTHING: Ownership = { policy: () => true, application: () => true };

/** What falls to one of several processes: each Git remote has one writer. */
export function ownershipOf(shard: Shard | undefined): Ownership {
  if (shard === undefined) return EVERYTHING;
  return {
    policy: (tracked) => inShard(tracked, shard),
    application: (application: ApplicationId) => shardOfApplication(application, shard.count) === shard.index,
  };
}
