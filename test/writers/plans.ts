import type { ChangeSet, PlannedChange, PlannedCommit, PlannedFile } from '../../src/core/change.ts';
import type { GitPlace, PresentImage } from '../../src/core/policy.ts';

export { aPlaceAt } from '../helpers/policies.ts';

export interface ChangeInput {
  /** Key of the line. */
  readonly key?: string;
  /** Tag that was read; `undefined` when the line was not there. */
  readonly from?: string | undefined;
  /** Tag to write; an empty one cannot be written. */
  readonly to: string;
}

/** One image of one Application, whose tag stands in a line `key: tag` of a values file. */
export function aChange({ key = 'tag', from, to }: ChangeInput): PlannedChange {
  return {
    application: { namespace: 'argocd', name: 'shop' },
    alias: key,
    slot: {
      kind: 'helm-parts',
      tag: { path: key, explicit: true },
      name: { path: 'name', explicit: false, shared: true },
    },
    image: { registry: 'ghcr.io', name: 'acme/api', tag: undefined, digest: undefined },
    from: present(from),
    before: present(from),
    to: { tag: to, digest: undefined },
    labels: {},
  };
}

export function aFile(path: string, ...changes: readonly ChangeInput[]): PlannedFile {
  return { target: { kind: 'helm-values', path }, changes: changes.map(aChange) };
}

export function aCommit(message: string, ...files: readonly PlannedFile[]): PlannedCommit {
  return { applications: [{ namespace: 'argocd', name: 'shop' }], message, files };
}

export function aSet(place: GitPlace, ...commits: readonly PlannedCommit[]): ChangeSet {
  return { place, pushBranch: place.push, commits };
}

function present(tag: string | undefined): PresentImage | undefined {
  return tag === undefined ? undefined : { name: undefined, tag, digest: undefined };
}
