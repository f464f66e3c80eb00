import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { ProgramEnvironment } from '../processes/run-program.ts';
import { BRANCH } from './files.ts';
import { createGit, type Git } from './git.ts';
import { writeDemoFiles } from './write-demo-files.ts';

/** Somebody who works in the same Git remote as Lynceus. */
export interface Person {
  /** Edits one file, and pushes the edit while the next push to the remote is being received, so that this one is rejected. */
  readonly pushDuringNextPush: (edit: PersonEdit) => Promise<void>;
  /** Adds files, edits one, and pushes both at once, as one commit. */
  readonly push: (change: PersonEdit & { readonly files: Readonly<Record<string, string>> }) => Promise<void>;
}

export interface PersonEdit {
  readonly path: string;
  readonly find: string;
  readonly replace: string;
  readonly message: string;
}

export interface PersonFolders {
  /** The person's own clone; what is in it becomes the first commit of the remote. */
  readonly clone: string;
  readonly remote: string;
}

/** Commits and pushes what is in the folder, as the beginning of the remote's history. */
export async function createPerson(
  folders: PersonFolders,
  env: ProgramEnvironment,
  clock: Pick<Clock, 'now'>,
): Promise<Person> {
  const git = createGit(folders.clone, env, clock);
  await firstPush(git, folders.remote);
  return {
    pushDuringNextPush: (edit) => scheduleEdit(git, folders, edit),
    async push({ files, ...edit }) {
      await git('pull', '--quiet', '--ff-only', 'origin', BRANCH);
      await writeDemoFiles(folders.clone, files);
      await makeEdit(folders, edit);
      await git('add', '--all');
      await git('commit', '--quiet', '--message', edit.message);
      await git('push', '--quiet', 'origin', BRANCH);
    },
  };
}

async function firstPush(git: Git, remote: string): Promise<void> {
  await git('init', '--quiet', `--initial-branch=${BRANCH}`);
  await git('remote', 'add', 'origin', remote);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Deploy guestbook, shop and worker');
  await git('push', '--quiet', 'origin', BRANCH);
}

/** Commits an edit in the person's clone; a hook of the remote pushes it. */
async function scheduleEdit(git: Git, folders: PersonFolders, edit: PersonEdit): Promise<void> {
  await git('pull', '--quiet', '--ff-only', 'origin', BRANCH);
  await makeEdit(folders, edit);
  await git('commit', '--quiet', '--all', '--message', edit.message);
  await mkdir(join(folders.remote, 'hooks'), { recursive: true });
  await writeFile(join(folders.remote, 'hooks', 'pre-receive'), racingHook(folders.clone), { mode: 0o755 });
}

async function makeEdit({ clone }: PersonFolders, { path, find, replace }: PersonEdit): Promise<void> {
  const file = join(clone, path);
  await writeFile(file, (await readFile(file, 'utf8')).replace(find, replace));
}

/**
 * Runs in the remote while a push is received, before it is accepted, and pushes the person's commit first. It removes
 * itself, because that push runs the hook too.
 */
function racingHook(clone: string): string {
  return `#!/bin/sh
rm -- "$0"
unset $(git rev-parse --local-env-vars) GIT_QUARANTINE_PATH
git -C '${clone.replaceAll("'", "'\\''")}' push --quiet origin ${BRANCH} </dev/null >/dev/null 2>&1
`;
}
