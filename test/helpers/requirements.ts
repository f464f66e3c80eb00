import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TOOLS_FOLDER } from './render-tools.ts';

/** A program the tests run for real, and the Debian package it comes in. */
export interface Requirement {
  readonly program: string;
  readonly debianPackage: string;
}

export const REQUIREMENTS: readonly Requirement[] = [
  { program: 'git', debianPackage: 'git' },
  { program: 'git-http-backend', debianPackage: 'git' },
  { program: 'docker-registry', debianPackage: 'docker-registry' },
  { program: 'sshd', debianPackage: 'openssh-server' },
  { program: 'ssh-keygen', debianPackage: 'openssh-client' },
  { program: 'gpg', debianPackage: 'gnupg' },
  { program: 'htpasswd', debianPackage: 'apache2-utils' },
  { program: 'openssl', debianPackage: 'openssl' },
  { program: 'promtool', debianPackage: 'prometheus' },
  { program: 'prometheus', debianPackage: 'prometheus' },
  { program: 'prometheus-alertmanager', debianPackage: 'prometheus-alertmanager' },
  { program: 'chromium', debianPackage: 'chromium' },
];

/** Signing commits with an SSH key needs 2.34. */
const OLDEST_GIT = [2, 34] as const;

/** Daemons live here, and an ordinary user's PATH does not name these folders. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

const INSTALL_SCRIPT = `
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # 101 forbids: no package may start its daemon while it is installed.
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=120 update
apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-upgrade --no-install-recommends "$@"
`;

/** Makes sure that everything the tests run is there. Throws one message that lists what is not. */
export function ensureRequirements(): void {
  const missing = findMissing(searchFolders());
  if (missing.length > 0) installOrExplain(missing);
  ensureGitVersion(execFileSync('git', ['--version'], { encoding: 'utf8' }));
  ensureTools();
}

/** The requirements for which none of the folders holds an executable file. */
export function findMissing(folders: readonly string[]): readonly Requirement[] {
  return REQUIREMENTS.filter(({ program }) => !folders.some((folder) => isExecutable(join(folder, program))));
}

/** Throws unless the text of `git --version` tells of a git that is new enough. */
export function ensureGitVersion(text: string): void {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  const found = Number(major) * 1000 + Number(minor);
  if (found >= OLDEST_GIT[0] * 1000 + OLDEST_GIT[1]) return;
  throw new Error(`the tests need git ${OLDEST_GIT.join('.')} or later; found: ${text.trim()}`);
}

/** What to tell a person on a machine where nothing may be installed for them. */
export function explainMissing(missing: readonly Requirement[]): string {
  const programs = missing.map(({ program }) => program).join(', ');
  return `the tests need programs that are not here: ${programs}. On Debian or Ubuntu: sudo apt-get install ${packagesOf(missing).join(' ')}`;
}

function installOrExplain(missing: readonly Requirement[]): void {
  const asRoot = rootCommand();
  if (asRoot === undefined || !isExecutable('/usr/bin/apt-get')) throw new Error(explainMissing(missing));
  const packages = packagesOf(missing);
  process.stderr.write(`installing what the tests run: ${packages.join(' ')}\n`);
  const [command, ...args] = [...asRoot, 'sh', '-c', INSTALL_SCRIPT, 'sh', ...packages];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0 && findMissing(searchFolders()).length === 0) return;
  throw new Error(`${explainMissing(missing)}\napt-get ended with ${status}:\n${stdout}${stderr}`);
}

/** Words to put before a command so that root runs it; `undefined` when that needs a password. */
function rootCommand(): [string, ...string[]] | undefined {
  if (process.getuid?.() === 0) return ['env'];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

function packagesOf(missing: readonly Requirement[]): readonly string[] {
  return [...new Set(missing.map(({ debianPackage }) => debianPackage))];
}

function searchFolders(): readonly string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const git = spawnSync('git', ['--exec-path'], { encoding: 'utf8' });
  return git.status === 0 ? [...folders, git.stdout.trim()] : folders;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs test/tools as its lockfile says, when it is not installed or the lockfile is newer than the installation. */
function ensureTools(): void {
  const lockfile = join(TOOLS_FOLDER, 'package-lock.json');
  const installed = join(TOOLS_FOLDER, 'node_modules/.package-lock.json');
  if (existsSync(installed) && !isOutdated(lockfile, installed)) return;
  process.stderr.write('installing the programs in test/tools\n');
  const { status, stdout, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: TOOLS_FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`\`npm ci\` in test/tools ended with ${status}:\n${stdout}${stderr}`);
}

/** A checkout renews the time of the lockfile without changing it: then its versions still decide. */
function isOutdated(lockfile: string, installed: string): boolean {
  if (statSync(lockfile).mtimeMs <= statSync(installed).mtimeMs) return false;
  return JSON.stringify(lockedVersions(installed)) !== JSON.stringify(lockedVersions(lockfile));
}

function lockedVersions(path: string): readonly string[] {
  const lock: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof lock !== 'object' || lock === null || !('packages' in lock)) return [];
  const packages = Object.entries(lock.packages ?? {}).filter(([folder]) => folder !== '');
  return packages.map(([folder, entry]) => `${folder} ${JSON.stringify(entry)}`).toSorted();
}
