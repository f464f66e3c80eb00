import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.ts';
import { madeOnceSync } from './run-folder.ts';

/** A file to be committed: its text, or its content with a mode (`120000` is a symbolic link, `160000` a submodule). */
export type WorldFile = string | Buffer | { readonly content: string | Buffer; readonly mode: string };

export type WorldFiles = Readonly<Record<string, WorldFile>>;

export interface WorldCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly committer: string;
  /** Whole message as stored. */
  readonly message: string;
}

export interface WorldEntry {
  readonly mode: string;
  readonly sha: string;
  readonly path: string;
}

/** A temporary folder for remotes and caches, with a function that removes it. */
export function createGitRoot(): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'lynceus-git-'));
  return { root, remove: () => removeFolder(root) };
}

/**
 * Makes the bare repository `<root>/<name>`, whose one commit holds the files, and returns its path.
 * No files: an empty remote without any branch.
 */
export function createRemote(
  root: string,
  name: string,
  files: WorldFiles,
  branch = 'main',
  format: 'sha1' | 'sha256' = 'sha1',
): string {
  const remote = join(root, name);
  const first = Object.keys(files).length === 0 ? undefined : commitStream(branch, files, 'first commit');
  const key = createHash('sha256')
    .update(`${branch} ${format}`)
    .update(first ?? '');
  // A copy takes a fraction of the time of the two processes that make the first one.
  const prepared = madeOnceSync(`remote-${key.digest('hex')}`, (folder) => {
    git(folder, [
      'init',
      '--quiet',
      '--bare',
      '--template=',
      `--initial-branch=${branch}`,
      `--object-format=${format}`,
    ]);
    // Lets `git http-backend` take pushes from clients that did not log in.
    appendFileSync(join(folder, 'config'), '[http]\n\treceivepack = true\n[receive]\n\tautogc = false\n');
    if (first !== undefined) git(folder, ['fast-import', '--quiet'], first);
  });
  cpSync(prepared, remote, { recursive: true });
  return remote;
}

/**
 * What a person who edits, commits and pushes does to the remote: one commit on top of the branch (which is
 * made when it is missing, from nothing). `null` deletes a file. Returns the commit.
 */
export function commitTo(
  remote: string,
  branch: string,
  files: Readonly<Record<string, WorldFile | null>>,
  message = 'a change by hand',
  by?: string,
): string {
  const head = headOf(remote, branch);
  git(remote, ['fast-import', '--quiet'], commitStream(branch, files, message, head, by));
  const made = headOf(remote, branch);
  if (made === undefined || made === head) throw new Error(`nothing was committed to ${branch} of ${remote}`);
  return made;
}

/** What a person does who takes the last commit of a branch back: clone, `git revert`, push. Returns the commit. */
export function revertHead(remote: string, branch: string): string {
  const clone = mkdtempSync(join(tmpdir(), 'lynceus-person-'));
  try {
    git(clone, ['clone', '--quiet', `--branch=${branch}`, remote, '.']);
    git(clone, ['revert', '--no-edit', 'HEAD']);
    git(clone, ['push', '--quiet', 'origin', `HEAD:${branch}`]);
    return git(clone, ['rev-parse', 'HEAD']).trim();
  } finally {
    removeFolder(clone);
  }
}

/** Makes a branch at the head of another. */
export function createBranch(remote: string, branch: string, from = 'main'): void {
  git(remote, ['update-ref', `refs/heads/${branch}`, `refs/heads/${from}`]);
}

export function deleteBranch(remote: string, branch: string): void {
  git(remote, ['update-ref', '-d', `refs/heads/${branch}`]);
}

/** Commit at the head of the branch; `undefined` when there is no such branch. */
export function headOf(remote: string, branch: string): string | undefined {
  const name = `refs/heads/${branch}`;
  const loose = textAt(join(remote, name))?.trim();
  if (loose !== undefined) return loose;
  const packed = lines(textAt(join(remote, 'packed-refs')) ?? '').find((line) => line.endsWith(` ${name}`));
  return packed?.split(' ')[0];
}

export function branchesOf(remote: string): readonly string[] {
  return lines(git(remote, ['for-each-ref', '--format=%(refname:strip=2)', 'refs/heads/']));
}

