/** One pull request as a stand-in keeps it, whatever host it stands in for. */
export interface KeptRequest {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  body: string;
  state: 'open' | 'merged' | 'closed';
  draft: boolean;
  readonly labels: string[];
  readonly reviewers: string[];
  readonly comments: string[];
  autoMerge: string | undefined;
  /** Message of the commit that a squash makes; `undefined` for the host's own. */
  squash: string | undefined;
  endedBy: string | undefined;
  /** The commit that it became. */
  mergedAs: string | undefined;
  /** How often it was changed. */
  version: number;
  /** Its branch is in somebody else's copy of the project. */
  readonly fromFork: boolean;
  /** Who opened it. */
  readonly openedBy: string;
}

/** What was said of a commit, by one name. Newest last. */
export interface KeptStatus {
  readonly sha: string;
  readonly context: string;
  state: string;
  description: string;
}

export interface KeptDeployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  /** What came with it. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** Newest last. */
  readonly states: string[];
}

export interface OpenRequest {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  readonly reviewers?: readonly string[];
  readonly fromFork?: boolean;
  /** Who owns the token unless given. */
  readonly openedBy?: string;
}

export type Opened =
  | { readonly kind: 'opened'; readonly request: KeptRequest }
  /** There is an open one from this branch into this base. */
  | { readonly kind: 'exists'; readonly request: KeptRequest }
  | { readonly kind: 'no-branch'; readonly branch: string };

/** A project of a Git host: its pull requests, and the rules that all hosts have in common. */
export interface KeptProject {
  /** `acme/deploy`. */
  readonly path: string;
  readonly requests: readonly KeptRequest[];
  /** User names that exist; the position is the number of the user. The first is who owns the token. */
  readonly people: readonly string[];
  readonly robot: string;
  /** Why the host does not let it merge by itself; `undefined`: it does. */
  refusesAutoMerge: string | undefined;
  /** Labels that exist, where labels have to; the position is the number. `org/NAME` is one of the owner's. */
  readonly labels: string[];
  readonly statuses: KeptStatus[];
  readonly deployments: KeptDeployment[];
  /** Whether there is a commit of this id. */
  hasCommit(sha: string): boolean;
  open(request: OpenRequest): Opened;
  find(number: number): KeptRequest | undefined;
  /** Ends it; what has ended stays as it is. */
  end(number: number, state: 'merged' | 'closed', by: string, mergedAs?: string): void;
  reopen(number: number): void;
}

export interface ProjectOptions {
  readonly path?: string;
  readonly people?: readonly string[];
  /** Whether a branch exists; all of them unless said. */
  readonly hasBranch?: (branch: string) => boolean;
  /** Whether a commit exists; all of them unless said. */
  readonly hasCommit?: (sha: string) => boolean;
}

export function createProject({
  path = 'acme/deploy',
  people = ['lynceus-bot', 'jane', 'joe'],
  hasBranch = () => true,
  hasCommit = () => true,
}: ProjectOptions = {}): KeptProject {
  const requests: KeptRequest[] = [];
  const find = (number: number) => requests.find((one) => one.number === number);
  return {
    path,
    requests,
    people,
    robot: people[0] ?? '',
    refusesAutoMerge: undefined,
    labels: [],
    statuses: [],
    deployments: [],
    hasCommit,
    find,
    open({
      labels = [],
      reviewers = [],
      draft = false,
      fromFork = false,
      openedBy = people[0] ?? '',
      ...text
    }) {
      const missing = fromFork ? undefined : [text.head, text.base].find((branch) => !hasBranch(branch));
      if (missing !== undefined) return { kind: 'no-branch', branch: missing };
      const same = requests.find(
        (one) =>
          one.state === 'open' &&
          one.head === text.head &&
          one.base === text.base &&
          one.fromFork === fromFork,
      );
      if (same !== undefined) return { kind: 'exists', request: same };
      const request: KeptRequest = {
        ...text,
        number: requests.length + 1,
        state: 'open',
        draft,
        labels: [...labels],
        reviewers: [...reviewers],
        comments: [],
        autoMerge: undefined,
        squash: undefined,
        endedBy: undefined,
        mergedAs: undefined,
        fromFork,
        openedBy,
        version: 0,
      };
      requests.push(request);
      return { kind: 'opened', request };
    },
    end(number, state, by, mergedAs) {
      const request = find(number);
      if (request?.state === 'open')
        Object.assign(request, { state, endedBy: by, autoMerge: undefined, mergedAs });
    },
    reopen(number) {
      const request = find(number);
      if (request?.state === 'closed') Object.assign(request, { state: 'open', endedBy: undefined });
    },
  };
}
