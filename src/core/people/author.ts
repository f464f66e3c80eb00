import type { SeenCommit, Statement } from './statement.ts';

/** Longest name of an author that is told. */
const LONGEST_NAME = 60;

const SHORT_SHA = 7;

/**
 * Who changed a place, of the commits that may have: `by Ada Lovelace in 3f2c1ab`. Messages do not tell what a commit
 * did to one place, so a revert of what was written counts first, then the only commit to the file; of several only the
 * latest is told, as what it is.
 */
export function whoChanged(
  commits: readonly SeenCommit[],
  { path }: { readonly path: string | undefined },
  told: readonly Statement[] = [],
): string {
  const [only, ...others] = commits;
  if (only !== undefined && others.length === 0 && told.length === 0) return by(only);
  const foreign = commits.filter(
    ({ message, paths }) =>
      !/^Lynceus-(?:Update|Set|Hold|Release):/m.test(message) &&
      (paths === undefined || path === undefined || paths.includes(path)),
  );
  const revert = foreign.find(({ message }) => told.some(({ commit }) => reverts(message, commit.sha)));
  if (revert !== undefined) return by(revert);
  const [latest, ...earlier] = foreign;
  if (latest !== undefined && earlier.length === 0) return by(latest);
  const after = told[0] === undefined ? '' : ` since ${told[0].commit.sha.slice(0, SHORT_SHA)}`;
  if (latest === undefined) return `by somebody${after}`;
  return `by one of ${foreign.length} commits${after}, the latest ${by(latest)}`;
}

/** As `git revert` and the forges write it. */
function reverts(message: string, sha: string): boolean {
  const found = /\breverts commit ([0-9a-f]{7,64})\b/i.exec(message)?.[1];
  return found !== undefined && sha.startsWith(found.toLowerCase());
}

function by({ author, sha }: SeenCommit): string {
  return `by ${printable(author)} in ${sha.slice(0, SHORT_SHA)}`;
}

/** Names come from whoever committed. */
function printable(name: string): string {
  const plain = name.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, ' ').trim();
  const characters = [...(plain === '' ? 'somebody' : plain)];
  return characters.length <= LONGEST_NAME
    ? characters.join('')
    : `${characters.slice(0, LONGEST_NAME).join('')}…`;
}
