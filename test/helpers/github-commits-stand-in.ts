import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { git, headOf } from './git-world.ts';
import {
  json,
  startStandIn,
  type Answer,
  type Seen,
  type StandIn,
  type StandInOptions,
} from './registry-stand-in.ts';

/** What to do with the next question that holds a word, instead of or before answering it. */
export type GithubFault =
  | { readonly do: 'answer'; readonly answer: Answer }
  /** Does what is asked, then closes the connection. */
  | { readonly do: 'serve and drop' }
  /** Runs first; then it is answered. */
  | { readonly do: 'call'; readonly call: () => void };

export interface GithubCommitsStandIn extends StandIn {
  /** As for GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** Names of what was asked for, in order. */
  readonly asked: readonly string[];
  inject(word: string, fault: GithubFault): void;
}

interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
  };
}

interface RefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly beforeOid?: string;
    readonly afterOid: string;
    readonly force?: boolean;
  }[];
}

const WORDS = ['viewer', 'createCommitOnBranch', 'updateRefs', 'history', 'repository'];
const NONE = '0'.repeat(40);

/**
 * The part of GitHub's GraphQL API that makes commits and moves branches, on the bare repositories `OWNER/NAME.git` of
 * a folder: refusals come with status 200, a commit is made by the App and committed by GitHub, every file becomes a
 * regular one, and refs move all or none.
 */
export async function startGithubCommits(
  root: string,
  token: string,
  options: StandInOptions = {},
): Promise<GithubCommitsStandIn> {
  const faults = new Map<string, GithubFault[]>();
  const asked: string[] = [];

  function answer(seen: Seen): Answer {
    if (seen.method !== 'POST' || seen.url.pathname !== '/api/graphql') return message(404, 'Not Found');
    if (seen.headers.authorization !== `Bearer ${token}`) return message(401, 'Bad credentials');
    const question = JSON.parse(seen.body) as Question;
    const word = WORDS.find((one) => question.query.includes(one)) ?? '';
    asked.push(word);
    const fault = faults.get(word)?.shift();
    if (fault?.do === 'answer') return fault.answer;
    if (fault?.do === 'call') fault.call();
    const answered = serve(root, word, question);
    return fault?.do === 'serve and drop' ? { reset: 'at-once' } : answered;
  }

  const standIn = await startStandIn(answer, options);
  return {
    ...standIn,
    apiUrl: `${standIn.url}/api/v3`,
    asked,
    inject: (word, fault) => void faults.set(word, [...(faults.get(word) ?? []), fault]),
  };
}

/** A refusal, as GraphQL has it. */
export function graphqlError(type: string | undefined, text: string): Answer {
  return json({ data: null, errors: [{ ...(type === undefined ? {} : { type }), message: text }] });
}

function message(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: text }) };
}

const VIEWER = { login: 'updater[bot]', databaseId: 7 };

/** The commits that are asked for. What was not made here, by the API or on a page, has no signature of GitHub. */
function madeBy(repository: string, query: string): Readonly<Record<string, unknown>> {
  const wanted = [...query.matchAll(/(c\d+): object\(oid: "([0-9a-f]+)"\)/g)];
  return Object.fromEntries(
    wanted.map(([, name = '', sha = '']) => {
      const raw = git(repository, ['cat-file', 'commit', sha]);
      const email = /^author .*<(.*)>/m.exec(raw)?.[1] ?? '';
      const isSigned = !/^pushed by hand/m.test(raw);
      const user = email.startsWith('7+') ? null : { login: email.split('@')[0] };
      return [
        name,
        { author: { email, user }, signature: { isValid: isSigned, wasSignedByGitHub: isSigned } },
      ];
    }),
  );
}

function serve(root: string, word: string, { query, variables }: Question): Answer {
  if (word === 'createCommitOnBranch') return createCommit(root, variables['input'] as CommitInput);
  if (word === 'updateRefs') return updateRefs(variables['input'] as RefsInput);
  const repository = folderOf(root, `${String(variables['owner'])}/${String(variables['name'])}`);
  if (repository === undefined) return graphqlError('NOT_FOUND', 'Could not resolve to a Repository');
  if (word === 'viewer') return json({ data: { viewer: VIEWER, repository: madeBy(repository, query) } });
  if (word === 'repository') return json({ data: { repository: { id: repository } } });
  const head = headOf(repository, String(variables['ref']).replace('refs/heads/', ''));
  const nodes = head === undefined ? [] : newest(repository, head);
  return json({ data: { repository: { ref: { target: { history: { nodes } } } } } });
}

function folderOf(root: string, name: string): string | undefined {
  const folder = join(root, `${name}.git`);
  return existsSync(folder) ? folder : undefined;
}

function newest(repository: string, head: string) {
  const lines = git(repository, ['log', '-20', '--format=%H %T %P', head]).trim().split('\n');
  return lines.map((line) => {
    const [oid = '', tree = '', ...parents] = line.split(' ').filter((part) => part !== '');
    return { oid, tree: { oid: tree }, parents: { nodes: parents.map((parent) => ({ oid: parent })) } };
  });
}

function createCommit(root: string, input: CommitInput): Answer {
  const { branchName, repositoryNameWithOwner } = input.branch;
  const repository = folderOf(root, repositoryNameWithOwner);
  if (repository === undefined) return graphqlError('NOT_FOUND', 'Could not resolve to a Repository');
  const head = headOf(repository, branchName);
  if (head === undefined) return graphqlError('UNPROCESSABLE', `No such branch: ${branchName}`);
  if (head !== input.expectedHeadOid)
    return graphqlError(
      'STALE_DATA',
      `Expected branch to point to "${input.expectedHeadOid}" but it did not.  Pull and try again.`,
    );
  const { headline, body = '' } = input.message;
  const text = Buffer.from(body === '' ? headline : `${headline}\n\n${body}`);
  const stream: (string | Buffer)[] = [
    `commit refs/heads/${branchName}\n`,
    'author updater[bot] <7+updater[bot]@users.noreply.github.com> 1700000100 +0000\n',
    'committer GitHub <noreply@github.com> 1700000100 +0000\n',
    `data ${text.length}\n`,
    text,
    '\n',
    `from ${head}\n`,
  ];
  for (const { path, contents } of input.fileChanges?.additions ?? []) {
    const bytes = Buffer.from(contents, 'base64');
    stream.push(`M 100644 inline "${path}"\ndata ${bytes.length}\n`, bytes, '\n');
  }
  git(repository, ['fast-import', '--quiet'], Buffer.concat(stream.map((part) => Buffer.from(part))));
  return json({ data: { createCommitOnBranch: { commit: { oid: headOf(repository, branchName) } } } });
}

function updateRefs({ repositoryId, refUpdates }: RefsInput): Answer {
  for (const { name, beforeOid, afterOid, force = false } of refUpdates) {
    const now = headOf(repositoryId, name.replace('refs/heads/', '')) ?? NONE;
    const isWrong = (beforeOid !== undefined && beforeOid !== now) || (afterOid === NONE && now === NONE);
    // A message nobody could tell from any other one.
    if (isWrong || !force) return graphqlError('UNPROCESSABLE', 'GitReferences could not be updated');
  }
  const lines = refUpdates.map(({ name, afterOid }) =>
    afterOid === NONE ? `delete ${name}\n` : `update ${name} ${afterOid}\n`,
  );
  git(repositoryId, ['update-ref', '--stdin'], Buffer.from(lines.join('')));
  return json({ data: { updateRefs: { clientMutationId: null } } });
}
