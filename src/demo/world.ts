import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProgramEnvironment } from '../processes/run-program.ts';
import { claimDemoFolder, type DemoFolder } from './folder.ts';
import { applicationFiles, BRANCH, configurationFile, registriesFile, REMOTE_FILES } from './files.ts';
import { createGit } from './git.ts';
import { commitsSince, headOf, type DemoCommit } from './git.ts';
import { createPerson, type Person } from './person.ts';
import { startDemoRegistry, type DemoRegistry } from './registry.ts';

/** Everything that Lynceus deals with in the demo: a registry, a Git remote, a person, Applications. */
export interface DemoWorld {
  readonly directory: string;
  readonly remote: string;
  readonly applications: string;
  readonly configFile: string;
  readonly registry: DemoRegistry;
  readonly person: Person;
  /** Newest commit of the remote's branch. */
  readonly head: () => Promise<string>;
  /** Commits that came after `commit`, the oldest first. */
  readonly commitsSince: (commit: string) => Promise<readonly DemoCommit[]>;
  readonly close: (options: { readonly keep: boolean }) => Promise<void>;
}

export async function createWorld(options: {
  readonly directory: string | undefined;
  readonly env: ProgramEnvironment;
}): Promise<DemoWorld> {
  await createGit(tmpdir(), options.env)('--version');
  const folder = await claimDemoFolder(options.directory);
  let registry: DemoRegistry | undefined;
  try {
    registry = await startDemoRegistry();
    return await buildWorld(folder, registry, options.env);
  } catch (thrown) {
    await registry?.close();
    await folder.release();
    throw thrown;
  }
}

async function buildWorld(
  folder: DemoFolder,
  registry: DemoRegistry,
  env: ProgramEnvironment,
): Promise<DemoWorld> {
  const at = (name: string): string => join(folder.directory, name);
  const remote = at('remote.git');
  const clone = at('person');
  await writeFiles(clone, REMOTE_FILES);
  await writeFiles(at('applications'), applicationFiles(remote));
  await writeFiles(folder.directory, {
    'registries.conf': registriesFile(registry.url),
    'lynceus.yaml': configurationFile(folder.directory),
  });
  await createGit(folder.directory, env)('init', '--quiet', '--bare', `--initial-branch=${BRANCH}`, remote);
  const person = await createPerson({ clone, remote }, env);
  const git = createGit(remote, env);
  return {
    directory: folder.directory,
    remote,
    applications: at('applications'),
    configFile: at('lynceus.yaml'),
    registry,
    person,
    head: () => headOf(git),
    commitsSince: (commit) => commitsSince(git, commit),
    close: async ({ keep }) => {
      await registry.close();
      // Lynceus's clones are of no use to a person who keeps the folder.
      await rm(at('cache'), { recursive: true, force: true });
      if (!keep) await folder.release();
    },
  };
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