/** Text of a file at the head of the branch; `undefined` when it is not there. */
export function readAt(remote: string, branch: string, path: string): string | undefined {
  const head = headOf(remote, branch);
  if (head === undefined) return undefined;
  const blob = `${head}:${path}`;
  if (!read.has(blob)) {
    const result = run(remote, ['cat-file', 'blob', blob]);
    read.set(blob, result.status === 0 ? result.stdout.toString() : undefined);
  }
  return read.get(blob);
}

/** What a commit holds never changes: whoever waits for another one asks git once for each. */
const read = new Map<string, string | undefined>();

/** Every file at the head of the branch. */
export function treeOf(remote: string, branch: string): readonly WorldEntry[] {
  const listing = git(remote, ['ls-tree', '-r', '-z', `refs/heads/${branch}`]);
  return listing
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [meta = '', path = ''] = line.split('\t');
      const [mode = '', , sha = ''] = meta.split(' ');
      return { mode, sha, path };
    });
}

/** Commits of the branch, newest first. */
export function logOf(remote: string, branch: string): readonly WorldCommit[] {
  const format = '%H%x00%P%x00%an <%ae>%x00%cn <%ce>%x00%B%x01';
  return git(remote, ['log', `--format=${format}`, `refs/heads/${branch}`])
    .split('\x01')
    .map((record) => record.replace(/^\n/, '').split('\0'))
    .filter((fields) => fields.length === 5)
    .map(([sha = '', parents = '', author = '', committer = '', message = '']) => ({
      sha,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author,
      committer,
      message,
    }));
}

/** Installs a pre-receive hook; the script's output is what the pusher sees. */
export function setPreReceiveHook(remote: string, script: string): void {
  mkdirSync(join(remote, 'hooks'), { recursive: true });
  const hook = join(remote, 'hooks', 'pre-receive');
  writeFileSync(hook, `#!/bin/sh\n${script}\n`);
  chmodSync(hook, 0o755);
}

/** Runs git in a bare repository and returns what it printed. Throws when it fails. */
export function git(directory: string, args: readonly string[], input?: Buffer): string {
  const { status, stdout, stderr } = run(directory, args, input);
  if (status === 0) return stdout.toString();
  throw new Error(`git ${args.join(' ')} in ${directory} ended with ${status}: ${stderr.toString()}`);
}

/** The environment for git in tests: nothing of the machine's own configuration. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'A Human',
    GIT_AUTHOR_EMAIL: 'human@example.com',
    GIT_COMMITTER_NAME: 'A Human',
    GIT_COMMITTER_EMAIL: 'human@example.com',
  };
}

function run(directory: string, args: readonly string[], input: Buffer = Buffer.alloc(0)) {
  const env = gitEnvironment();
  return spawnSync('git', args, { cwd: directory, env, input, maxBuffer: 256 * 1024 * 1024 });
}

function textAt(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(path, 'utf8')
    : undefined;
}

/** What `git fast-import` reads: one commit on top of another, or of nothing. */
function commitStream(
  branch: string,
  files: Readonly<Record<string, WorldFile | null>>,
  message: string,
  parent?: string,
  by = 'A Human <human@example.com>',
): Buffer {
  const stream: (string | Buffer)[] = [
    `commit refs/heads/${branch}\n`,
    `committer ${by} 1700000000 +0000\n`,
    ...data(message),
    parent === undefined ? '' : `from ${parent}\n`,
  ];
  for (const [path, file] of Object.entries(files)) stream.push(...fileCommand(path, file));
  return Buffer.concat(stream.map((part) => Buffer.from(part)));
}

function fileCommand(path: string, file: WorldFile | null): readonly (string | Buffer)[] {
  const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  if (file === null) return [`D ${quoted}\n`];
  const { content, mode } =
    typeof file === 'string' || Buffer.isBuffer(file) ? { content: file, mode: '100644' } : file;
  if (mode === '160000') return [`M 160000 ${content.toString()} ${quoted}\n`];
  return [`M ${mode} inline ${quoted}\n`, ...data(content)];
}

function data(content: string | Buffer): readonly (string | Buffer)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
