import { resultImageKey } from '../identity/result-image.ts';
import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import type { ApplicationId } from '../policy.ts';
import type { ChangedBy } from '../reasons/reason.ts';
import type { ImageResult } from '../report.ts';
import type { FailedVersion } from './failures.ts';

/** What a person took back in one Application, all at once. */
export interface PersonRollback {
  readonly application: ApplicationId;
  readonly images: readonly FailedVersion[];
  /** The commit that Argo CD was told to run; absent where the branch was changed. */
  readonly runs?: string;
}

/** One image that a person took back. */
interface TakenBack {
  /** The version that was taken back. */
  readonly version: string;
  /** What has the same was taken back together. */
  readonly commit: string;
  readonly runs?: string;
}

/** An image of a cycle. */
export interface SeenImage {
  readonly result: ImageResult;
  /** It was seen in an earlier cycle, so that what is new now happened since. */
  readonly isKnown: boolean;
  /** The version that was on its way, where the target has the one before again. */
  readonly putBack?: string;
}

/** Versions that persons took back, each told once. */
export interface PersonRollbacks {
  find(images: readonly SeenImage[]): readonly PersonRollback[];
  /** Lets go of images that are not among these. */
  retain(keys: ReadonlySet<string>): void;
  clear(): void;
}

/** What was taken back before this process saw the image was told by an earlier one, or by none. */
export function createPersonRollbacks(): PersonRollbacks {
  /** The version of each image that was taken back last. */
  const last = new Map<string, string>();

  function news({ result, isKnown, putBack }: SeenImage): TakenBack | undefined {
    const key = resultImageKey(result);
    if (result.outcome === 'updated') last.delete(key);
    if (isByCheck(result)) return undefined;
    const found = takenBack(result) ?? (putBack === undefined ? undefined : { version: putBack, commit: '' });
    if (found === undefined || last.get(key) === found.version) return undefined;
    last.set(key, found.version);
    return isKnown ? found : undefined;
  }

  return {
    find(images) {
      const groups = new Map<string, PersonRollback>();
      for (const image of images) {
        const { result } = image;
        const found = news(image);
        if (found === undefined) continue;
        const { application } = result;
        const { version, commit, ...runs } = found;
        const group = joinKey(applicationKey(application), commit);
        const before = groups.get(group)?.images ?? [];
        groups.set(group, {
          application,
          images: [...before, { key: resultImageKey(result), version }],
          ...runs,
        });
      }
      return [...groups.values()];
    },
    retain(keys) {
      for (const key of last.keys()) if (!keys.has(key)) last.delete(key);
    },
    clear: () => last.clear(),
  };
}

/** What a check took back is told by the check. */
function isByCheck({ basis }: ImageResult): boolean {
  return basis?.reason.code === 'rolled-back' && basis.reason.facts.changedBy.kind === 'check';
}

/** By the reason of the image. */
function takenBack({ basis }: Pick<ImageResult, 'basis'>): TakenBack | undefined {
  const { reason } = basis ?? {};
  if (reason?.code === 'rolled-back') {
    const { from, changedBy } = reason.facts;
    return { version: from, commit: commitOf(changedBy) ?? from };
  }
  if (reason?.code === 'rolled-back-in-argo-cd') {
    const { present = '', revision } = reason.facts;
    return { version: present, commit: revision, runs: revision };
  }
  return undefined;
}

function commitOf(changedBy: ChangedBy): string | undefined {
  switch (changedBy.kind) {
    case 'commit':
    case 'check':
      return changedBy.commit.sha;
    case 'one-of':
      return changedBy.latest.sha;
    case 'unknown':
      return changedBy.since;
  }
}
