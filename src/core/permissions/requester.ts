import type { GitRemote } from '../git/remote.ts';

/** The Application that asks for something, by what the fence must know of it. */
export interface Requester {
  /** Its AppProject; `default` when it names none. */
  readonly project: string;
  /** Never `''`: an Application without a namespace is in Argo CD's. */
  readonly namespace: string;
  /** Name of its override file, of whatever folder. */
  readonly overrideName: string;
  /** Its sources in Git. */
  readonly sources: readonly OwnSource[];
  /** The default branch of the remote that is written; absent until that was listed. */
  readonly defaultBranch?: string | undefined;
}

/** A source of an Application, and what is the Application's own there. Paths are from the root of the work tree. */
export interface OwnSource {
  readonly remote: GitRemote;
  /** Its revision: a branch, `HEAD` for the default one, `undefined` for what is no branch. */
  readonly base: string | undefined;
  /** Folder of the manifests, `''` is the root; `undefined` for a source that only holds values. */
  readonly folder: string | undefined;
  /** Value files that the sources of the Application take from here. */
  readonly valueFiles: readonly string[];
  /** The override file of this Application, and of no other; `undefined` without a folder. */
  readonly overrideFile: string | undefined;
}
