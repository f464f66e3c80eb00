import type { Application } from './application.ts';
import type { PolicyContext } from './policy-input.ts';
import type { PolicyOwner } from './policy-owners.ts';
import type { PolicyReading } from './policy-reading.ts';
import { readPolicies } from './read-policies.ts';

interface Remembered {
  readonly context: PolicyContext;
  readonly owners: readonly PolicyOwner[];
  readonly reading: PolicyReading;
}

/** As long as somebody has the Application. */
const REMEMBERED = new WeakMap<Application, Remembered>();

/**
 * The same as `readPolicies`. An Application of the cluster is the same object until something in it changes, so in most
 * cycles there is nothing to read. What has a problem is read again each time: a template may have been slow just once.
 */
export function rememberedPolicies(
  application: Application,
  context: PolicyContext,
  owners: readonly PolicyOwner[],
): PolicyReading {
  const known = REMEMBERED.get(application);
  if (known !== undefined && known.context === context && areSame(known.owners, owners)) return known.reading;
  const reading = readPolicies(application, context, owners);
  if (reading.problems.length === 0 && reading.refused.length === 0)
    REMEMBERED.set(application, { context, owners, reading });
  return reading;
}

function areSame(some: readonly PolicyOwner[], others: readonly PolicyOwner[]): boolean {
  return some.length === others.length && some.every((one, index) => isSame(one, others[index]));
}

/** A resource too is the same object until it changes. */
function isSame(one: PolicyOwner, other: PolicyOwner | undefined): boolean {
  if (one.by !== other?.by) return false;
  const [own, theirs] = [one, other].map((owner) => ('updater' in owner ? owner : undefined));
  return own?.updater === theirs?.updater && own?.ref === theirs?.ref;
}
