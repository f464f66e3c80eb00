import { objectField, textField, type JsonObject } from '../../../http/json.ts';
import { HASH } from '../parse.ts';
import type { Ask } from './graphql.ts';

export interface MadeByUsContext {
  readonly ask: Ask;
  /** `acme/deploy`. */
  readonly repository: string;
  /** The host signs whatever it commits, so that a commit without its signature is not its own. */
  readonly signsAll: boolean;
  readonly signal: AbortSignal;
}

/** How many commits one question is for. */
const AT_ONCE = 100;

/**
 * Those of these commits whose author is the account that we log in with, as GitHub says: what a person edits on its pages has the
 * same committer, and a message of the person's. Throws what the API refuses.
 */
export async function madeByUs(
  shas: readonly string[],
  context: MadeByUsContext,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const hashes = shas.filter((sha) => HASH.test(sha));
  for (let begin = 0; begin < hashes.length; begin += AT_ONCE) {
    const some = hashes.slice(begin, begin + AT_ONCE);
    const data = await askFor(some, context);
    const viewer = objectField(data, 'viewer');
    const commits = objectField(data, 'repository');
    for (const [index, sha] of some.entries()) {
      if (isBy(viewer, objectField(commits, `c${index}`), context)) found.add(sha);
    }
  }
  return found;
}

async function askFor(
  shas: readonly string[],
  { ask, repository, signal }: MadeByUsContext,
): Promise<JsonObject> {
  const commits = shas.map((sha, index) => `c${index}: object(oid: "${sha}") { ...made }`).join(' ');
  const [owner = '', name = ''] = repository.split('/');
  const document = `query($owner: String!, $name: String!) {
  viewer { login databaseId }
  repository(owner: $owner, name: $name) { ${commits} }
}
fragment made on Commit { author { email user { login } } signature { isValid wasSignedByGitHub } }`;
  const what = 'ask who made commits';
  const reply = await ask({ document, variables: { owner, name }, what }, signal);
  if (reply.kind === 'data') return reply.data;
  if (reply.kind === 'stale') return {};
  throw reply.error;
}

/** A GitHub App is no user, and known by the address that GitHub gives it: `ID+LOGIN@users.noreply.github.com`. */
function isBy(viewer: JsonObject, commit: JsonObject, { signsAll }: MadeByUsContext): boolean {
  const signature = objectField(commit, 'signature');
  const isSigned = signature['isValid'] === true && signature['wasSignedByGitHub'] === true;
  if (!isSigned && (signsAll || Object.keys(signature).length > 0)) return false;
  const author = objectField(commit, 'author');
  const login = textField(viewer, 'login').toLowerCase();
  const id = typeof viewer['databaseId'] === 'number' ? String(viewer['databaseId']) : '';
  if (login === '') return false;
  if (textField(objectField(author, 'user'), 'login').toLowerCase() === login) return true;
  const [, number = '', name = ''] =
    /^(\d+)\+([^@]+)@users\.noreply\./.exec(textField(author, 'email').toLowerCase()) ?? [];
  return name === login && number === id && id !== '';
}
