import type { UpdatePolicy } from '../../src/core/policy.ts';
import { aPolicy, type PolicyWish } from '../helpers/policies.ts';

/** A policy whose image is written to its Application in the cluster. */
export function aLivePolicy(wish: PolicyWish = {}): UpdatePolicy {
  return { ...aPolicy(wish), target: { method: 'application', at: 'spec.source', format: 'helm' } };
}
