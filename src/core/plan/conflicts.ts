import type { WantedChange } from '../change.ts';
import { formatRepository } from '../image/reference.ts';
import type { UpdatePolicy } from '../policy.ts';
import { versionText } from '../presence.ts';
import { slotKey } from '../slot-key.ts';
import { groupBy } from './group-by.ts';

export interface Conflict {
  readonly wanted: WantedChange;
  readonly message: string;
}

/**
 * Images that want different versions at one and the same place. None of them is written: whichever came last would
 * win, and the next cycle would undo it. Two that want the same are no conflict.
 */
export function findConflicts(wanted: readonly WantedChange[]): readonly Conflict[] {
  const groups = groupBy(wanted, ({ policy }) => `${targetKey(policy)} ${slotKey(policy.slot)}`);
  return [...groups.values()].filter(disagree).flatMap((group) => {
    const who = group.map(({ policy, to }) => `${ownerOf(policy)} wants ${versionText(to) ?? ''}`).join(', ');
    const message = `several images want different versions at the same place, so none is written: ${who}`;
    return group.map((one) => ({ wanted: one, message }));
  });
}

function disagree(group: readonly WantedChange[]): boolean {
  const versions = group.map(
    ({ policy, to }) => `${formatRepository(policy.repository)} ${versionText(to) ?? ''}`,
  );
  return new Set(versions).size > 1;
}

/** One file of one branch: equal for two policies exactly when they write the same file. */
export function targetKey({ application, target }: UpdatePolicy): string {
  if (target.method !== 'git')
    return JSON.stringify(['application', application.namespace, application.name]);
  const { place, file } = target;
  const path = file.kind === 'kustomization' ? ['kustomization', file.directory] : ['file', file.path];
  return JSON.stringify([place.remote, place.base, place.push ?? null, ...path]);
}

function ownerOf(policy: UpdatePolicy): string {
  const { application, alias } = policy;
  const name =
    application.namespace === '' ? application.name : `${application.namespace}/${application.name}`;
  return alias === '' ? name : `${name} (${alias})`;
}
